"""Operations as declarations: types, shape rule, NumPy meaning, derivatives."""

from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np

from symgraph.graph.variable import Apply, Type, Variable

# An extent of an array: a number where it is known, an int64 scalar variable where it is not.
Extent: TypeAlias = int | Variable


class Op:
    """One operation; immutable, compared and hashed by its class and `__props__`.

    A subclass declares, for n inputs and m outputs:

    - `output_types(*inputs)`: the types of the outputs; raises TypeError for inputs it cannot take;
    - `perform(node, *values)`: the meaning in NumPy, a tuple of m new arrays (or views);
    - `infer_shape(node, shapes)`: the extents of each output from those of the inputs;
    - `vjp(node, cotangents)`: the reverse derivative, one variable (or None: not connected)
      per input, given one cotangent (or None: zero) per output;
    - `jvp(node, tangents)`: the forward derivative, one tangent (or None: zero) per output;
    - `view_map`: output index -> index of the input that it is a view of.
    """

    __props__: tuple[str, ...] = ()
    view_map: ClassVar[dict[int, int]] = {}

    def _identity(self) -> tuple[Any, ...]:
        return (type(self), *(getattr(self, name) for name in self.__props__))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Op) and self._identity() == other._identity())

    def __hash__(self) -> int:
        try:
            return self.__dict__["_hash"]
        except KeyError:
            value = self.__dict__["_hash"] = hash(self._identity())
            return value

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_hash"}

    def __str__(self) -> str:
        props = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__props__)
        return f"{type(self).__name__}{{{props}}}" if props else type(self).__name__

    __repr__ = __str__

    def __call__(self, *inputs: Variable, name: str | None = None) -> Any:
        """The output of a new node, or the list of them where there are several."""
        outputs = self.make_node(*inputs).outputs
        if name is not None:
            outputs[0].name = name
        return outputs[0] if len(outputs) == 1 else list(outputs)

    def make_node(self, *inputs: Variable) -> Apply:
        return Apply(self, inputs, self.output_types(*inputs))

    def output_types(self, *inputs: Variable) -> Sequence[Type]:
        raise TypeError(f"{self} does not declare its output types")

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        raise TypeError(f"{self} has no NumPy meaning")

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]] | None:
        """Extents of the outputs: ints or int64 scalar variables; None if only running tells."""
        return None

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        raise NotDifferentiable(f"{self} has no reverse derivative")

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        raise NotDifferentiable(f"{self} has no forward derivative")


class PiecewiseConstant(Op):
    """An operation whose outputs, such as positions and counts, stay as they are while its inputs
    change a little: no derivative passes."""

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None] * len(node.inputs)

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None] * len(node.outputs)


class NotDifferentiable(TypeError):
    """A derivative was asked of an operation that has none."""
