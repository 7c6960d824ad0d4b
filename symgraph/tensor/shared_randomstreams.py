"""Random variables: `RandomStreams(seed=1).normal((3, 4))` and its like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable, canonical_dtype, config, tell_methods
from symgraph.ops.arrangements import Categorical, Multinomial, Shuffle
from symgraph.ops.constant import DTypeLike, ShapeLike, TensorLike
from symgraph.ops.random import Draw
from symgraph.ops.scalar_table import cast, eq
from symgraph.ops.shape import extents_of
from symgraph.tensor.creation import arange
from symgraph.tensor.density_streams import DensityStreams
from symgraph.tensor.indexing import getitem, take
from symgraph.tensor.manipulation import as_tensor_variable, expand_dims
from symgraph.tensor.parameters import compared, enough, probabilities, required
from symgraph.tensor.reshaping import broadcast_to, product_of, reshape, specify_shape
from symgraph.tensor.sizes import common_extents, fitted, is_number


@tell_methods
class RandomStreams(DensityStreams):
    """Draw symbolic random numbers, each variable from a stream of its own.

    `RandomStreams(seed)` makes the streams; the same seed gives the same numbers, on any number of
    threads (see `Streams`). Every method returns a variable; each call of a function that needs it
    draws new numbers. How numbers come from bits is told in `symgraph.ops.distributions`.

    `size` is an int, a sequence of ints and integer scalars, or an integer vector (whose length
    `ndim` tells where it is not known); None takes the shape that the parameters have together.
    Parameters are numbers, arrays or variables; they broadcast to `size`, which they may not
    exceed. `dtype` is floatX unless parameters or the argument say otherwise, and int64 for
    integers.

    Parameters that make no distribution (a negative scale, a probability that is nan or above 1,
    probabilities that do not sum to 1) are a ValueError: at once where they are numbers, arrays or
    constants, which costs a running function nothing; where a function computes them, before
    anything is drawn with them.

    Derivatives pass through uniform, normal, truncated_normal, exponential, laplace and gumbel by
    their locations and scales, and through gamma by its scale. By other parameters there are none:
    asking for one is an error that names the distribution, or gives zero where samples are
    integers, as everywhere. Raises TypeError and ValueError for wrong sizes, parameters, dtypes.

    >>> rng = T.shared_randomstreams.RandomStreams(seed=1)
    >>> rng.normal((2, 3)).eval().shape
    (2, 3)
    """

    def bernoulli(
        self,
        size: ShapeLike | None = None,
        p: TensorLike = 0.5,
        ndim: int | None = None,
        dtype: DTypeLike = "int64",
    ) -> Variable:
        """Draw 1 with probability `p`, else 0.

        size, ndim: as the class says. p: from 0 to 1. dtype: of the result, int64 unless given.
        Returns an array of the size. Raises ValueError for what is no probability.

        >>> sg.RandomStreams(1).bernoulli((2, 3), p=1.0).eval()
        array([[1, 1, 1],
               [1, 1, 1]])
        """
        (p,) = required("bernoulli", p=p)
        return self._bernoulli(size, p, ndim, dtype)

    def _bernoulli(self, size: Any, p: Any, ndim: int | None, dtype: Any) -> Variable:
        chance = as_tensor_variable(p)
        if np.dtype(chance.type.dtype).kind != "f" or chance.type.dtype == "float16":
            chance = cast(chance, config.floatX)
        return self._draw("bernoulli", size, canonical_dtype(dtype), ndim, (chance,))

    def binomial(
        self,
        size: ShapeLike | None = None,
        n: TensorLike = 1,
        p: TensorLike = 0.5,
        ndim: int | None = None,
        dtype: DTypeLike = "int64",
        prob: TensorLike | None = None,
    ) -> Variable:
        """Draw the number of successes among `n` attempts that succeed with probability `p`.

        size, ndim: as the class says. n: at least 0.
        p, prob: from 0 to 1; two names for the same probability.
        dtype: of the result, int64 unless given.
        Returns an array of the size. Raises ValueError for other parameters.

        >>> sg.RandomStreams(1).binomial(3, n=10, p=1.0).eval()
        array([10, 10, 10])
        """
        n, p = required("binomial", n=n, p=p if prob is None else prob)
        if is_number(as_tensor_variable(n), 1):
            return self._bernoulli(size, p, ndim, dtype)
        parameters = [as_tensor_variable(value, "float64") for value in (n, p)]
        return self._draw("binomial", size, canonical_dtype(dtype), ndim, parameters)

    def poisson(
        self,
        size: ShapeLike | None = None,
        lam: TensorLike = 1.0,
        ndim: int | None = None,
        dtype: DTypeLike = "int64",
    ) -> Variable:
        """Draw counts from the Poisson distribution with mean `lam`.

        size, ndim: as the class says. lam: at least 0. dtype: of the result, int64 unless given.
        Returns an array of the size. Raises ValueError for another mean.

        >>> sg.RandomStreams(1).poisson(3, lam=0.0).eval()
        array([0, 0, 0])
        """
        (lam,) = required("poisson", lam=lam)
        mean = as_tensor_variable(lam, "float64")
        return self._draw("poisson", size, canonical_dtype(dtype), ndim, (mean,))

    def random_integers(
        self,
        size: ShapeLike | None = None,
        low: TensorLike = 0,
        high: TensorLike = 1,
        ndim: int | None = None,
        dtype: DTypeLike = "int64",
    ) -> Variable:
        """Draw integers from `low` to `high`, both included, with equal probabilities.

        size, ndim: as the class says. low, high: integers. dtype: of the result, int64 unless
            given.
        Returns an array of the size. Raises TypeError for bounds that are no integers, ValueError
        for high below low.

        >>> sg.RandomStreams(1).random_integers(3, low=5, high=5).eval()
        array([5, 5, 5])
        """
        bounds = [as_tensor_variable(value) for value in (low, high)]
        for name, bound in zip(("low", "high"), bounds, strict=True):
            if np.dtype(bound.type.dtype).kind not in "biu":
                raise TypeError(f"random_integers: {name} is no integer: {bound} ({bound.type})")
        bounds[1] = as_tensor_variable(
            compared("random_integers: high", "at least low", *bounds[::-1])
        )
        return self._draw("random_integers", size, canonical_dtype(dtype), ndim, bounds)

    def multinomial(
        self,
        size: ShapeLike | None = None,
        n: TensorLike = 1,
        pvals: TensorLike = (0.5, 0.5),
        ndim: int | None = None,
        dtype: DTypeLike = "int64",
    ) -> Variable:
        """Draw how often each category comes up in `n` attempts.

        size, ndim: as the class says. n: at least 0.
        pvals: the probabilities of the categories along its last axis, which the result has too;
            they sum to 1.
        dtype: of the result, int64 unless given.
        Returns an array of the size and the categories. Raises ValueError for other parameters.

        >>> sg.RandomStreams(1).multinomial(n=10, pvals=[0.2, 0.3, 0.5]).eval().sum().item()
        10
        """
        name = canonical_dtype(dtype)
        (n,) = required("multinomial", n=n)
        chances = _probabilities(pvals, "multinomial", "pvals")
        attempts = as_tensor_variable(n)
        leading = chances[..., 0]
        extents = common_extents(size, [attempts, leading], ndim, "multinomial")
        whole = [*extents, extents_of(chances)[-1]]
        if is_number(attempts, 1):
            index = self._categories(chances, extents)
            return cast(eq(expand_dims(index, -1), arange(whole[-1])), name)
        attempts = broadcast_to(cast(attempts, "float64"), extents)
        spread = broadcast_to(cast(chances, "float64"), whole)
        return cast(self.draw(Multinomial(), attempts, spread), name)

    def _categories(self, chances: Variable, extents: Sequence[Variable]) -> Variable:
        """Indices into the last axis of probabilities, in an array of these extents."""
        u = self.draw(Draw("uniform", chances.type.dtype), *extents)
        return Categorical()(u, broadcast_to(chances, [*extents, extents_of(chances)[-1]]))

    def choice(
        self,
        size: ShapeLike | None = None,
        a: TensorLike = 2,
        replace: bool = True,
        p: TensorLike | None = None,
        ndim: int | None = None,
        dtype: DTypeLike = "int64",
    ) -> Variable:
        """Draw elements of a vector, or integers below a number.

        size, ndim: as the class says. a: a vector, or an integer: of 0, ..., a - 1 then.
        replace: whether an element may come more than once. p: a vector of probabilities; equal
            ones unless given.
        dtype: of integers drawn, int64 unless given.
        Returns an array of the size. Raises TypeError for other ranks, ValueError where there are
        too few elements and for other probabilities.

        >>> np.sort(sg.RandomStreams(1).choice(3, a=3, replace=False).eval())
        array([0, 1, 2])
        """
        source = as_tensor_variable(a)
        if source.type.ndim > 1:
            raise TypeError(f"choice: a is a number or a vector, not {source} ({source.type})")
        count = source if source.type.ndim == 0 else extents_of(source)[0]
        if isinstance(count, Constant) and int(count.data) < 1:
            raise ValueError("choice: there is nothing to choose from")
        count = as_tensor_variable(*required("choice", a=count))
        extents = common_extents(size, [], ndim, "choice")
        if p is not None:
            p = specify_shape(_probabilities(p, "choice", "p"), (count,))
        if not replace:
            wanted = product_of(extents)
            if p is None:
                count = compared("choice: a", "at least the size", count, wanted)
                order = self._draw("permutation", (count,), "int64")
            else:
                p = enough(p, wanted)
                order = self.draw(Shuffle(), as_tensor_variable(p, "float64"))
            chosen = reshape(order[:wanted], extents) if extents else order[0]
        elif p is None:
            bounds = [fitted(as_tensor_variable(b), extents, "choice") for b in (0, count - 1)]
            chosen = self.draw(Draw("random_integers", "int64"), *bounds, *extents)
        else:
            chosen = self._categories(p, extents)
        return cast(chosen, dtype) if source.type.ndim == 0 else take(source, chosen)

    def permutation(
        self,
        size: ShapeLike | None = None,
        n: TensorLike = 1,
        ndim: int | None = None,
        dtype: DTypeLike = "int64",
    ) -> Variable:
        """Draw random orders of the integers 0, ..., n - 1.

        size, ndim: as the class says, of the axes before the last one. n: at least 0.
        dtype: of the result, int64 unless given.
        Returns an array of the size with one more, last axis; a vector unless a size is given.
        Raises ValueError for a negative n.

        >>> np.sort(sg.RandomStreams(1).permutation(n=4).eval())
        array([0, 1, 2, 3])
        """
        (n,) = required("permutation", n=n)
        extents = common_extents(size, [], ndim, "permutation")
        return self._draw("permutation", [*extents, n], canonical_dtype(dtype))

    def shuffle_row_elements(self, input: TensorLike) -> Variable:
        """Shuffle the elements along the last axis, those of each row in an order of its own.

        input: a vector, or an array of more axes.
        Returns the shape and dtype of the input. Raises TypeError for a number.

        >>> np.sort(sg.RandomStreams(1).shuffle_row_elements([[1, 2, 3]]).eval())
        array([[1, 2, 3]])
        """
        given = as_tensor_variable(input)
        if given.type.ndim == 0:
            raise TypeError(f"shuffle_row_elements: {given} ({given.type}) has no rows")
        *outer, columns = extents_of(given)
        if given.type.ndim == 1:
            return getitem(given, self.permutation(None, columns))
        if given.type.ndim > 2:
            rows = self.shuffle_row_elements(reshape(given, (product_of(outer), columns)))
            return reshape(rows, (*outer, columns))
        (rows,), matrix = outer, given
        order = self.permutation((rows,), columns)
        return getitem(matrix, (expand_dims(arange(rows), 1), order))


def _probabilities(pvals: Any, what: str, name: str) -> Variable:
    chances = probabilities(what, name, pvals)
    kind = np.dtype(chances.type.dtype)
    if kind.kind != "f" or kind.itemsize < 4:
        chances = cast(chances, "float64" if kind.kind != "f" else "float32")
    return chances
