"""Functions of bundles, such as sparse matrices, as functions of their parts.

Before a function is compiled, each variable of a `BundleType` is replaced by the variables of its
parts, and each operation on bundles by what it is on these. At a call, values are taken apart and
put together again.
"""

from collections.abc import Mapping, Sequence
from operator import is_
from typing import Any

import numpy as np

from symgraph.compile.on_values import bundled, on_values
from symgraph.graph import (
    Apply,
    BundleOp,
    BundleType,
    Constant,
    Variable,
    ancestors,
    at_location,
    toposort,
)
from symgraph.ops.constant import constant
from symgraph.ops.inner_graph import InnerGraph, InnerGraphOp


class Bundles:
    """The arguments and roots of a function, and in `flat_arguments` and `flat_roots` the tensors
    that they are replaced by."""

    def __init__(self, arguments: Sequence[Variable], roots: Sequence[Variable]) -> None:
        self.arguments = list(arguments)
        self.roots = list(roots)
        formal: dict[Variable, Any] = {v: _formal(v) for v in arguments}
        found = _unbundled(formal, roots)
        self.flat_arguments: list[Variable] = _flat([formal[v] for v in arguments])
        results = [found.get(v, v) for v in roots]
        self.flat_roots: list[Variable] = _flat(results)
        self._spans = _spans(results)
        self._places = _spans([formal[v] for v in arguments])

    def replacements(self, replaced: Mapping[int, int]) -> dict[int, int]:
        """Return a map from roots to the arguments that they replace, in terms of the flat ones;
        parts replace none, as their extents change."""
        return {
            self._spans[root].start: self._places[argument].start
            for root, argument in replaced.items()
            if not isinstance(self.roots[root].type, BundleType)
        }

    def span(self, root: int) -> range:
        """Return the positions of a root's parts among the flat roots."""
        return self._spans[root]

    def split(self, values: Sequence[Any]) -> list[np.ndarray]:
        """Return the arrays that are the arguments' values."""
        arrays: list[np.ndarray] = []
        for variable, value in zip(self.arguments, values, strict=True):
            if isinstance(variable.type, BundleType):
                arrays += variable.type.split(value)
            else:
                arrays.append(value)
        return arrays

    def join(self, roots: Sequence[int], arrays: Sequence[np.ndarray]) -> list[Any]:
        """Return the values of these roots from their arrays."""
        values: list[Any] = []
        at = 0
        for root in roots:
            count = len(self._spans[root])
            parts, at = arrays[at : at + count], at + count
            type = self.roots[root].type
            values.append(type.join(parts) if isinstance(type, BundleType) else parts[0])
        return values


def bundles_of(arguments: Sequence[Variable], roots: Sequence[Variable]) -> Bundles | None:
    """Return the bundles of a function; None where there are only tensors."""
    everything = [*arguments, *ancestors(roots, stop_at=arguments)]
    if any(isinstance(variable.type, BundleType) for variable in everything):
        return Bundles(arguments, roots)
    held = (v.owner.op for v in everything if v.owner and isinstance(v.owner.op, InnerGraphOp))
    if any(_knows_bundles(body) for op in held for body in _within(op.bodies())):
        return Bundles(arguments, roots)
    return None


def _within(bodies: Sequence[InnerGraph]) -> list[InnerGraph]:
    """Return bodies, and those of the operations in them, each after those that it holds."""
    found: dict[int, InnerGraph] = {}
    waiting = [(body, False) for body in bodies]
    while waiting:
        body, ready = waiting.pop()
        if ready:
            found[id(body)] = body
        elif id(body) not in found:
            held = [node.op for node in body.nodes if isinstance(node.op, InnerGraphOp)]
            waiting += [(body, True), *((inner, False) for op in held for inner in op.bodies())]
    return list(found.values())


def _knows_bundles(body: InnerGraph) -> bool:
    variables = (*body.inputs, *body.outputs, *(v for node in body.nodes for v in node.outputs))
    return any(isinstance(variable.type, BundleType) for variable in variables)


