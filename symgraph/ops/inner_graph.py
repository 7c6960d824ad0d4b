"""The inner graph of a loop or a branch, and the base class of the operations that hold one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from symgraph.graph import (
    Apply,
    Constant,
    Extent,
    MissingInputError,
    Op,
    TensorType,
    Variable,
    performed,
    rebuild,
    toposort,
)
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import Elemwise
from symgraph.ops.empty_loops import said_of_no_steps
from symgraph.ops.shape import ShapeOf

Shape = tuple[Extent, ...]
_EXTENT = TensorType("int64", ())


class InnerGraph:
    """A self-contained graph: `outputs` computed from `inputs`, free variables that stand for the
    arguments supplied by the enclosing operation. Immutable; equal to a body that computes the
    same.

    Raises MissingInputError where the outputs need anything else but constants.
    """

    def __init__(self, inputs: Sequence[Variable], outputs: Sequence[Variable]) -> None:
        self.inputs: tuple[Variable, ...] = tuple(inputs)
        self.outputs: tuple[Variable, ...] = tuple(outputs)
        formal = set(self.inputs)
        if len(formal) < len(self.inputs) or any(v.owner is not None for v in formal):
            raise ValueError("the inputs of a body must be distinct free variables")
        for leaf in (*(v for node in self.nodes for v in node.inputs), *self.outputs):
            if leaf.owner is None and leaf not in formal and not isinstance(leaf, Constant):
                raise MissingInputError(leaf)

    @cached_property
    def nodes(self) -> tuple[Apply, ...]:
        """Return the operations, each after those it depends on."""
        return tuple(toposort(self.outputs))

    @cached_property
    def key(self) -> Any:
        """Return a key equal for bodies that compute the same: inputs by position, constants by
        value."""
        codes: dict[Variable, int] = {v: at for at, v in enumerate(self.inputs)}
        numbers: dict[Any, int] = {}

        def code(variable: Variable) -> int:
            if variable not in codes:
                assert isinstance(variable, Constant)
                codes[variable] = number(variable.signature())
            return codes[variable]

        def number(what: Any) -> int:
            return numbers.setdefault(what, len(self.inputs) + len(numbers))

        for node in self.nodes:
            inputs = tuple(map(code, node.inputs))
            for index, variable in enumerate(node.outputs):
                codes[variable] = number((node.op, inputs, index))
        outputs = tuple(map(code, self.outputs))
        return (tuple(v.type for v in self.inputs), tuple(numbers), outputs)

    @cached_property
    def _hash(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, InnerGraph) and hash(self) == hash(other) and self.key == other.key

    def __hash__(self) -> int:
        return self._hash

    def __getstate__(self) -> dict[str, Any]:
        return {"inputs": self.inputs, "outputs": self.outputs}

    def __repr__(self) -> str:
        return f"InnerGraph of {len(self.nodes)} operations"

    def needs(self) -> list[bool]:
        """Return for each input whether an output is computed from it, even if only from its
        shape."""
        used = {v for node in self.nodes for v in node.inputs} | set(self.outputs)
        return [variable in used for variable in self.inputs]

    def without(self, inputs: Collection[Variable]) -> "InnerGraph":
        """Return the same body without inputs that it does not need. It is rebuilt on new inputs,
        because extent keys may refer to the inputs that are removed."""
        kept = {
            v: Variable(v.type, name=v.name, location=v.location)
            for v in self.inputs
            if v not in inputs
        }
        mapping = rebuild(self.outputs, kept)
        return InnerGraph(list(kept.values()), [mapping[v] for v in self.outputs])

    def run(self, values: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the outputs' values, computed by the operations' NumPy implementations; some may
        be views, or inputs. An error message names the operation and the user's line."""
        found: dict[Variable, np.ndarray] = dict(zip(self.inputs, values, strict=True))
        for node in self.nodes:
            given = [_value(found, variable) for variable in node.inputs]
            try:
                results = performed(node, given)
            except Exception as error:
                shapes = ", ".join(map(_described, given))
                tell_where(error, f"in {node.op} of {shapes}, created at {node.location}", node)
                raise
            found.update(zip(node.outputs, results, strict=True))
        return [_value(found, variable) for variable in self.outputs]

    @cached_property
    def connections(self) -> tuple[int, ...]:
        """Return for each output a bit set of the inputs whose values it depends on."""
        masks: dict[Variable, int] = {v: 1 << at for at, v in enumerate(self.inputs)}
        for node in self.nodes:
            flags = node.op.connection_pattern(node)
            for index, variable in enumerate(node.outputs):
                mask = 0
                for position, used in enumerate(node.inputs):
                    if flags is None or flags[position][index]:
                        mask |= masks.get(used, 0)
                masks[variable] = mask
        return tuple(masks.get(variable, 0) for variable in self.outputs)

    def output_shapes(
        self, shapes: Sequence[Shape], values: Mapping[Variable, Variable]
    ) -> list[Shape | None]:
        """Return the extents of each output, given those of the inputs and, for some inputs, the
        variable of the surrounding graph that they stand for; None where these do not determine
        them."""
        return _Shapes(self, shapes, values).of_outputs()


