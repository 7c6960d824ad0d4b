"""What cannot be an error when it runs, and so may be left out where its value does not matter."""

from symgraph.graph import Variable

# So many operations are looked at.
MOST = 30


def cannot_raise(variable: Variable) -> bool:
    """Return whether no operation that the value needs can refuse its operands' shapes or
    values."""
    pending, seen = [variable], {variable}
    while pending:
        node = pending.pop().owner
        if node is None:
            continue
        if not node.op.cannot_raise(node) or len(seen) > MOST:
            return False
        for operand in node.inputs:
            if operand not in seen:
                seen.add(operand)
                pending.append(operand)
    return True
