"""Operations as declarations: types, shape rule, NumPy implementation, derivatives."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np

from symgraph.graph.base_type import Type, as_type
from symgraph.graph.batching import BatchContext, Batched
from symgraph.graph.shape_proxy import ShapeProxy, ShapeProxyContext
from symgraph.graph.variable import Apply, Variable

# An extent of an array: an int where it is known, else an int64 scalar variable.
Extent: TypeAlias = int | Variable
# The key by which extents are compared without building a graph (see
# `symgraph.ops.extent_equality`): a known extent, the scalar that gives an axis its extent, or the
# variable and axis that the extent came from.
ExtentKey: TypeAlias = int | Variable | tuple[Variable, int]


class Op:
    """Declare an operation; immutable, compared and hashed by its class and `__props__`.

    A subclass, here or in any other package (see docs/user-ops.md), declares for n inputs and m
    outputs:

    - `output_types(*inputs)`: the types of the outputs; raises TypeError for inputs it cannot take.
      Where the types of inputs and outputs are always the same, the lists `itypes` and `otypes` say
      so instead, and inputs that are no variables become constants;
    - `perform(node, *values)`: the NumPy implementation: a tuple of m new arrays (or views);
    - `infer_shape(node, shapes)`: the extents of each output from those of the inputs;
    - `vjp(node, cotangents)`: the reverse derivative, one variable (or None: not connected)
      per input, given one cotangent (or None: zero) per output;
    - `jvp(node, tangents)`: the forward derivative, one tangent (or None: zero) per output;
    - `view_map`: output index -> index of the input that it is a view of, or, where values are no
      arrays, that it shares parts with.

    Everything else that the compiler may ask has a default that is correct for all operations, and
    that a subclass overrides where it knows more:

    - of derivatives: `connection_pattern`, `zero_gradient`, `is_identity`, `guarded_vjp`,
      `masks_cotangents`;
    - of shapes: `shape_constraints`, `shape_proxy`, `never_larger`;
    - of values: `selects_elements`, `largest_magnitude`, `in_floats`;
    - of rewriting: `cannot_raise`, `has_effects`; of `vectorize_graph`: `batch`; of loops:
      `keeps_last`;
    - of lowering: `expand`. Rules that write loops are registered with `symgraph.lower.register`,
      those that write LLVM IR with `symgraph.lower.register_llvm`.

    Called with variables, an operation returns the variable that it computes, or a list of several.

    >>> class Doubled(sg.Op):
    ...     itypes, otypes = [T.dvector], [T.dvector]
    ...     def perform(self, node, x):
    ...         return (2 * x,)
    >>> Doubled()([1.0, 2.0]).eval()
    array([2., 4.])
    """

    # The types, or constructors such as `T.dvector`, of inputs and outputs that never change.
    itypes: ClassVar[Sequence[Any] | None] = None
    otypes: ClassVar[Sequence[Any] | None] = None
    __props__: tuple[str, ...] = ()
    view_map: ClassVar[dict[int, int]] = {}
    # Whether the reverse derivative is zero everywhere, though the inputs count as connected.
    zero_gradient: ClassVar[bool] = False
    # Whether the only output is the first input itself, so that only derivatives tell them apart.
    is_identity: ClassVar[bool] = False
    # Whether each element of the only output is an element of the first input.
    selects_elements: ClassVar[bool] = False
    # The largest magnitude of an element of an output, unless it is nan.
    largest_magnitude: ClassVar[float] = math.inf
    # Whether running it does more than return values, as printing them: it is not run at compile
    # time.
    has_effects: ClassVar[bool] = False
    # Whether no output has more bytes than the inputs have. Loops and branches set it as well: they
    # allocate memory for their results, where too large a size is refused, and their bodies are
    # checked by themselves. Otherwise code is added that checks that a machine can hold the
    # outputs.
    never_larger: ClassVar[bool] = False

    def _identity(self) -> tuple[Any, ...]:
        return (type(self), *(getattr(self, name) for name in self.__props__))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Op):
            return NotImplemented
        return self is other or self._identity() == other._identity()

    def __hash__(self) -> int:
        try:
            return self.__dict__["_hash"]
        except KeyError:
            value = self.__dict__["_hash"] = hash(self._identity())
            return value

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_hash"}

    def views(self) -> list[tuple[int, int]]:
        """Return the pairs of `view_map`: an output and an input that it is a view of."""
        return list(self.view_map.items())

    def __str__(self) -> str:
        props = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__props__)
        return f"{type(self).__name__}{{{props}}}" if props else type(self).__name__

    __repr__ = __str__

    def __call__(self, *inputs: Any, name: str | None = None) -> Any:
        """Apply the operation; return the output of the new node, or a list where there are
        several.

        inputs: variables; where `itypes` are declared also values, of which constants are made.
        """
        outputs = self.make_node(*inputs).outputs
        if name is not None:
            outputs[0].name = name
        return outputs[0] if len(outputs) == 1 else list(outputs)

    def make_node(self, *inputs: Variable) -> Apply:
        if self.itypes is not None:
            inputs = tuple(self._of_types(inputs))
        return Apply(self, inputs, [as_type(kind) for kind in self.output_types(*inputs)])

    def _of_types(self, inputs: Sequence[Any]) -> list[Variable]:
        """Return the inputs as variables of `itypes`. Raises TypeError."""
        assert self.itypes is not None
        wanted = list(map(as_type, self.itypes))
        if len(inputs) != len(wanted):
            raise TypeError(
                f"{self} takes {len(wanted)} input{'s' * (len(wanted) != 1)}, not {len(inputs)}"
            )
        found = []
        for position, (given, kind) in enumerate(zip(inputs, wanted, strict=True)):
            try:
                found.append(kind.filter_variable(given))
            except (TypeError, ValueError) as error:
                raise type(error)(f"{self}: input {position}: {error}") from None
        return found

    def output_types(self, *inputs: Variable) -> Sequence[Type]:
        if self.otypes is not None:
            return self.otypes
        raise TypeError(f"{self} does not declare its output types")

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        raise TypeError(f"{self} has no NumPy meaning")

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]] | None:
        """Return the extents of the outputs, as ints or int64 scalar variables; None where only
        running the node determines them."""
        return None

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        raise NotDifferentiable(f"{self} has no reverse derivative")

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        """Return the output tangents; an op without its own rule leaves it to `Rop` to apply `vjp`
        twice."""
        raise NotDifferentiable(f"{self} has no forward derivative")

    def guarded_vjp(
        self, node: Apply, cotangents: Sequence[Variable | None]
    ) -> Sequence[Variable | None]:
        """Return the cotangents of `vjp`, for use below an operation that `masks_cotangents`: a
        zero cotangent must give zero, whatever the derivative is. By default this is `vjp`
        itself."""
        return self.vjp(node, cotangents)

    def masks_cotangents(self) -> bool:
        """Return whether the vjp sets part of a cotangent to zero because the value there was not
        used. Below such an operation the product of zero and an infinite derivative must stay
        zero."""
        return False

    def connection_pattern(self, node: Apply) -> Sequence[Sequence[bool]] | None:
        """Return for each input a row of flags, one per output: whether the output depends on the
        input's values, not only on its shape. None: every output depends on every input."""
        return None

    def shape_constraints(self, node: Apply) -> Sequence[tuple[Any, Any]]:
        """Return the pairs of `ExtentKey`s that must be equal for the node to run."""
        return ()

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy | None:
        """Return a variable with the extents of the output `context.output` that computes none of
        its values, and that raises where the node would; None where only running the node tells.

        By default the result of shape inference, which takes the node to be valid.
        """
        return context.inferred()

    def cannot_raise(self, node: Apply) -> bool:
        """Return whether the node accepts inputs of all shapes and values, so that it may be
        removed where its value is not used."""
        return False

    def in_floats(self, node: Apply, *values: np.ndarray) -> np.ndarray | None:
        """Return the only output of a node of integers, computed in float64 as if no integer
        wrapped around; None where that is not known, or nothing wraps."""
        return None

    def batch(self, node: Apply, context: BatchContext) -> Sequence[Batched] | None:
        """Return the node's outputs for a batch of inputs, for `vectorize_graph`; None where no
        single operation computes them, in which case a loop runs over the batch."""
        return None

    def keeps_last(self, output: int) -> bool | None:
        """Return, for an operation that stacks the results of steps along the first axis, whether
        an output holds only the last ones; None for other operations."""
        return None

    def expand(self, node: Apply) -> Sequence[Variable] | None:
        """Return the outputs of a composite operation written with simpler ones, which are lowered
        where no lowering is registered for the operation itself; None if it is not composite."""
        return None


class PiecewiseConstant(Op):
    """An operation whose outputs, such as positions and counts, are piecewise constant in its
    inputs: its derivative is not propagated."""

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None] * len(node.inputs)

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None] * len(node.outputs)


class NotDifferentiable(TypeError):
    """Raised where the derivative of an operation that has none is asked for."""