def known_shape(variable: Variable) -> tuple[int | None, ...]:
    """Return the extents that the type tells; none where the variable is no tensor."""
    return variable.type.shape if isinstance(variable.type, TensorType) else ()


def shape_of(value: Any) -> tuple[int, ...]:
    """Return the shape of an array; none of a value of another type."""
    return value.shape if isinstance(value, np.ndarray) else ()


def _value(found: Mapping[Variable, np.ndarray], variable: Variable) -> np.ndarray:
    value = found.get(variable)
    return variable.data if value is None else value  # type: ignore[attr-defined,no-any-return]


def _described(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else repr(value)


class _Shapes:
    """Shape rules applied to a body, with the results in terms of the surrounding graph."""

    def __init__(
        self, body: InnerGraph, shapes: Sequence[Shape], values: Mapping[Variable, Variable]
    ) -> None:
        self.body = body
        self.shapes: dict[Variable, Shape] = dict(zip(body.inputs, shapes, strict=True))
        # Variables of the body as expressions outside; None for what changes from step to step.
        self.outside: dict[Variable, Variable | None] = dict.fromkeys(body.inputs)
        self.outside.update(values)
        # Expressions of the surrounding graph stay as they are.
        for told in (*values.values(), *(extent for shape in shapes for extent in shape)):
            self._stays(told)
        # Variables that stand for extents that are not known outside.
        self.unknown: set[Extent] = set()

    def of_outputs(self) -> list[Shape | None]:
        shapes = list(map(known_shape, self.body.outputs))
        if all(None not in shape for shape in shapes):
            return [tuple(e for e in shape if e is not None) for shape in shapes]
        for node in self.body.nodes:
            inferred = node.op.infer_shape(node, [self.of(variable) for variable in node.inputs])
            for at, variable in enumerate(node.outputs):
                extents = known_shape(variable) if inferred is None else inferred[at]
                self.shapes[variable] = self._told(variable, extents)
        found = map(self.of, self.body.outputs)
        return [None if any(e in self.unknown for e in shape) else shape for shape in found]

    def of(self, variable: Variable) -> Shape:
        if variable not in self.shapes:
            self.shapes[variable] = self._told(variable, known_shape(variable))
        return self.shapes[variable]

    def _told(self, variable: Variable, extents: Sequence[Extent | None]) -> Shape:
        """Return the extents in terms of the surrounding graph: from the type, or as given; a new
        variable stands for an extent that has no such expression."""
        result: list[Extent] = []
        for known, extent in zip(known_shape(variable), extents, strict=True):
            found = extent if known is None else known
            if isinstance(found, Variable) and found not in self.unknown:
                found = self._translated(found)
                self._stays(found)
            result.append(self._new_unknown() if found is None else found)
        return tuple(result)

    def _stays(self, told: Extent | None) -> None:
        if isinstance(told, Variable):
            self.outside.setdefault(told, told)

    def _new_unknown(self) -> Variable:
        unknown: Variable = _EXTENT()
        self.unknown.add(unknown)
        self.outside[unknown] = None
        return unknown

    def _translated(self, extent: Variable) -> Extent | None:
        """Return an extent as an expression outside the body; None where there is none. Values are
        not translated where only the shape is used."""
        stack = [extent]
        while stack:
            variable = stack[-1]
            if variable in self.outside:
                stack.pop()
                continue
            owner = variable.owner
            if owner is None:
                self.outside[variable] = variable
                continue
            if isinstance(owner.op, ShapeOf):
                extent_there = self.of(owner.inputs[0])[owner.op.axis]
                known_outside = extent_there not in self.unknown
                self.outside[variable] = _scalar(extent_there) if known_outside else None
                continue
            missing = [v for v in owner.inputs if v not in self.outside]
            if missing:
                stack += missing
                continue
            inputs = [self.outside[v] for v in owner.inputs]
            if _is_switch(owner) and same_extent(inputs[1], inputs[2]):
                # Two extents that are one outside.
                self.outside[variable] = inputs[1]
                continue
            known = [v for v in inputs if v is not None]
            if len(known) < len(inputs):
                self.outside.update(dict.fromkeys(owner.outputs))
            else:
                made = owner.op.make_node(*known).outputs
                self.outside.update(zip(owner.outputs, made, strict=True))
        found = self.outside[extent]
        return int(found.data) if isinstance(found, Constant) else found


def same_extent(a: Extent | None, b: Extent | None) -> bool:
    """Return whether two extents are the same, or the same expression of the same operands."""
    pending: list[tuple[Any, Any]] = [(a, b)]
    met: set[tuple[Any, Any]] = set()
    while pending:
        pair = left, right = pending.pop()
        if left is right or pair in met:
            continue
        met.add(pair)
        if not (isinstance(left, Variable) and isinstance(right, Variable)):
            if left is None or left != right:
                return False
        elif isinstance(left, Constant) and isinstance(right, Constant):
            if left.signature() != right.signature():
                return False
        else:
            one, other = left.owner, right.owner
            if one is None or other is None or one.op != other.op:
                return False
            if not isinstance(one.op, Elemwise):
                return False
            pending += zip(one.inputs, other.inputs, strict=True)
    return True


def _is_switch(node: Apply) -> bool:
    return isinstance(node.op, Elemwise) and node.op.scalar.name == "switch"


def _scalar(extent: Extent) -> Variable:
    return constant(extent, "int64") if isinstance(extent, int) else extent


def tell_where(error: Exception, text: str, node: Apply | None = None) -> None:
    """Add a line to an error's message; `node` is where it happened."""
    if not isinstance(error, MemoryError):
        said = error.args[0] if len(error.args) == 1 else str(error)
        if node is not None:
            said = said_of_no_steps(node, said)
        error.args = (f"{said}\n{text}",)


class PullBack(Protocol):
    """The vjp of a subgraph: the cotangents of `wrt` (None: not connected) from the cotangents of
    some outputs."""

    def __call__(
        self, seeds: Mapping[Variable, Variable], wrt: Sequence[Variable]
    ) -> list[Variable | None]: ...


# The jvp of a subgraph: the tangents of `outputs` (None: zero) from those of some inputs.
PushForward = Callable[
    [Sequence[Variable], Mapping[Variable, Variable | None]], list[Variable | None]
]


class InnerGraphOp(Op):
    """An operation that holds bodies.

    Its derivatives need those of the bodies, so the differentiation engine passes itself as a
    callback: it calls `reverse` and `forward` instead of the `vjp` and `jvp` of other ops.
    """

    def bodies(self) -> tuple[InnerGraph, ...]:
        raise NotImplementedError

    def apply(self, bodies: Sequence[InnerGraph], inputs: Sequence[Variable]) -> Apply:
        """Apply the operation with other bodies to inputs; inputs that the bodies do not need, and
        that the operation does not use otherwise, are left out."""
        raise NotImplementedError

    def around(self, inputs: Sequence[Variable]) -> list[list[tuple[Variable, int]]]:
        """Return for each input of each body the node's inputs that determine its extents, each
        with the axis from which on it does."""
        raise NotImplementedError

    def steady(self, body: int) -> list[tuple[int, int]]:
        """Return pairs of positions of an output of a body and of the input whose extents it must
        have, or the operation fails."""
        return []

    def reverse(
        self,
        node: Apply,
        cotangents: Sequence[Variable | None],
        wanted: Collection[int],
        pull_back: PullBack,
    ) -> Sequence[Variable | None]:
        """Return the cotangents (vjp) of the inputs at the positions `wanted`."""
        raise NotImplementedError

    def forward(
        self, node: Apply, tangents: Sequence[Variable | None], push_forward: PushForward
    ) -> Sequence[Variable | None]:
        """Return the tangents (jvp) of the outputs."""
        raise NotImplementedError
