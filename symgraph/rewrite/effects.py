"""Operations that cannot raise when they run, and so may be removed where their value is not
used."""

from symgraph.graph import Variable

# The largest number of operations examined.
MOST = 30


def cannot_raise(variable: Variable) -> bool:
    """Return whether no operation that the value needs can raise for its operands' shapes or
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
