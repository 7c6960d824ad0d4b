"""Rewriting of the bodies of loops and branches."""

from collections.abc import Callable, Sequence
from typing import Any

from symgraph.graph import Apply, FunctionGraph, Variable, at_location
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.inner_graph import InnerGraph, InnerGraphOp
from symgraph.rewrite.context import RewriteContext

# Pairs of keys of extents (see `symgraph.ops.extent_equality`) that are equal in a graph for a
# reason outside it.
Equal = Sequence[tuple[Any, Any]]


def rewrite_bodies(graph: FunctionGraph, rewrite: Callable[[FunctionGraph, Equal], int]) -> int:
    """Rewrite each body in the graph, equal ones once; return the number of replacements.

    `rewrite` changes a graph in place, including the bodies inside it; so the recursion is as deep
    as the nesting of loops. It receives the extents of the body that the surrounding graph, or the
    operation, makes equal.
    """
    nodes = [node for node in graph.toposort() if isinstance(node.op, InnerGraphOp)]
    if not nodes:
        return 0
    context = RewriteContext(graph)
    count = 0
    done: dict[Any, InnerGraph] = {}
    for node in nodes:
        found = []
        for number, body in enumerate(node.op.bodies()):
            pattern = _pattern(node, number, context)
            key = (body, pattern, tuple(node.op.steady(number)))
            if key not in done:
                inner = FunctionGraph(body.inputs, body.outputs)
                equal = _equal(inner, pattern, node.op.steady(number))
                count += rewrite(inner, equal)
                done[key] = InnerGraph(body.inputs, inner.outputs)
            found.append(done[key])
        if found != list(node.op.bodies()) or not all(all(body.needs()) for body in found):
            replace_node(graph, node, found)
    return count


def _pattern(node: Apply, number: int, context: RewriteContext) -> tuple[tuple[Any, ...], ...]:
    """Return for each input of a body a code per axis: codes are equal for extents that the node's
    inputs prove equal; ("extent", n) for a known one."""
    codes: dict[Any, int] = {}
    return tuple(
        tuple(
            ("extent", key) if isinstance(key, int) else codes.setdefault(key, len(codes))
            for key in context.keys(variable)[first:]
        )
        for variable, first in node.op.around(node.inputs)[number]
    )


def _equal(
    inner: FunctionGraph, pattern: Sequence[Sequence[Any]], steady: Sequence[tuple[int, int]]
) -> list[tuple[Any, Any]]:
    equal: list[tuple[Any, Any]] = []
    known: dict[Any, Any] = {}
    for variable, codes in zip(inner.inputs, pattern, strict=True):
        own = _own_keys(inner, variable)
        equal += zip(extent_keys(variable), own, strict=True)
        for key, code in zip(own, codes, strict=True):
            equal.append((key, code[1] if isinstance(code, tuple) else known.setdefault(code, key)))
    for output, position in steady:
        keys = extent_keys(inner.outputs[output]), _own_keys(inner, inner.inputs[position])
        equal += zip(*keys, strict=True)
    return equal


def _own_keys(inner: FunctionGraph, variable: Variable) -> list[Any]:
    """Return the keys of an input in terms of the graph's own variables: its keys may refer to a
    variable that the graph holds as a copy."""
    return [
        (inner.copies.get(key[0], key[0]), key[1]) if isinstance(key, tuple) else key
        for key in extent_keys(variable)
    ]


def replace_node(graph: FunctionGraph, node: Apply, bodies: Sequence[InnerGraph]) -> None:
    """Replace a node by the same operation on other bodies; inputs that these do not need are
    dropped."""
    with at_location(node.location):
        made = node.op.apply(bodies, node.inputs)
    for old, new in zip(node.outputs, made.outputs, strict=True):
        graph.replace(old, new)
