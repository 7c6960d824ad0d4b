"""Calls of a body: an expression as one operation."""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from symgraph.graph import (
    Apply,
    NotDifferentiable,
    NullType,
    TensorType,
    Type,
    Variable,
    rebuild,
)
from symgraph.ops.constant import as_tensor
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.inner_graph import (
    InnerGraph,
    InnerGraphOp,
    PullBack,
    PushForward,
    Shape,
    tell_where,
)
from symgraph.ops.scan_parts import added, is_float, like
from symgraph.ops.shape import with_shape


class Call(InnerGraphOp):
    """The outputs of `body` for the node's inputs.

    It is lowered as if the body stood in its place. Where `inline`, that is so before anything is
    rewritten; otherwise the body is rewritten by itself. `name` is used only in messages and
    printing.
    """

    __props__: tuple[str, ...] = ("body", "inline")
    never_larger: ClassVar[bool] = True

    def __init__(self, body: InnerGraph, name: str | None = None, inline: bool = False) -> None:
        self.body = body
        self.name = name
        self.inline = inline

    def __str__(self) -> str:
        return f"{type(self).__name__}{{{self.name}}}" if self.name else type(self).__name__

    __repr__ = __str__

    def bodies(self) -> tuple[InnerGraph, ...]:
        return (self.body,)

    def apply(self, bodies: Sequence[InnerGraph], inputs: Sequence[Variable]) -> Apply:
        (body,) = bodies
        needed = body.needs()
        idle = [v for v, used in zip(body.inputs, needed, strict=True) if not used]
        kept = [v for v, used in zip(inputs, needed, strict=True) if used]
        made = body.without(idle) if idle else body
        return Call(made, self.name, self.inline).make_node(*kept)

    def around(self, inputs: Sequence[Variable]) -> list[list[tuple[Variable, int]]]:
        return [[(variable, 0) for variable in inputs]]

    def make_node(self, *inputs: Any) -> Apply:
        if len(inputs) != len(self.body.inputs):
            raise TypeError(f"{self} takes {len(self.body.inputs)} inputs, not {len(inputs)}")
        given = [
            self._fitting(position, formal, variable)
            for position, (formal, variable) in enumerate(
                zip(self.body.inputs, inputs, strict=True)
            )
        ]
        node = Apply(self, given, [output.type for output in self.body.outputs])
        outside = dict(zip(self.body.inputs, given, strict=True))
        for output, inner in zip(node.outputs, self.body.outputs, strict=True):
            set_keys(output, _keys_outside(inner, outside))
        return node

    def _fitting(self, position: int, formal: Variable, given: Any) -> Variable:
        """Return an input in the type that the body takes. Raises TypeError."""
        want: Type = formal.type
        what = f"{self}: input {position}"
        if not isinstance(want, TensorType):
            found: Variable = want.filter_variable(given)
            return found
        variable = as_tensor(given)
        if variable.type.ndim != want.ndim:
            raise TypeError(f"{what}: {variable} ({variable.type}) must be a {want}")
        if variable.type.dtype != want.dtype:
            if not want.takes_safely(variable.type.dtype):
                raise TypeError(f"{what}: {variable} ({variable.type}) must be a {want}; cast it")
            variable = scalar_functions["cast"](variable, want.dtype)
        if not want.agrees_with(variable.type):
            raise TypeError(f"{what}: {variable} ({variable.type}) must be a {want}")
        return with_shape(variable, want.shape)

    def expand(self, node: Apply) -> Sequence[Variable]:
        mapping = rebuild(self.body.outputs, dict(zip(self.body.inputs, node.inputs, strict=True)))
        return [mapping[output] for output in self.body.outputs]

    def infer_shape(self, node: Apply, shapes: Sequence[Shape]) -> Sequence[Shape] | None:
        values = dict(zip(self.body.inputs, node.inputs, strict=True))
        found = self.body.output_shapes(shapes, values)
        if any(shape is None for shape in found):
            return None
        return [shape for shape in found if shape is not None]

    def perform(self, node: Apply, *values: Any) -> tuple[Any, ...]:
        try:
            results = self.body.run(values)
        except Exception as error:
            tell_where(error, f"in {self}, created at {node.location}")
            raise
        return tuple(
            v.type.copy_value(value) for v, value in zip(node.outputs, results, strict=True)
        )

    # --- derivatives ---

    def masks_cotangents(self) -> bool:
        return any(node.op.masks_cotangents() for node in self.body.nodes)

    def connection_pattern(self, node: Apply | None) -> list[list[bool]]:
        return [
            [bool(mask >> position & 1) for mask in self.body.connections]
            for position in range(len(self.body.inputs))
        ]

    def reverse(
        self,
        node: Apply,
        cotangents: Sequence[Variable | None],
        wanted: Collection[int],
        pull_back: PullBack,
    ) -> Sequence[Variable | None]:
        results: list[Variable | None] = [None] * len(node.inputs)
        seeds: dict[Variable, Variable] = {}
        supplied: dict[Variable, Variable] = {}
        for output, cotangent in zip(self.body.outputs, cotangents, strict=True):
            if cotangent is None or not is_float(output):
                continue
            if output in seeds:
                supplied[seeds[output]] = added(supplied[seeds[output]], cotangent)
                continue
            seeds[output] = like(output, "cotangent")
            supplied[seeds[output]] = cotangent
        formals = {v: at for at, v in enumerate(self.body.inputs) if at in wanted}
        if not seeds or not formals:
            return results
        terms = {}
        for at, term in zip(formals.values(), pull_back(seeds, list(formals)), strict=True):
            if term is not None and isinstance(term.type, NullType):
                results[at] = term
            elif term is not None:
                terms[at] = term
        if terms:
            body = InnerGraph([*self.body.inputs, *supplied], list(terms.values()))
            made = self._derived(body, "derivative", [*node.inputs, *supplied.values()])
            for at, output in zip(terms, made, strict=True):
                results[at] = output
        return results

    def forward(
        self, node: Apply, tangents: Sequence[Variable | None], push_forward: PushForward
    ) -> Sequence[Variable | None]:
        entries = {
            v: like(v, "tangent")
            for v, t in zip(self.body.inputs, tangents, strict=True)
            if t is not None
        }
        found = push_forward(self.body.outputs, dict(entries))
        for variable, tangent in zip(node.outputs, found, strict=True):
            if tangent is not None and isinstance(tangent.type, NullType):
                raise NotDifferentiable(f"{variable}: {tangent.type.reason}")
        moving = [tangent for tangent in found if tangent is not None]
        if not moving:
            return [None] * len(node.outputs)
        body = InnerGraph([*self.body.inputs, *entries.values()], moving)
        given = [*node.inputs, *(t for t in tangents if t is not None)]
        made = iter(self._derived(body, "tangent", given))
        return [None if tangent is None else next(made) for tangent in found]

    def _derived(
        self, body: InnerGraph, what: str, inputs: Sequence[Variable]
    ) -> tuple[Variable, ...]:
        """Return the outputs of a body that belongs to this one; inputs that it does not need are
        left out."""
        name = None if self.name is None else f"{what} of {self.name}"
        return Call(body, name, self.inline).apply([body], inputs).outputs


def _keys_outside(variable: Variable, outside: dict[Variable, Variable]) -> list[Any]:
    """Return the keys of a body's variable in terms of the surrounding graph; None for extents that
    have no key there."""
    keys: list[Any] = []
    for key in extent_keys(variable):
        if isinstance(key, tuple) and key[0] in outside:
            keys.append(extent_keys(outside[key[0]])[key[1]])
        else:
            keys.append(key if isinstance(key, int) else None)
    return keys
