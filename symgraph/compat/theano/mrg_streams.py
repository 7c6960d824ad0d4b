"""`theano.sandbox.rng_mrg.MRG_RandomStreams`: random numbers of MRG31k3p.

The generator is described in `mrg31k3p`. The seed fills all six entries of the first state; each
random variable starts 2**134 steps after the one before; element i takes its numbers from part i
mod n of n parts, 2**72 steps apart, n being a sixth of the elements but at most 15,360 (which it
also is where the size is not known). Numbers of `uniform`, `normal`, `binomial` with n = 1,
`multinomial`, `truncated_normal` and `choice` were compared with those of Aesara 2.9.3, which has
Theano's generator: they agree to the last bits in float64. `binomial` with n > 1, which Theano
refuses, uses a different method.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.compat.theano.mrg31k3p import M1, M2, STREAM, jumped, substreams
from symgraph.compat.theano.mrg_ops import MRGUniform, SuccessiveChoices, Truncated
from symgraph.graph import (
    Constant,
    Container,
    SharedVariable,
    TensorType,
    Variable,
    canonical_dtype,
    tell_methods,
)
from symgraph.ops.arrangements import Categorical
from symgraph.ops.distributions import TRUNCATED_AT
from symgraph.ops.scalar_table import and_, cast, cos, eq, gt, log, lt, sin, sqrt
from symgraph.ops.shape import extents_of, known_extent
from symgraph.tensor.creation import arange
from symgraph.tensor.manipulation import as_tensor_variable, concatenate, expand_dims
from symgraph.tensor.parameters import compared, required
from symgraph.tensor.reduction import sum as total
from symgraph.tensor.reshaping import broadcast_to, product_of, reshape
from symgraph.tensor.sizes import affine, common_extents, float_dtype, is_number

MOST_STREAMS = 60 * 256
# The standard deviation of a normal distribution truncated at two of its standard deviations.
TRUNCATED_STD = 0.87962566103423978


@tell_methods
class MRG_RandomStreams:  # noqa: N801 - the name is Theano's
    """Theano's `MRG_RandomStreams(seed)`: its methods and arguments. The module's docstring
    describes its numbers, `symgraph.RandomStreams` its parameters.

    `seed` is an integer from 1 to 2**31 - 21070, or six integers. `target`, the device of Theano's,
    is the processor in any case. As in Theano, extents that are numbers are above 0. Raises
    TypeError, ValueError.
    """

    def __init__(self, seed: int | Sequence[int] = 12345) -> None:
        self.state_updates: list[tuple[SharedVariable, Variable]] = []
        self.default_instance_seed = seed
        self.rstate = _first_state(seed)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.state_updates)} streams)"

    def updates(self) -> list[tuple[SharedVariable, Variable]]:
        """Return the state of each stream with its next state."""
        return list(self.state_updates)

    def set_rstate(self, seed: int | Sequence[int]) -> None:
        """Set the state from which the next stream starts."""
        self.rstate = _first_state(seed)

    def inc_rstate(self) -> None:
        """Go on to the state from which the stream after the next starts."""
        self.rstate = jumped(self.rstate.reshape(1, 6), STREAM)[0]

    def get_substream_rstates(
        self, n_streams: int, dtype: str, inc_rstate: bool = True
    ) -> np.ndarray:
        """Return the states of the parts of the next stream, an (n_streams, 6) int32 array, and go
        on to the stream after it where `inc_rstate` says so."""
        states = substreams(self.rstate, n_streams).astype("int32")
        if inc_rstate:
            self.inc_rstate()
        return states

    def n_streams(self, size: Any) -> int:
        """Return the number of parts of a stream of so many numbers."""
        return guess_n_streams(size)

    def seed(self, seed: int | Sequence[int] | None = None) -> None:
        """Restart all streams; None takes the seed that this object was made with."""
        self.set_rstate(self.default_instance_seed if seed is None else seed)
        for state, _ in self.state_updates:
            count = len(state.get_value(borrow=True))
            state.set_value(self.get_substream_rstates(count, "float64"))

    def _numbers(self, extents: Sequence[Variable], dtype: str, nstreams: int | None) -> Variable:
        count = _parts(extents) if nstreams is None else nstreams
        type = TensorType("int32", (None, 6))
        state = SharedVariable(type, Container(self.get_substream_rstates(count, dtype)))
        following, numbers = MRGUniform(dtype)(state, *extents)
        state.default_update = following
        self.state_updates.append((state, following))
        return numbers

    def uniform(
        self, size: Any, low: Any = 0.0, high: Any = 1.0, ndim: int | None = None,
        dtype: Any = None, nstreams: int | None = None, target: str | None = None,
    ) -> Variable:  # fmt: skip
        """Return uniform numbers between `low` and `high`."""
        low, high = required("uniform", low=low, high=high)
        high = compared("uniform: high", "at least low", high, low)
        name = float_dtype("uniform", dtype, low, high)
        low, high = (as_tensor_variable(value, name) for value in (low, high))
        extents = _extents(size, [low, high], ndim, "uniform")
        if nstreams is None and _has_numpy_integers(size):
            nstreams = MOST_STREAMS
        numbers = self._numbers(extents, name, nstreams)
        if is_number(low, 0) and is_number(high, 1):
            return numbers
        return affine(numbers, low, high - low, "uniform")

    def normal(
        self, size: Any, avg: Any = 0.0, std: Any = 1.0, ndim: int | None = None,
        dtype: Any = None, nstreams: int | None = None, truncate: bool = False,
        target: str | None = None,
    ) -> Variable:  # fmt: skip
        """Return normal numbers, by Box and Muller: the cosines of all come first, then the sines.

        With `truncate` those beyond two standard deviations are replaced by new ones, at other
        positions: they keep their angles, which makes the distribution at these positions inexact
        by up to 0.015.
        """
        avg, std = required("normal", avg=avg, std=std)
        return self._normal(size, avg, std, ndim, dtype, nstreams, truncate)

    def _normal(
        self, size: Any, avg: Any, std: Any, ndim: int | None, dtype: Any, nstreams: int | None,
        truncate: bool,
    ) -> Variable:  # fmt: skip
        name = float_dtype("normal", dtype, avg, std)
        avg, std = (as_tensor_variable(value, name) for value in (avg, std))
        extents = _extents(size, [avg, std], ndim, "normal")
        count = product_of(extents)
        half = (count + 1) // 2
        if isinstance(count, Constant):
            half = as_tensor_variable((int(count.data) + 1) // 2)
        numbers = self._numbers([half * 2], name, nstreams)
        radius, angle = sqrt(log(numbers[:half]) * -2.0), numbers[half:] * (2 * np.pi)
        factors = cos(angle), sin(angle)
        pair = [radius * factor for factor in factors]
        both = self._within(pair, factors, name, nstreams) if truncate else concatenate(pair)
        return affine(reshape(both[:count], extents, len(extents)), avg, std, "normal")

    def _within(
        self, pair: Sequence[Variable], factors: Sequence[Variable], dtype: str,
        nstreams: int | None,
    ) -> Variable:  # fmt: skip
        """Return the numbers with a new radius for those beyond the bound, which keep their
        angle."""
        beyond = [total(cast(gt(abs(z), TRUNCATED_AT), "int64")) for z in pair]
        least = float(np.exp(-(TRUNCATED_AT**2) / 2))
        u = self.uniform((beyond[0] + beyond[1],), least, 1.0, dtype=dtype, nstreams=nstreams)
        inputs = [v for both in zip(pair, factors, strict=True) for v in both]
        return Truncated(TRUNCATED_AT)(*inputs, u)

    def truncated_normal(
        self, size: Any, avg: Any = 0.0, std: Any = 1.0, ndim: int | None = None,
        dtype: Any = None, nstreams: int | None = None, target: str | None = None,
    ) -> Variable:  # fmt: skip
        """Return numbers of mean `avg` and standard deviation `std`, from a normal distribution
        truncated at two of its own standard deviations."""
        avg, std = required("truncated_normal", avg=avg, std=std)
        name = float_dtype("truncated_normal", dtype, avg, std)
        std = as_tensor_variable(std, name) / as_tensor_variable(TRUNCATED_STD, name)
        return self._normal(size, avg, std, ndim, name, nstreams, truncate=True)

    def choice(
        self, size: Any = 1, a: Any = None, replace: bool = True, p: Any = None,
        ndim: int | None = None, dtype: Any = "int64", nstreams: int | None = None,
        target: str | None = None,
    ) -> Variable:  # fmt: skip
        """Return `size` different columns for each row of the matrix `p`, one after the other, each
        with a probability proportional to those left. As in Theano, only without replacement."""
        if replace:
            raise NotImplementedError("choice: MRG_RandomStreams chooses without replacement only")
        if a is not None:
            raise TypeError("choice: a is left out: what is chosen are the columns of p")
        if ndim is not None:
            raise ValueError("choice: ndim is left out: the result is a matrix")
        chances = None if p is None else as_tensor_variable(p)
        if chances is None or chances.type.ndim != 2 or np.dtype(chances.type.dtype).kind != "f":
            found = "missing" if chances is None else f"{chances} ({chances.type})"
            raise TypeError(f"choice: p is a real matrix, not {found}")
        (chances,) = required("choice", p=chances)
        count = as_tensor_variable(size)
        if count.type.ndim or np.dtype(count.type.dtype).kind not in "iu":
            raise TypeError(f"choice: size is an integer, not {count} ({count.type})")
        count = cast(count, "int64")
        u = self._numbers([extents_of(chances)[0] * count], chances.type.dtype, nstreams)
        return SuccessiveChoices(canonical_dtype(dtype))(chances, u, count)

    def multinomial_wo_replacement(
        self, size: Any = None, n: Any = 1, pvals: Any = None, ndim: int | None = None,
        dtype: Any = "int64", nstreams: int | None = None, target: str | None = None,
    ) -> Variable:  # fmt: skip
        """Return `choice` of n columns of the matrix `pvals`, under its older name."""
        if size is not None:
            raise ValueError("multinomial_wo_replacement: the size is n; leave it out")
        return self.choice(n, None, False, pvals, ndim, dtype, nstreams)

    def binomial(
        self, size: Any = None, n: int = 1, p: Any = 0.5, ndim: int | None = None,
        dtype: Any = "int64", nstreams: int | None = None, prob: Any = None,
        target: str | None = None,
    ) -> Variable:  # fmt: skip
        """Return the number of successes among `n` attempts of probability `p`, `n` a Python
        integer."""
        n, p = required("binomial", n=n, p=p if prob is None else prob)
        chance = as_tensor_variable(p)
        extents = _extents(size, [chance], ndim, "binomial")
        name = float_dtype("binomial", None, chance)
        each = [*extents, as_tensor_variable(n)] if n != 1 else extents
        chance = expand_dims(chance, -1) if n != 1 and chance.type.ndim else chance
        hits = lt(self._numbers(each, name, nstreams), chance)
        return cast(hits if n == 1 else total(cast(hits, "int64"), axis=-1), dtype)

    def multinomial(
        self, size: Any = None, n: int = 1, pvals: Any = None, ndim: int | None = None,
        dtype: Any = "int64", nstreams: int | None = None, target: str | None = None,
    ) -> Variable:  # fmt: skip
        """Return how often each category occurs in `n` attempts, `n` a Python integer: one row for
        each row of the matrix `pvals`."""
        if size is not None:
            raise ValueError("multinomial: the size is the number of rows of pvals; leave it out")
        chances = as_tensor_variable(pvals)
        if chances.type.ndim != 2 or np.dtype(chances.type.dtype).kind != "f":
            raise TypeError(f"multinomial: pvals is a real matrix, not {chances} ({chances.type})")
        (n,) = required("multinomial", n=n)
        (chances,) = required("multinomial", pvals=chances)
        rows, width = extents_of(chances)
        u = self._numbers([as_tensor_variable(n) * rows], chances.type.dtype, nstreams)
        u = reshape(u, [as_tensor_variable(n), rows])
        count = as_tensor_variable(n)
        # Theano neither asks for a sum of 1 nor scales to it: beyond the sum there is no category.
        u = u / total(chances, axis=-1)
        index = Categorical()(u, broadcast_to(chances, [count, rows, width]))
        chosen = and_(eq(expand_dims(index, -1), arange(width)), lt(expand_dims(u, -1), 1.0))
        return cast(total(cast(chosen, "int64"), axis=0), dtype)


def guess_n_streams(size: Any, warn: bool = False) -> int:
    """Return the number of parts that a stream of numbers of a size has.

    size: a list or tuple; anything but Python's ints, NumPy's too, has the most. warn: Theano's.

    >>> from symgraph.compat.theano.mrg_streams import guess_n_streams
    >>> guess_n_streams((10, 6)), guess_n_streams(T.lscalar("n"))
    (10, 15360)
    """
    given = size if isinstance(size, list | tuple) else [None]
    known = [int(extent) for extent in given if isinstance(extent, int)]
    if len(known) < len(given):
        return MOST_STREAMS
    count = math.prod(known)
    return min(count // 6 if count > 6 else count, MOST_STREAMS)


def _has_numpy_integers(size: Any) -> bool:
    """Return whether a size has extents that Theano does not take for numbers that it knows."""
    return isinstance(size, list | tuple) and any(isinstance(n, np.integer) for n in size)


def _parts(extents: Sequence[Variable]) -> int:
    return max(1, guess_n_streams([known_extent(extent) for extent in extents]))


def _extents(
    size: Any, parameters: Sequence[Variable], ndim: int | None, what: str
) -> list[Variable]:
    extents = common_extents(size, parameters, ndim, what)
    known = [known_extent(extent) for extent in extents]
    if size is not None and any(extent is not None and extent <= 0 for extent in known):
        raise ValueError(f"{what}: MRG_RandomStreams draws no empty arrays: the size is {size}")
    return extents


def _first_state(seed: int | Sequence[int]) -> np.ndarray:
    places: Sequence[Any] = seed if isinstance(seed, list | tuple) else [seed] * 6
    if len(places) != 6 or not all(isinstance(place, int | np.integer) for place in places):
        raise TypeError(f"MRG_RandomStreams: a seed is an integer or six of them, not {seed!r}")
    if min(places) < 0 or max(places[:3]) >= M1 or max(places[3:]) >= M2:
        raise ValueError(f"MRG_RandomStreams: a seed lies between 0 and {M2 - 1}, not {seed!r}")
    if not any(places[:3]) or not any(places[3:]):
        raise ValueError("MRG_RandomStreams: neither three places of the state may all be 0")
    return np.array(places, "int64")
