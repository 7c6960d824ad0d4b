"""`theano.tensor.shared_randomstreams.RandomStreams`: the numbers of `numpy.random.RandomState`.

Each random variable has its own generator (MT19937), seeded by an integer below 2**30 that a
generator of the object's own seed draws: so every number is the one that Theano printed. NumPy
draws the numbers, also in compiled functions; the state is stored in a shared variable as an array
of words.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.graph import (
    Apply,
    Container,
    Extent,
    NotDifferentiable,
    SharedVariable,
    TensorType,
    Variable,
    canonical_dtype,
    tell_methods,
)
from symgraph.ops.random import RandomOp
from symgraph.ops.shape import extents_of, known_extent
from symgraph.tensor.creation import arange
from symgraph.tensor.indexing import getitem
from symgraph.tensor.manipulation import as_tensor_variable, expand_dims
from symgraph.tensor.parameters import compared, probabilities, required
from symgraph.tensor.sizes import common_extents, float_dtype

# 624 words, the position among them, whether a normal number is kept, and that number's bits.
WORDS = 624
STATE = TensorType("uint32", (WORDS + 4,))


def packed(generator: np.random.RandomState) -> np.ndarray:
    """Return the state of a generator as an array of words."""
    _, keys, position, kept, normal = generator.get_state()
    tail = [position, kept, *np.array([normal]).view("uint32")]
    return np.concatenate([np.asarray(keys, "uint32"), np.array(tail, "uint32")])


def unpacked(state: np.ndarray) -> np.random.RandomState:
    """Return the generator of a state."""
    generator = np.random.RandomState()
    position, kept = (int(word) for word in state[WORDS : WORDS + 2])
    normal = float(np.ascontiguousarray(state[WORDS + 2 :]).view("float64")[0])
    generator.set_state(("MT19937", state[:WORDS], position, kept, normal))
    return generator


class GeneratorState(SharedVariable):
    """The state of one stream; its value is a RandomState, as in Theano."""

    __slots__ = ()

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        return unpacked(self.container.value)

    def set_value(self, value: Any, borrow: bool = False) -> None:
        """Set the state from a RandomState. Raises TypeError."""
        if not isinstance(value, np.random.RandomState):
            raise TypeError(f"the state of a stream is a numpy.random.RandomState, not {value!r}")
        self.container.value = packed(value)


Sampler = Callable[..., np.ndarray]


def _each(draw: Callable[..., Any], lengths: int) -> Sampler:
    """Return a sampler that makes one call for each element of the size; the result has an
    additional axis. `lengths` is the position of the parameter that also has it."""

    def sample(rng: np.random.RandomState, size: tuple[int, ...], *parameters: Any) -> np.ndarray:
        spread = [
            np.broadcast_to(p, size + p.shape[p.ndim - (k == lengths) :] if k == lengths else size)
            for k, p in enumerate(parameters)
        ]
        found = [draw(rng, *(p[place] for p in spread)) for place in np.ndindex(size)]
        width = len(found[0]) if found else int(parameters[lengths].shape[-1])
        return np.asarray(found).reshape((*size, width))

    return sample


def _permutations(rng: np.random.RandomState, size: tuple[int, ...], n: Any) -> np.ndarray:
    found = [rng.permutation(int(n)) for _ in np.ndindex(size)]
    return np.asarray(found).reshape((*size, int(n)))


def _chosen(
    rng: np.random.RandomState, size: tuple[int, ...], a: Any, replace: Any, *p: Any
) -> np.ndarray:
    source = int(a) if a.ndim == 0 else a
    return rng.choice(source, size, bool(replace), *p)


SAMPLERS: dict[str, Sampler] = {
    "uniform": lambda rng, size, low, high: rng.uniform(low, high, size),
    "normal": lambda rng, size, avg, std: rng.normal(avg, std, size),
    "binomial": lambda rng, size, n, p: rng.binomial(n, p, size),
    "poisson": lambda rng, size, lam: rng.poisson(lam, size),
    "random_integers": lambda rng, size, low, high: rng.randint(low, high + 1, size),
    "choice": _chosen,
    "permutation": _permutations,
    "multinomial": _each(lambda rng, n, p: rng.multinomial(int(n), p), 1),
}
# Samplers whose result has an additional axis, whose extent this parameter gives (or has).
LONGER = {"permutation": 0, "multinomial": 1}


class MersenneDraw(RandomOp):
    """Numbers drawn by a RandomState: inputs are its state, the parameters of one of `SAMPLERS`,
    and the extents of the size."""

    __props__ = ("distribution", "dtype", "count")

    def __init__(self, distribution: str, dtype: str, count: int) -> None:
        self.distribution = distribution
        self.dtype = dtype
        self.count = count

    def _parts(self, inputs: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        return inputs[1 : 1 + self.count], inputs[1 + self.count :]

    def _shape(self, inputs: Sequence[Variable]) -> tuple[Extent, ...]:
        parameters, extents = self._parts(inputs)
        given = [known_extent(extent) for extent in extents]
        shape: list[Extent] = [v if e is None else e for e, v in zip(given, extents, strict=True)]
        if self.distribution in LONGER:
            last = parameters[LONGER[self.distribution]]
            width = extents_of(last)[-1] if last.type.ndim else last
            known = known_extent(width)
            shape.append(width if known is None else known)
        return tuple(shape)

    def output_types(self, *inputs: Variable) -> Sequence[TensorType]:
        shape = (e if isinstance(e, int) else None for e in self._shape(inputs))
        return [STATE, TensorType(self.dtype, tuple(shape))]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        parameters, extents = self._parts(values)
        generator = unpacked(values[0])
        size = tuple(int(extent) for extent in extents)
        numbers = SAMPLERS[self.distribution](generator, size, *parameters)
        return packed(generator), np.array(numbers, self.dtype)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [(WORDS + 4,), self._shape(node.inputs)]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        parameters, extents = self._parts(node.inputs)
        by_parameters = [[False, True] for _ in parameters]
        return [[True, True], *by_parameters, *([False, False] for _ in extents)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        raise NotDifferentiable(
            f"samples of {self.distribution} that NumPy draws have no derivatives; those of"
            " symgraph.RandomStreams have, where there are any"
        )

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        if any(tangent is not None for tangent in tangents):
            self.vjp(node, ())
        return [None, None]


@tell_methods
class RandomStreams:
    """Theano's `RandomStreams(seed)`: its methods, arguments and numbers.

    `x.rng` is the state of a variable `x`: `get_value` returns its RandomState, `set_value` takes
    one. `seed(seed)` seeds all of them again. Invalid parameters of a distribution are refused as
    by `symgraph.RandomStreams`. Raises TypeError, ValueError, also as NumPy does.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.state_updates: list[tuple[SharedVariable, Variable]] = []
        self.default_instance_seed = seed
        self.gen_seedgen = np.random.RandomState(seed)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.state_updates)} streams)"

    def updates(self) -> list[tuple[SharedVariable, Variable]]:
        """Return the state of each stream with its next state."""
        return list(self.state_updates)

    def __getitem__(self, state: SharedVariable) -> np.random.RandomState:
        """Return the generator of one stream, whose state is `draw.rng`. Raises KeyError."""
        return self._stream(state).get_value()  # type: ignore[no-any-return]

    def __setitem__(self, state: SharedVariable, generator: np.random.RandomState) -> None:
        """Set the generator of one stream. Raises KeyError, TypeError."""
        self._stream(state).set_value(generator)

    def _stream(self, state: SharedVariable) -> SharedVariable:
        for own, _ in self.state_updates:
            if own is state:
                return own
        raise KeyError(f"{state} is no state of a stream made here")

    def seed(self, seed: int | None = None) -> None:
        """Seed each stream again, by integers that a generator of `seed` draws; None takes the seed
        that this object was made with."""
        seeds = np.random.RandomState(self.default_instance_seed if seed is None else seed)
        for state, _ in self.state_updates:
            state.set_value(np.random.RandomState(int(seeds.randint(2**30))))

    def _draw(
        self, what: str, size: Any, ndim: int | None, dtype: Any, *given: Any, vectors: int = 0
    ) -> Variable:
        """Return numbers of the distribution `what`. `vectors` is the number of parameters, at the
        end, that have an axis of their own."""
        parameters = [as_tensor_variable(value) for value in given]
        plain = parameters[: len(parameters) - vectors]
        plain += [getitem(p, (..., 0)) for p in parameters[len(plain) :]]
        is_scalar_only = what in ("choice", "permutation")
        extents = common_extents(size, [] if is_scalar_only else plain, ndim, what)
        generator = np.random.RandomState(int(self.gen_seedgen.randint(2**30)))
        state = GeneratorState(STATE, Container(packed(generator)))
        op = MersenneDraw(what, canonical_dtype(dtype), len(parameters))
        following, numbers = op(state, *parameters, *extents)
        state.default_update = following
        self.state_updates.append((state, following))
        return numbers

    def uniform(
        self, size: Any = None, low: Any = 0.0, high: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        low, high = required("uniform", low=low, high=high)
        high = compared("uniform: high", "at least low", high, low)
        name = float_dtype("uniform", dtype, low, high)
        return self._draw("uniform", size, ndim, name, low, high)

    def normal(
        self, size: Any = None, avg: Any = 0.0, std: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        avg, std = required("normal", avg=avg, std=std)
        name = float_dtype("normal", dtype, avg, std)
        return self._draw("normal", size, ndim, name, avg, std)

    def binomial(
        self, size: Any = None, n: Any = 1, p: Any = 0.5, ndim: int | None = None,
        dtype: Any = "int64", prob: Any = None,
    ) -> Variable:  # fmt: skip
        n, p = required("binomial", n=n, p=p if prob is None else prob)
        return self._draw("binomial", size, ndim, dtype, n, p)

    def poisson(
        self, size: Any = None, lam: Any = 1.0, ndim: int | None = None, dtype: Any = "int64"
    ) -> Variable:
        return self._draw("poisson", size, ndim, dtype, *required("poisson", lam=lam))

    def random_integers(
        self, size: Any = None, low: Any = 0, high: Any = 1, ndim: int | None = None,
        dtype: Any = "int64",
    ) -> Variable:  # fmt: skip
        high = compared("random_integers: high", "at least low", high, low)
        return self._draw("random_integers", size, ndim, dtype, low, high)

    def choice(
        self, size: Any = None, a: Any = 2, replace: Any = True, p: Any = None,
        ndim: int | None = None, dtype: Any = "int64",
    ) -> Variable:  # fmt: skip
        if as_tensor_variable(a).type.ndim == 0:
            (a,) = required("choice", a=a)
        # As in Theano, 0 and an empty list stand for no probabilities.
        equal = p is None or (isinstance(p, int | float | list | tuple) and not p)
        given = () if equal else (probabilities("choice", "p", p),)
        return self._draw("choice", size, ndim, dtype, a, int(replace), *given)

    def permutation(
        self, size: Any = None, n: Any = 1, ndim: int | None = None, dtype: Any = "int64"
    ) -> Variable:
        return self._draw("permutation", size, ndim, dtype, *required("permutation", n=n))

    def multinomial(
        self, size: Any = None, n: Any = 1, pvals: Any = (0.5, 0.5), ndim: int | None = None,
        dtype: Any = "int64",
    ) -> Variable:  # fmt: skip
        (n,) = required("multinomial", n=n)
        chances = probabilities("multinomial", "pvals", pvals)
        return self._draw("multinomial", size, ndim, dtype, n, chances, vectors=1)

    def shuffle_row_elements(self, input: Any) -> Variable:
        """Return a matrix with the elements of each row in a random order, or so a vector."""
        matrix = as_tensor_variable(input)
        if matrix.type.ndim == 1:
            return getitem(matrix, self.permutation((), extents_of(matrix)[0]))
        rows, columns = extents_of(matrix)
        order = self.permutation((rows,), columns)
        return getitem(matrix, (expand_dims(arange(rows), 1), order))
