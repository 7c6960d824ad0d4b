"""Branches: one of two bodies runs."""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from symgraph.graph import (
    Apply,
    Extent,
    NotDifferentiable,
    NullType,
    TensorType,
    Type,
    Variable,
)
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.inner_graph import (
    InnerGraph,
    InnerGraphOp,
    PullBack,
    PushForward,
    Shape,
    same_extent,
    tell_where,
)
from symgraph.ops.scan_parts import added, is_float, like, stand_in, zeros_of


class IfElse(InnerGraphOp):
    """The outputs of `then` where the condition is true, else those of `orelse`.

    Inputs: the condition, a scalar; the inputs of `then`; those of `orelse`. Only the body that is
    chosen runs. The two agree in number, dtypes and ranks of outputs. `name` is used only in
    messages and printing.
    """

    __props__ = ("then", "orelse")
    never_larger: ClassVar[bool] = True

    def __init__(self, then: InnerGraph, orelse: InnerGraph, name: str | None = None) -> None:
        self.then = then
        self.orelse = orelse
        self.name = name

    def __str__(self) -> str:
        return f"IfElse{{{self.name}}}" if self.name else "IfElse"

    __repr__ = __str__

    def bodies(self) -> tuple[InnerGraph, ...]:
        return (self.then, self.orelse)

    def parts(self, inputs: Sequence[Any]) -> tuple[Any, Sequence[Any], Sequence[Any]]:
        """Return the node's inputs (or any sequence with one entry per input), split into the
        condition and the inputs of each branch."""
        middle = 1 + len(self.then.inputs)
        return inputs[0], inputs[1:middle], inputs[middle:]

    def apply(self, bodies: Sequence[InnerGraph], inputs: Sequence[Variable]) -> Apply:
        middle = 1 + len(bodies[0].inputs)
        given = [inputs[1:middle], inputs[middle:]]
        made, kept = [], [inputs[0]]
        for body, variables in zip(bodies, given, strict=True):
            needed = body.needs()
            kept += [v for v, used in zip(variables, needed, strict=True) if used]
            idle = [f for f, used in zip(body.inputs, needed, strict=True) if not used]
            made.append(body.without(idle) if idle else body)
        then, otherwise = made
        return IfElse(then, otherwise, self.name).make_node(*kept)

    def around(self, inputs: Sequence[Variable]) -> list[list[tuple[Variable, int]]]:
        return [[(variable, 0) for variable in given] for given in self.parts(inputs)[1:]]

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        _, *given = self.parts(node.inputs)
        outside: dict[Variable, Variable] = {}
        for body, variables in zip(self.bodies(), given, strict=True):
            outside.update(zip(body.inputs, variables, strict=True))
        pairs = zip(self.then.outputs, self.orelse.outputs, strict=True)
        for output, (left, right) in zip(node.outputs, pairs, strict=True):
            keys = [_keys_outside(v, outside) for v in (left, right)]
            same = [a if a == b else None for a, b in zip(*keys, strict=True)]
            set_keys(output, same)
        return node

    def output_types(self, *inputs: Variable) -> Sequence[Type]:
        condition, *given = self.parts(inputs)
        if condition.type.ndim != 0:
            raise TypeError(f"{self}: the condition must be a scalar, not a {condition.type}")
        for body, variables in zip(self.bodies(), given, strict=True):
            if len(variables) != len(body.inputs):
                raise TypeError(f"{self}: {len(inputs)} inputs do not fit")
            for formal, variable in zip(body.inputs, variables, strict=True):
                if not formal.type.agrees_with(variable.type):
                    raise TypeError(f"{self}: {variable} must be a {formal.type}")
        types: list[Any] = []
        for left, right in zip(self.then.outputs, self.orelse.outputs, strict=True):
            a, b = left.type, right.type
            if not isinstance(a, TensorType):
                if a != b:
                    raise TypeError(f"{self}: the branches give {left} ({a}) and {right} ({b})")
                types.append(a)
                continue
            if (a.dtype, a.ndim) != (b.dtype, b.ndim):
                raise TypeError(f"{self}: the branches give {left} ({a}) and {right} ({b})")
            shape = [e if e == f else None for e, f in zip(a.shape, b.shape, strict=True)]
            types.append(TensorType(a.dtype, shape))
        return types

    def infer_shape(self, node: Apply, shapes: Sequence[Shape]) -> Sequence[Shape] | None:
        condition, *given = self.parts(node.inputs)
        _, *extents = self.parts(shapes)
        branches = [
            body.output_shapes(inner, dict(zip(body.inputs, variables, strict=True)))
            for body, inner, variables in zip(self.bodies(), extents, given, strict=True)
        ]
        result: list[Shape] = []
        for left, right in zip(*branches, strict=True):
            if left is None or right is None:
                return None
            pairs = zip(left, right, strict=True)
            result.append(tuple(_chosen(condition, a, b) for a, b in pairs))
        return result

    def perform(self, node: Apply, *values: Any) -> tuple[Any, ...]:
        condition, then, orelse = self.parts(values)
        chosen, given = (self.then, then) if condition else (self.orelse, orelse)
        try:
            results = chosen.run(given)
        except Exception as error:
            branch = "then" if condition else "else"
            tell_where(error, f"in the {branch} branch of {self}, created at {node.location}")
            raise
        pairs = zip(node.outputs, results, strict=True)
        return tuple(variable.type.copy_value(value) for variable, value in pairs)

    def masks_cotangents(self) -> bool:
        return True

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return the connections of the branches; none for the condition."""
        rows = [[False] * len(node.outputs)]
        for body in self.bodies():
            for position in range(len(body.inputs)):
                rows.append([bool(mask >> position & 1) for mask in body.connections])
        return rows

    def reverse(
        self,
        node: Apply,
        cotangents: Sequence[Variable | None],
        wanted: Collection[int],
        pull_back: PullBack,
    ) -> Sequence[Variable | None]:
        condition, *given = self.parts(node.inputs)
        results: list[Variable | None] = [None] * len(node.inputs)
        pulled: list[tuple[int, int, Variable]] = []
        entering = [
            {
                o: like(o, "cotangent")
                for o, g in zip(body.outputs, cotangents, strict=True)
                if g is not None and is_float(o)
            }
            for body in self.bodies()
        ]
        first = 1
        for side, body in enumerate(self.bodies()):
            formals = {v: at for at, v in enumerate(body.inputs, first) if at in wanted}
            first += len(body.inputs)
            seeds: dict[Variable, Variable] = entering[side]
            found = pull_back(seeds, list(formals)) if seeds and formals else [None] * len(formals)
            for at, term in zip(formals.values(), found, strict=True):
                if term is not None and isinstance(term.type, NullType):
                    results[at] = term
                elif term is not None:
                    pulled.append((side, at, term))
        if not pulled:
            return results
        bodies, inputs = [], [condition]
        for side, body in enumerate(self.bodies()):
            sums = _summed(body, cotangents)
            supplied = {entry: sums[output] for output, entry in entering[side].items()}
            outputs = []
            for where, at, term in pulled:
                if where != side:
                    # The other branch does not depend on it.
                    zeros = zeros_of(node.inputs[at], term.type.dtype)
                    term = stand_in(zeros)
                    supplied[term] = zeros
                outputs.append(term)
            bodies.append(InnerGraph([*body.inputs, *supplied], outputs))
            inputs += [*given[side], *supplied.values()]
        then, otherwise = bodies
        made = IfElse(then, otherwise, self.name).make_node(*inputs).outputs
        for (_, at, _), output in zip(pulled, made, strict=True):
            results[at] = output
        return results

    def forward(
        self, node: Apply, tangents: Sequence[Variable | None], push_forward: PushForward
    ) -> Sequence[Variable | None]:
        condition, *given = self.parts(node.inputs)
        _, *moved = self.parts(tangents)
        bodies, inputs, found = [], [condition], []
        for body, directions in zip(self.bodies(), moved, strict=True):
            entries = {
                v: like(v, "tangent")
                for v, t in zip(body.inputs, directions, strict=True)
                if t is not None
            }
            found.append((entries, push_forward(body.outputs, dict(entries))))
        moving = [
            any(t is not None for t in pair) for pair in zip(found[0][1], found[1][1], strict=True)
        ]
        for variable, *pair in zip(node.outputs, *(f for _, f in found), strict=True):
            for tangent in pair:
                if tangent is not None and isinstance(tangent.type, NullType):
                    raise NotDifferentiable(f"{variable}: {tangent.type.reason}")
        if not any(moving):
            return [None] * len(node.outputs)
        for side, body in enumerate(self.bodies()):
            entries, made = found[side]
            outputs = [
                zeros_of(output) if tangent is None else tangent
                for output, tangent, moves in zip(body.outputs, made, moving, strict=True)
                if moves
            ]
            bodies.append(InnerGraph([*body.inputs, *entries.values()], outputs))
            inputs += [*given[side], *(t for t in moved[side] if t is not None)]
        then, otherwise = bodies
        results = iter(IfElse(then, otherwise, self.name).make_node(*inputs).outputs)
        return [next(results) if moves else None for moves in moving]


def _summed(body: InnerGraph, cotangents: Sequence[Variable | None]) -> dict[Variable, Variable]:
    """Return the cotangent of each of a body's outputs; those of an output listed twice are
    added."""
    sums: dict[Variable, Variable] = {}
    for output, cotangent in zip(body.outputs, cotangents, strict=True):
        if cotangent is not None:
            known = sums.get(output)
            sums[output] = cotangent if known is None else added(known, cotangent)
    return sums


def _chosen(condition: Variable, a: Extent, b: Extent) -> Extent:
    if same_extent(a, b):
        return a
    cast = scalar_functions["cast"]
    return cast(scalar_functions["switch"](condition, a, b), "int64")


def _keys_outside(variable: Variable, outside: dict[Variable, Variable]) -> list[Any]:
    """Return the keys of a body's variable in terms of the surrounding graph; None for extents that
    have no key there."""
    keys: list[Any] = []
    for key in extent_keys(variable):
        if isinstance(key, tuple) and key[0] in outside:
            keys.append(extent_keys(outside[key[0]])[key[1]])
        else:
            keys.append(key if isinstance(key, int) else object())
    return keys