def _formal(variable: Variable) -> Any:
    """Return the variables of a bundle's parts; another variable itself."""
    if not isinstance(variable.type, BundleType):
        return variable
    return variable.type.parts(
        [type(f"{variable}[{number}]") for number, type in enumerate(variable.type.part_types())]
    )


def _unbundled(formal: Mapping[Variable, Any], roots: Sequence[Variable]) -> dict[Variable, Any]:
    """Map the variables that `roots` need to tensors, or to the parts of bundles."""
    nodes = toposort(roots, stop_at=formal)
    bodies: dict[int, InnerGraph] = {}
    held = [node.op for node in nodes if isinstance(node.op, InnerGraphOp)]
    for body in _within([body for op in held for body in op.bodies()]):
        inside: dict[Variable, Any] = {v: _formal(v) for v in body.inputs}
        found = _replaced(inside, body.nodes, body.outputs, bodies)
        changed = any(found[v] is not v for v in body.outputs) or _knows_bundles(body)
        if changed:
            outputs = _flat([found[v] for v in body.outputs])
            bodies[id(body)] = InnerGraph(_flat([inside[v] for v in body.inputs]), outputs)
    return _replaced(formal, nodes, roots, bodies)


def _replaced(
    formal: Mapping[Variable, Any],
    nodes: Sequence[Apply],
    roots: Sequence[Variable],
    bodies: Mapping[int, InnerGraph],
) -> dict[Variable, Any]:
    """Map the variables of nodes, and roots, to tensors, or to the parts of bundles. `bodies`: by
    identity, what stands for bodies that know bundles."""
    found: dict[Variable, Any] = dict(formal)
    for node in nodes:
        inputs = [_found(variable, found) for variable in node.inputs]
        same = all(new is old for new, old in zip(inputs, node.inputs, strict=True))
        held = node.op.bodies() if isinstance(node.op, InnerGraphOp) else ()
        changed = [bodies.get(id(body), body) for body in held]
        is_plain = not (isinstance(node.op, BundleOp) or _gives_bundles(node))
        if same and is_plain and all(map(is_, changed, held)):
            continue
        with at_location(node.location):
            outputs = _outputs(node, inputs, changed)
        for old, new in zip(node.outputs, outputs, strict=True):
            if isinstance(new, Variable) and new.name is None and new.owner is not None:
                new.name = old.name
            found[old] = new
    for variable in roots:
        found[variable] = _found(variable, found)
    return found


def _found(variable: Variable, found: dict[Variable, Any]) -> Any:
    if variable in found:
        return found[variable]
    if isinstance(variable, Constant) and isinstance(variable.type, BundleType):
        arrays = variable.type.split(variable.data)
        found[variable] = variable.type.parts([constant(array) for array in arrays])
        return found[variable]
    return variable


def _outputs(node: Apply, inputs: Sequence[Any], bodies: Sequence[InnerGraph]) -> Sequence[Any]:
    if isinstance(node.op, BundleOp):
        return node.op.on_parts(node, inputs)
    if isinstance(node.op, InnerGraphOp):
        return bundled(node, node.op.apply(bodies, _flat(inputs)).outputs)
    if _gives_bundles(node) or any(isinstance(v.type, BundleType) for v in node.inputs):
        return on_values(node, inputs)
    return node.op.make_node(*inputs).outputs


def _gives_bundles(node: Apply) -> bool:
    return any(isinstance(v.type, BundleType) for v in node.outputs)


def _flat(entries: Sequence[Any]) -> list[Variable]:
    return [v for e in entries for v in ([e] if isinstance(e, Variable) else e)]


def _spans(entries: Sequence[Any]) -> list[range]:
    spans, at = [], 0
    for entry in entries:
        count = 1 if isinstance(entry, Variable) else len(_flat([entry]))
        spans.append(range(at, at + count))
        at += count
    return spans
