"""Loop-invariant code motion: what is the same in every step is computed before the loop."""

from symgraph.graph import Apply, Constant, FunctionGraph, Variable, at_location
from symgraph.ops import ShapeOf
from symgraph.rewrite.loops.scan_view import ScanView, replace_outputs


def move_invariant(graph: FunctionGraph, node: Apply) -> bool:
    """f(what all steps read) in a loop → computed once, before it"""
    loop = ScanView.of(node)
    outside: dict[Variable, Variable] = dict(loop.others)
    found: dict[Variable, Variable] = {}
    for inner in loop.nodes():
        # Expressions of numbers are folded; extents cost nothing.
        if isinstance(inner.op, ShapeOf) or not any(v in outside for v in inner.inputs):
            continue
        if not all(v in outside or isinstance(v, Constant) for v in inner.inputs):
            continue
        with at_location(inner.location):
            made = inner.op.make_node(*(outside.get(v, v) for v in inner.inputs))
        outside.update(zip(inner.outputs, made.outputs, strict=True))
        found.update(zip(inner.outputs, made.outputs, strict=True))
    inside = {v for n in loop.nodes() if n.outputs[0] not in found for v in n.inputs}
    handed_in = [v for v in found if v in inside or v in loop.outputs]
    if not handed_in:
        return False
    formals = {v: v.type() for v in handed_in}
    loop.others += [(formals[v], found[v]) for v in handed_in]
    loop.substitute(formals)
    made = loop.made()
    replace_outputs(graph, list(zip(node.outputs, made.outputs, strict=True)))
    return True
