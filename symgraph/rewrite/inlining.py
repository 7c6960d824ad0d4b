"""Operations made of expressions, written out where they say so."""

from symgraph.graph import FunctionGraph, at_location
from symgraph.ops.call import Call
from symgraph.rewrite.engine import GraphPass, Record


def _inline(graph: FunctionGraph, phase: str, record: Record | None) -> int:
    """an operation made of an expression, where it is inline → the expression. Returns the number
    of replacements."""
    count = 0
    while True:
        found = [n for n in graph.toposort() if isinstance(n.op, Call) and n.op.inline]
        if not found:
            return count
        for node in found:
            with at_location(node.location):
                written_out = node.op.expand(node)
            for old, new in zip(node.outputs, written_out, strict=True):
                if record is not None:
                    record(phase, "inlined_calls", old, new)
                graph.replace(old, new)
            count += 1


PASSES = (GraphPass("inlined_calls", _inline),)
