"""`theano.sandbox.rng_mrg.MRG_RandomStreams`: random numbers of MRG31k3p.

The generator is that of its paper (`mrg31k3p`). The seed fills all six places of the first state;
each random variable starts 2**134 steps after the one before; element i takes its numbers from
part i mod n of n parts, 2**72 steps apart, n being a sixth of the elements but at most 15,360
(which it also is where the size is not known). Numbers of `uniform`, `normal`, `binomial` with
n = 1 and `multinomial` were compared with those of Aesara 2.9.3, which has Theano's generator:
they agree to the last bit in float64. The methods of `truncated_normal`, and of `binomial` with
n > 1, which Theano refuses, are others.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.compat.theano.mrg31k3p import M1, M2, STREAM, jumped, step, substreams
from symgraph.graph import (
    Apply,
    Constant,
    Container,
    Extent,
    SharedVariable,
    TensorType,
    Variable,
)
from symgraph.ops.arrangements import Categorical
from symgraph.ops.distributions import TRUNCATED_AT
from symgraph.ops.random import RandomOp
from symgraph.ops.scalar_table import cast, cos, eq, erf, erfinv, log, lt, sin, sqrt
from symgraph.ops.shape import as_extent, extents_of, known_extent
from symgraph.tensor.creation import arange
from symgraph.tensor.manipulation import as_tensor_variable, concatenate, expand_dims
from symgraph.tensor.reduction import sum as total
from symgraph.tensor.reshaping import broadcast_to, product_of, reshape
from symgraph.tensor.sizes import affine, common_extents, float_dtype, is_number

MOST_STREAMS = 60 * 256
# What makes z a number below 1: in float32 the next power of two would round up to 1.
SCALES = {"float32": np.float32(1 / (2**31 + 65)), "float64": np.float64(2.0**-31)}


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
        size, count = int(np.prod(shape)), len(states)
        now = states.astype("int64")
        found = np.empty(size, "int64")
        for start in range(0, size, count):
            width = min(count, size - start)
            now[:width], found[start : start + width] = step(now[:width])
        work = "float64" if self.dtype == "float64" else "float32"
        numbers = found.astype(work) * SCALES[work]
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


class MRG_RandomStreams:  # noqa: N801 - the name is Theano's
    """Theano's `MRG_RandomStreams(seed)`: its methods and arguments; for its numbers see above.

    `seed` is an integer from 1 to 2**31 - 21070, or six integers. Raises TypeError, ValueError.
    """

    def __init__(self, seed: int | Sequence[int] = 12345) -> None:
        self.state_updates: list[tuple[SharedVariable, Variable]] = []
        self.default_instance_seed = seed
        self.rstate = _first_state(seed)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.state_updates)} streams)"

    def updates(self) -> list[tuple[SharedVariable, Variable]]:
        """The state of each stream with what it becomes."""
        return list(self.state_updates)

    def seed(self, seed: int | Sequence[int] | None = None) -> None:
        """Start all streams anew; None takes the seed that this object was made with."""
        self.rstate = _first_state(self.default_instance_seed if seed is None else seed)
        for state, _ in self.state_updates:
            state.set_value(self._states(len(state.get_value(borrow=True))))

    def _states(self, count: int) -> np.ndarray:
        """The states of a new stream's parts."""
        states = substreams(self.rstate, count).astype("int32")
        self.rstate = jumped(self.rstate.reshape(1, 6), STREAM)[0]
        return states

    def _numbers(self, extents: Sequence[Variable], dtype: str, nstreams: int | None) -> Variable:
        count = _parts(extents) if nstreams is None else nstreams
        type = TensorType("int32", (None, 6))
        state = SharedVariable(type, Container(self._states(count)))
        following, numbers = MRGUniform(dtype)(state, *extents)
        state.default_update = following
        self.state_updates.append((state, following))
        return numbers

    def uniform(
        self, size: Any, low: Any = 0.0, high: Any = 1.0, ndim: int | None = None,
        dtype: Any = None, nstreams: int | None = None,
    ) -> Variable:  # fmt: skip
        """Numbers between `low` and `high`."""
        name = float_dtype("uniform", dtype, low, high)
        low, high = (as_tensor_variable(value, name) for value in (low, high))
        extents = common_extents(size, [low, high], ndim, "uniform")
        numbers = self._numbers(extents, name, nstreams)
        if is_number(low, 0) and is_number(high, 1):
            return numbers
        return affine(numbers, low, high - low, "uniform")

    def normal(
        self, size: Any, avg: Any = 0.0, std: Any = 1.0, ndim: int | None = None,
        dtype: Any = None, nstreams: int | None = None,
    ) -> Variable:  # fmt: skip
        """Normal numbers, by Box and Muller: the cosines of all come first, then the sines."""
        name = float_dtype("normal", dtype, avg, std)
        avg, std = (as_tensor_variable(value, name) for value in (avg, std))
        extents = common_extents(size, [avg, std], ndim, "normal")
        count = product_of(extents)
        half = (count + 1) // 2
        if isinstance(count, Constant):
            half = as_tensor_variable((int(count.data) + 1) // 2)
        numbers = self._numbers([half * 2], name, nstreams)
        radius, angle = sqrt(log(numbers[:half]) * -2.0), numbers[half:] * (2 * np.pi)
        both = concatenate([radius * cos(angle), radius * sin(angle)])
        return affine(reshape(both[:count], extents, len(extents)), avg, std, "normal")

    def truncated_normal(
        self, size: Any, avg: Any = 0.0, std: Any = 1.0, ndim: int | None = None,
        dtype: Any = None, nstreams: int | None = None,
    ) -> Variable:  # fmt: skip
        """Normal numbers at most two standard deviations from `avg`, by inversion."""
        name = float_dtype("truncated_normal", dtype, avg, std)
        avg, std = (as_tensor_variable(value, name) for value in (avg, std))
        extents = common_extents(size, [avg, std], ndim, "truncated_normal")
        u = self._numbers(extents, name, nstreams) * 2.0 - 1.0
        z = erfinv(u * erf(as_tensor_variable(TRUNCATED_AT / np.sqrt(2), name))) * np.sqrt(2)
        return affine(cast(z, name), avg, std, "truncated_normal")

    def binomial(
        self, size: Any = None, n: int = 1, p: Any = 0.5, ndim: int | None = None,
        dtype: Any = "int64", nstreams: int | None = None, prob: Any = None,
    ) -> Variable:  # fmt: skip
        """The number of successes among `n` attempts of probability `p`, `n` a Python integer."""
        chance = as_tensor_variable(p if prob is None else prob)
        extents = common_extents(size, [chance], ndim, "binomial")
        name = float_dtype("binomial", None, chance)
        each = [*extents, as_tensor_variable(n)] if n != 1 else extents
        chance = expand_dims(chance, -1) if n != 1 and chance.type.ndim else chance
        hits = lt(self._numbers(each, name, nstreams), chance)
        return cast(hits if n == 1 else total(cast(hits, "int64"), axis=-1), dtype)

    def multinomial(
        self, size: Any = None, n: int = 1, pvals: Any = None, ndim: int | None = None,
        dtype: Any = "int64", nstreams: int | None = None,
    ) -> Variable:  # fmt: skip
        """How often each category comes up in `n` attempts, `n` a Python integer: one row for each
        row of the matrix `pvals`."""
        chances = as_tensor_variable(pvals)
        if chances.type.ndim != 2 or np.dtype(chances.type.dtype).kind != "f":
            raise TypeError(f"multinomial: pvals is a real matrix, not {chances} ({chances.type})")
        if size is not None:
            raise ValueError("multinomial: the size is the number of rows of pvals; leave it out")
        rows, width = extents_of(chances)
        u = self._numbers([as_tensor_variable(n) * rows], chances.type.dtype, nstreams)
        u = reshape(u, [as_tensor_variable(n), rows])
        count = as_tensor_variable(n)
        index = Categorical()(u, broadcast_to(chances, [count, rows, width]))
        return cast(total(cast(eq(expand_dims(index, -1), arange(width)), "int64"), axis=0), dtype)


def _parts(extents: Sequence[Variable]) -> int:
    known = [known_extent(extent) for extent in extents]
    if None in known:
        return MOST_STREAMS
    size = int(np.prod([k for k in known if k is not None]))
    return max(1, min(size // 6 if size > 6 else size, MOST_STREAMS))


def _first_state(seed: int | Sequence[int]) -> np.ndarray:
    places: Sequence[Any] = seed if isinstance(seed, list | tuple) else [seed] * 6
    if len(places) != 6 or not all(isinstance(place, int | np.integer) for place in places):
        raise TypeError(f"MRG_RandomStreams: a seed is an integer or six of them, not {seed!r}")
    if min(places) < 0 or max(places[:3]) >= M1 or max(places[3:]) >= M2:
        raise ValueError(f"MRG_RandomStreams: a seed lies between 0 and {M2 - 1}, not {seed!r}")
    if not any(places[:3]) or not any(places[3:]):
        raise ValueError("MRG_RandomStreams: neither three places of the state may all be 0")
    return np.array(places, "int64")
