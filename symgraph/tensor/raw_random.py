"""Random numbers from an explicit state, which is a value: NumPy's very numbers.

The state is a variable: a shared `numpy.random.RandomState` or `Generator`, or an argument of that
type. Each function takes it and returns the next state and the numbers, which NumPy draws, in
Python. For streams that are compiled, see `symgraph.tensor.shared_randomstreams`.

`size` is an int, a sequence of ints and integer scalars (-1 for the extent that parameters have
there), an integer vector (whose length `ndim` tells where it is not known), or None: the shape that
the parameters have together. Draws have no derivatives.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import TensorType, Variable, broadcast_static, config, tell_calls
from symgraph.graph.other_types import (
    GeneratorType,
    NoneConst,
    RandomStateType,
    generator_type,
    random_state_type,
)
from symgraph.ops import raw_random as draws
from symgraph.ops.constant import DTypeLike, ShapeLike, TensorLike, as_tensor, constant
from symgraph.ops.raw_random import RandomFunction
from symgraph.ops.scalar_table import cast, maximum
from symgraph.ops.shape import extent_of

Drawn = list[Variable]


def uniform(
    random_state: Variable,
    size: ShapeLike | None = None,
    low: TensorLike = 0.0,
    high: TensorLike = 1.0,
    ndim: int | None = None,
    dtype: DTypeLike = None,
) -> Drawn:
    """Draw numbers between two bounds, the upper one excluded.

    random_state: a variable that holds a RandomState or Generator.
    size, ndim: see `symgraph.tensor.raw_random`.
    low, high: the bounds, which broadcast.
    dtype: that of floatX and the bounds together unless given.
    Returns the next state, and the numbers. Raises TypeError, ValueError.

    >>> state = sg.shared(np.random.RandomState(1))
    >>> after, x = T.raw_random.uniform(state, (2,))
    >>> bool((x.eval() == np.random.RandomState(1).uniform(size=2)).all())
    True
    """
    return _real("uniform", random_state, size, ndim, dtype, low, high)


def normal(
    random_state: Variable,
    size: ShapeLike | None = None,
    avg: TensorLike = 0.0,
    std: TensorLike = 1.0,
    ndim: int | None = None,
    dtype: DTypeLike = None,
) -> Drawn:
    """Draw normally distributed numbers.

    random_state: a variable that holds a RandomState or Generator.
    size, ndim: see `symgraph.tensor.raw_random`.
    avg, std: mean and standard deviation, which broadcast.
    dtype: that of floatX and the parameters together unless given.
    Returns the next state, and the numbers. Raises TypeError, ValueError.

    >>> state = sg.shared(np.random.RandomState(1))
    >>> after, x = T.raw_random.normal(state, (2, 3), avg=[0.0, 1.0, 2.0])
    >>> x.type.shape
    (2, 3)
    """
    return _real("normal", random_state, size, ndim, dtype, avg, std)


def binomial(
    random_state: Variable,
    size: ShapeLike | None = None,
    n: TensorLike = 1,
    p: TensorLike = 0.5,
    ndim: int | None = None,
    dtype: DTypeLike = "int64",
) -> Drawn:
    """Draw how many of `n` experiments succeed.

    random_state: a variable that holds a RandomState or Generator.
    size, ndim: see `symgraph.tensor.raw_random`.
    n, p: the number of experiments, and the probability of success, which broadcast.
    dtype: of the counts.
    Returns the next state, and the counts. Raises TypeError, ValueError.

    >>> state = sg.shared(np.random.RandomState(1))
    >>> after, x = T.raw_random.binomial(state, (2,), n=10, p=1.0)
    >>> x.eval()
    array([10, 10])
    """
    return _draw("binomial", random_state, size, ndim, dtype, n, p)


def poisson(
    random_state: Variable,
    size: ShapeLike | None = None,
    lam: TensorLike = 1.0,
    ndim: int | None = None,
    dtype: DTypeLike = "int64",
) -> Drawn:
    """Draw counts with a given mean.

    random_state: a variable that holds a RandomState or Generator.
    size, ndim: see `symgraph.tensor.raw_random`.
    lam: the mean.
    dtype: of the counts.
    Returns the next state, and the counts. Raises TypeError, ValueError.

    >>> state = sg.shared(np.random.RandomState(1))
    >>> after, x = T.raw_random.poisson(state, (2,), lam=0.0)
    >>> x.eval()
    array([0, 0])
    """
    return _draw("poisson", random_state, size, ndim, dtype, lam)


def random_integers(
    random_state: Variable,
    size: ShapeLike | None = None,
    low: TensorLike = 0,
    high: TensorLike = 1,
    ndim: int | None = None,
    dtype: DTypeLike = "int64",
) -> Drawn:
    """Draw integers between two bounds, both included.

    random_state: a variable that holds a RandomState or Generator.
    size, ndim: see `symgraph.tensor.raw_random`.
    low, high: the bounds, which broadcast.
    dtype: of the integers.
    Returns the next state, and the integers. Raises TypeError, ValueError.

    >>> state = sg.shared(np.random.RandomState(1))
    >>> after, x = T.raw_random.random_integers(state, (2,), 5, 5)
    >>> x.eval()
    array([5, 5])
    """
    return _draw(draws.random_integers, random_state, size, ndim, dtype, low, high)


def choice(
    random_state: Variable,
    size: ShapeLike | None = None,
    a: TensorLike = 2,
    replace: bool | Variable = True,
    p: TensorLike | None = None,
    ndim: int | None = None,
    dtype: DTypeLike = "int64",
) -> Drawn:
    """Choose entries of a vector.

    random_state: a variable that holds a RandomState or Generator.
    size, ndim: see `symgraph.tensor.raw_random`; None for one entry.
    a: a vector, or a number for the integers below it.
    replace: whether an entry may be chosen again.
    p: the probability of each entry; equal ones unless given.
    dtype: of the result.
    Returns the next state, and the entries chosen. Raises TypeError, ValueError.

    >>> state = sg.shared(np.random.RandomState(1))
    >>> after, x = T.raw_random.choice(state, (2,), a=[7, 7])
    >>> x.eval()
    array([7, 7])
    """
    entries = as_tensor(a)
    if entries.type.ndim > 1:
        raise TypeError(f"choice: a is a vector or a number, not {entries} ({entries.type})")
    chances = constant(np.zeros(0)) if p is None else as_tensor(p)
    shape, vector = _shape(size, ndim, ())
    function = RandomFunction(draws.choice, TensorType(dtype, shape))
    return _applied(function, random_state, vector, entries, as_tensor(replace), chances)


def permutation(
    random_state: Variable,
    size: ShapeLike | None = None,
    n: TensorLike = 1,
    ndim: int | None = None,
    dtype: DTypeLike = "int64",
) -> Drawn:
    """Draw permutations of the integers below a number.

    random_state: a variable that holds a RandomState or Generator.
    size, ndim: see `symgraph.tensor.raw_random`; None for one permutation.
    n: a number.
    dtype: of the integers.
    Returns the next state, and the permutations, with an axis of `n` behind those of `size`. Raises
    TypeError, ValueError.

    >>> state = sg.shared(np.random.RandomState(1))
    >>> after, x = T.raw_random.permutation(state, (2,), n=1)
    >>> x.eval().shape
    (2, 1)
    """
    number = as_tensor(n)
    if number.type.ndim:
        raise TypeError(f"permutation: n is a number, not {number} ({number.type})")
    if size is None or (isinstance(size, tuple | list) and not size):
        shape: tuple[int | None, ...] = ()
        vector: Variable = NoneConst
    else:
        shape, vector = _shape(size, ndim, ())
    function = RandomFunction(draws.permutation, TensorType(dtype, (*shape, None)), 1)
    return _applied(function, random_state, vector, number)


def multinomial(
    random_state: Variable,
    size: ShapeLike | None = None,
    n: TensorLike = 1,
    pvals: TensorLike = (0.5, 0.5),
    ndim: int | None = None,
    dtype: DTypeLike = "int64",
) -> Drawn:
    """Draw how often each category comes out in `n` experiments.

    random_state: a variable that holds a RandomState or Generator.
    size, ndim: see `symgraph.tensor.raw_random`; the axes of `n`, and those of `pvals` but the
        last, broadcast to it.
    n: the number of experiments.
    pvals: the probabilities of the categories, along the last axis.
    dtype: of the counts.
    Returns the next state, and the counts, with the axis of categories behind those of `size`.
    Raises TypeError, ValueError.

    >>> state = sg.shared(np.random.RandomState(1))
    >>> after, x = T.raw_random.multinomial(state, (2,), n=3, pvals=[0.0, 1.0])
    >>> x.eval()
    array([[0, 3],
           [0, 3]])
    """
    counts, chances = as_tensor(n), as_tensor(pvals)
    if chances.type.ndim < 1:
        raise TypeError(f"multinomial: pvals has an axis of categories, {chances} has none")
    outer = TensorType(chances.type.dtype, chances.type.shape[:-1])()
    extents = [extent_of(chances, axis) for axis in range(chances.type.ndim - 1)]
    own = [extent_of(counts, axis) for axis in range(counts.type.ndim)]
    shape, vector = _shape(size, ndim, (counts, outer), [own, extents])
    out = TensorType(dtype, (*shape, chances.type.shape[-1]))
    function = RandomFunction(draws.multinomial, out, 1)
    return _applied(function, random_state, vector, counts, chances)


def _real(
    name: str, state: Variable, size: Any, ndim: int | None, dtype: Any, *parameters: Any
) -> Drawn:
    """Draw floats, of floatX and the parameters' dtype together unless told otherwise."""
    variables = [
        constant(p, config.floatX) if isinstance(p, int | float) else as_tensor(p)
        for p in parameters
    ]
    if dtype is None:
        dtype = np.result_type(config.floatX, *(v.type.dtype for v in variables)).name
    return _draw(name, state, size, ndim, dtype, *variables)


