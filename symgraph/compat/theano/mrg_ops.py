"""Operations that only `MRG_RandomStreams` needs, computed in NumPy as Theano defines them."""

import math
from collections.abc import Sequence

import numpy as np

from symgraph.compat.theano.mrg31k3p import step
from symgraph.graph import (
    Apply,
    Extent,
    NotDifferentiable,
    Op,
    PiecewiseConstant,
    TensorType,
    Variable,
)
from symgraph.ops.distributions import JUMPS
from symgraph.ops.random import RandomOp
from symgraph.ops.shape import as_extent, known_extent

Extents = Sequence[tuple[Extent, ...]]
# Factors that scale z to a number below 1: in float32 the next power of two would round up to 1.
SCALES = {
    "float16": np.float64(511 * 2.0**-24),
    "float32": np.float32(1 / (2**31 + 65)),
    "float64": np.float64(2.0**-31),
}

# As many numbers as Theano refuses to draw at once.
LIMIT = 2**31


class MRGUniform(RandomOp):
    """Uniform numbers in (0, 1): inputs are the states of n parts, an (n, 6) int32 matrix, and the
    extents. Element i (in C order) is the next number of part i mod n."""

    __props__ = ("dtype",)

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def output_types(self, state: Variable, *extents: Variable) -> Sequence[TensorType]:
        if state.type.dtype != "int32" or state.type.ndim != 2:
            raise TypeError(f"uniform: {state} ({state.type}) are no states of MRG31k3p")
        for axis, extent in enumerate(extents):
            as_extent(extent, f"uniform: the extent of axis {axis}")
        return [state.type, TensorType(self.dtype, tuple(map(known_extent, extents)))]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        states, *extents = values
        shape = tuple(int(extent) for extent in extents)
        size, count = math.prod(shape), len(states)
        if size >= LIMIT:
            raise ValueError(
                f"uniform: MRG_RandomStreams draws less than 2**31 numbers, not {size}, shape"
                f" {shape}; draw them in parts, or with symgraph.RandomStreams"
            )
        now = states.astype("int64")
        found = np.empty(size, "int64")
        for start in range(0, size, count):
            width = min(count, size - start)
            now[:width], found[start : start + width] = step(now[:width])
        if self.dtype == "float16":
            # The last 15 bits: those before them would round up to 1.
            found = (found & 0x7FFF) + 1
        work = "float32" if self.dtype == "float32" else "float64"
        numbers = found.astype(work) * SCALES[self.dtype]
        return now.astype("int32"), numbers.astype(self.dtype).reshape(shape)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        known = node.outputs[1].type.shape
        given = node.inputs[1:]
        own = tuple(v if e is None else e for e, v in zip(known, given, strict=True))
        return [shapes[0], own]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True, True], *([False, False] for _ in node.inputs[1:])]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None] * len(node.inputs)

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None, None]


class Truncated(PiecewiseConstant):
    """Normal numbers of Box and Muller, with those beyond `bound` replaced by new ones.

    Inputs are the cosines' numbers z, the cosines, the sines' numbers, the sines, and for each
    number that is to be replaced a uniform number, not too small. The result has the cosines'
    numbers that stay first, then their replacements, then the same for the sines'.
    """

    __props__ = ("bound",)

    def __init__(self, bound: float) -> None:
        self.bound = bound

    def output_types(self, *inputs: Variable) -> Sequence[TensorType]:
        return [TensorType(inputs[0].type.dtype, (None,))]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        *pairs, u = values
        parts, used = [], 0
        radius = np.sqrt(np.log(u) * u.dtype.type(-2.0))
        for z, factor in (pairs[:2], pairs[2:]):
            beyond = np.abs(z) > self.bound
            count = int(beyond.sum())
            parts += [z[~beyond], radius[used : used + count] * factor[beyond]]
            used += count
        return (np.concatenate(parts),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [(shapes[0][0] + shapes[2][0],)]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[False] for _ in node.inputs]


class SuccessiveChoices(Op):
    """For each row of a matrix of probabilities, columns chosen successively without replacement.

    Each choice is the first column at which the cumulative sum of the remaining probabilities,
    rescaled, exceeds a uniform number. Inputs are the probabilities, a vector of uniform numbers,
    those for the first choices of all rows first, and the count. Where rounding keeps all sums
    below the number, it is the last remaining column; Theano has 0 there, chosen or not.
    """

    __props__ = ("dtype",)

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def output_types(self, *inputs: Variable) -> Sequence[TensorType]:
        return [TensorType(self.dtype, (inputs[0].type.shape[0], known_extent(inputs[2])))]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        left, u, count = values[0].copy(), values[1], int(values[2])
        rows, columns = left.shape
        if not 0 <= count <= columns:
            raise ValueError(
                f"choice: there are {columns} to choose from without replacement, not {count}"
            )
        chosen = np.empty((rows, count), self.dtype)
        each = np.arange(rows)
        for turn in range(count):
            above = np.cumsum(left, axis=1) > u[turn * rows : (turn + 1) * rows, None]
            last = columns - 1 - np.argmax(left[:, ::-1] > 0, axis=1)
            place = np.where(above.any(axis=1), above.argmax(axis=1), last)
            chosen[:, turn] = place
            left[each, place] = 0
            with np.errstate(all="ignore"):
                left /= np.cumsum(left, axis=1)[:, -1:]
        return (chosen,)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [(shapes[0][0], node.inputs[2])]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        raise NotDifferentiable(f"samples of choice have no derivative by p: {JUMPS}")

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None]


class CountsFromUniform(Op):
    """For each row of a matrix of probabilities how often each column is chosen, by uniform
    numbers.

    A choice is the first column at which the cumulative sum of the probabilities exceeds its
    number; there is none where no sum does. Inputs are the probabilities, a vector of uniform
    numbers, those for the first choices of all rows first, and the count of choices.
    """

    __props__ = ("dtype",)

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def output_types(self, *inputs: Variable) -> Sequence[TensorType]:
        return [inputs[0].type.clone(dtype=self.dtype)]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        chances, u, count = values[0], values[1], int(values[2])
        if len(u) != len(chances) * count:
            raise ValueError(
                f"multinomial: {len(u)} uniform numbers for {count} choices in each of"
                f" {len(chances)} rows"
            )
        counts = np.zeros(chances.shape, self.dtype)
        for row, sums in enumerate(np.cumsum(chances, axis=1, dtype="float64")):
            place = np.searchsorted(sums, u[row :: len(chances)], side="right")
            counts[row] = np.bincount(place, minlength=len(sums) + 1)[: len(sums)]
        return (counts,)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0]]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        raise NotDifferentiable(f"samples of multinomial have no derivative by pvals: {JUMPS}")

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None]