def _draw(
    fn: Any, state: Variable, size: Any, ndim: int | None, dtype: Any, *parameters: Any
) -> Drawn:
    variables = [as_tensor(p) for p in parameters]
    shape, vector = _shape(size, ndim, variables)
    return _applied(RandomFunction(fn, TensorType(dtype, shape)), state, vector, *variables)


def _applied(function: RandomFunction, *inputs: Any) -> Drawn:
    found: Drawn = function(*inputs)
    return found


def _shape(
    size: Any,
    ndim: int | None,
    parameters: Sequence[Variable],
    extents: Sequence[Sequence[Variable]] | None = None,
) -> tuple[tuple[int | None, ...], Variable]:
    """Return the extents as far as they are known, and the size as a vector; None for no size.
    `extents` are those of the parameters. Raises TypeError, ValueError."""
    if extents is None:
        extents = [[extent_of(v, axis) for axis in range(v.type.ndim)] for v in parameters]
    if size is None:
        known = broadcast_static([v.type.shape for v in parameters])
        vector: Variable = NoneConst
    elif isinstance(size, Variable) and size.type.ndim == 1:
        length = size.type.shape[0] if size.type.shape[0] is not None else ndim
        if length is None:
            raise ValueError(f"the length of the size {size} is not known: tell ndim")
        known, vector = (None,) * length, cast(size, "int64")
    else:
        entries = list(size) if isinstance(size, tuple | list | np.ndarray) else [size]
        full = [_entry(entry, at - len(entries), extents) for at, entry in enumerate(entries)]
        known = tuple(int(e) if isinstance(e, int | np.integer) else None for e in full)
        vector = cast(as_tensor(full), "int64") if full else constant(np.zeros(0, "int64"))
    if ndim is not None and ndim != len(known):
        raise ValueError(f"ndim is {ndim}, but the size has {len(known)} axes")
    most = max((v.type.ndim for v in parameters), default=0)
    if most > len(known):
        raise ValueError(f"a parameter has {most} axes, more than the {len(known)} of the size")
    return known, vector


def _entry(entry: Any, axis: int, extents: Sequence[Sequence[Variable]]) -> Any:
    """Return an entry of the size; for -1 the extent that the parameters have on that axis, counted
    from the end."""
    if isinstance(entry, Variable) or entry != -1:
        if not isinstance(entry, Variable) and entry < 0:
            raise ValueError(f"an extent is at least 0, not {entry}")
        return entry
    found = [own[axis] for own in extents if len(own) >= -axis]
    if not found:
        raise ValueError("an extent of -1 is that of a parameter, but none has the axis")
    longest = found[0]
    for other in found[1:]:
        longest = maximum(longest, other)
    return longest


__all__ = [
    "GeneratorType",
    "RandomFunction",
    "RandomStateType",
    "binomial",
    "choice",
    "generator_type",
    "multinomial",
    "normal",
    "permutation",
    "poisson",
    "random_integers",
    "random_state_type",
    "uniform",
]
tell_calls(globals())
