"""Random variables: `RandomStreams(seed=1).normal((3, 4))` and its like."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.gradient import disconnected_grad
from symgraph.graph import Constant, Variable, canonical_dtype, config, tell_methods
from symgraph.ops.arrangements import Categorical, Multinomial, Shuffle
from symgraph.ops.random import Draw
from symgraph.ops.scalar_table import cast, eq
from symgraph.ops.shape import extents_of
from symgraph.tensor.creation import arange
from symgraph.tensor.indexing import getitem, take
from symgraph.tensor.manipulation import as_tensor_variable, expand_dims
from symgraph.tensor.nnet import softmax
from symgraph.tensor.parameters import PARAMETERS, compared, enough, probabilities, required
from symgraph.tensor.reduction import argmax
from symgraph.tensor.reshaping import broadcast_to, product_of, reshape, specify_shape
from symgraph.tensor.sizes import affine, common_extents, fitted, float_dtype, is_number
from symgraph.tensor.streams import Streams


@tell_methods
class RandomStreams(Streams):
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

    def _draw(
        self,
        distribution: str,
        size: Any,
        dtype: str,
        ndim: int | None = None,
        parameters: Sequence[Variable] = (),
        others: Sequence[Variable] = (),
    ) -> Variable:
        """Samples in the shape of `size`, or in that of parameters and `others`."""
        extents = common_extents(size, [*parameters, *others], ndim, distribution)
        given = [fitted(parameter, extents, distribution) for parameter in parameters]
        return self.draw(Draw(distribution, dtype), *given, *extents)

    def _located(
        self, what: str, size: Any, location: Any, scale: Any, ndim: int | None, dtype: Any
    ) -> Variable:
        """location + scale * samples of a standard distribution."""
        # The scale is the last of the parameters' names.
        names = list(PARAMETERS[what])
        given = dict(zip(names[::-1], (scale, location), strict=False))
        scale, location = (*required(what, **given), location)[:2]
        name = float_dtype(what, dtype, location, scale)
        location, scale = (as_tensor_variable(v, name) for v in (location, scale))
        numbers = self._draw(what, size, name, ndim, (), (location, scale))
        return affine(numbers, location, scale, what)

    # --- distributions with a density ---

    def uniform(
        self, size: Any = None, low: Any = 0.0, high: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Draw from the uniform distribution on [low, high).

        size, ndim, dtype: as the class says; floats. low, high: finite; rounding may give high
            itself.
        Returns an array of the size. Derivatives: by low and high. Raises ValueError for high below
        low.

        >>> sg.RandomStreams(1).uniform((2, 3), low=-1, high=1).eval().shape
        (2, 3)
        """
        low, high = required("uniform", low=low, high=high)
        high = compared("uniform: high", "at least low", high, low)
        name = float_dtype("uniform", dtype, low, high)
        low, high = (as_tensor_variable(v, name) for v in (low, high))
        numbers = self._draw("uniform", size, name, ndim, (), (low, high))
        if isinstance(low, Constant) and isinstance(high, Constant):
            return affine(numbers, low, as_tensor_variable(high.data - low.data, name), "uniform")
        return affine(numbers, low, high - low, "uniform")

    def normal(
        self, size: Any = None, avg: Any = 0.0, std: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Draw from the normal distribution with mean `avg` and standard deviation `std`.

        size, ndim, dtype: as the class says; floats. std: at least 0.
        Returns an array of the size. Derivatives: by avg and std. Raises ValueError for a negative
        std.

        >>> sg.RandomStreams(1).normal((2, 3), avg=5.0, std=0.0).eval()
        array([[5., 5., 5.],
               [5., 5., 5.]])
        """
        return self._located("normal", size, avg, std, ndim, dtype)

    def truncated_normal(
        self, size: Any = None, avg: Any = 0.0, std: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Draw from the normal distribution cut off two standard deviations from its mean.

        size, ndim, dtype: as the class says; floats. avg, std: those of the whole distribution; std
            is at least 0.
        Returns an array of the size. Derivatives: by avg and std. Raises ValueError for a negative
        std.

        >>> bool((abs(sg.RandomStreams(1).truncated_normal(100).eval()) <= 2).all())
        True
        """
        return self._located("truncated_normal", size, avg, std, ndim, dtype)

    def laplace(
        self, size: Any = None, loc: Any = 0.0, scale: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Draw from the Laplace distribution, of density exp(-|x - loc| / scale) / (2 * scale).

        size, ndim, dtype: as the class says; floats. scale: at least 0.
        Returns an array of the size. Derivatives: by loc and scale. Raises ValueError for a
        negative scale.

        >>> sg.RandomStreams(1).laplace((2, 3)).eval().shape
        (2, 3)
        """
        return self._located("laplace", size, loc, scale, ndim, dtype)

    def gumbel(
        self, size: Any = None, loc: Any = 0.0, scale: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Draw from the Gumbel distribution, P(X <= x) = exp(-exp(-(x - loc) / scale)).

        size, ndim, dtype: as the class says; floats. scale: at least 0.
        Returns an array of the size. Derivatives: by loc and scale. Raises ValueError for a
        negative scale.

        >>> sg.RandomStreams(1).gumbel((2, 3)).eval().shape
        (2, 3)
        """
        return self._located("gumbel", size, loc, scale, ndim, dtype)

    def exponential(
        self, size: Any = None, scale: Any = 1.0, ndim: int | None = None, dtype: Any = None
    ) -> Variable:
        """Draw from the exponential distribution, of density exp(-x / scale) / scale.

        size, ndim, dtype: as the class says; floats. scale: at least 0.
        Returns an array of the size. Derivative: by scale. Raises ValueError for a negative scale.

        >>> bool((sg.RandomStreams(1).exponential(100).eval() >= 0).all())
        True
        """
        return self._located("exponential", size, 0.0, scale, ndim, dtype)

    def gamma(
        self, size: Any = None, shape: Any = 1.0, scale: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Draw from the gamma distribution.

        Its density is proportional to x ** (shape - 1) * exp(-x / scale).

        size, ndim, dtype: as the class says; floats. shape, scale: at least 0.
        Returns an array of the size. Derivative: by scale. Raises ValueError for negative
        parameters.

        >>> bool((sg.RandomStreams(1).gamma(100, shape=2.0).eval() >= 0).all())
        True
        """
        shape, scale = required("gamma", shape=shape, scale=scale)
        name = float_dtype("gamma", dtype, shape, scale)
        scale = as_tensor_variable(scale, name)
        shape = as_tensor_variable(shape, "float64")
        numbers = self._draw("gamma", size, name, ndim, (shape,), (scale,))
        return affine(numbers, as_tensor_variable(0.0, name), scale, "gamma")

    def beta(
        self, size: Any = None, a: Any = 1.0, b: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Draw from the beta distribution.

        Its density is proportional to x ** (a - 1) * (1 - x) ** (b - 1).

        size, ndim, dtype: as the class says; floats. a, b: above 0.
        Returns an array of the size. Raises ValueError for other parameters.

        >>> sg.RandomStreams(1).beta((2, 3), a=2.0, b=5.0).eval().shape
        (2, 3)
        """
        return self._shaped("beta", size, ndim, dtype, a=a, b=b)

    def standard_t(
        self, size: Any = None, df: Any = 1.0, ndim: int | None = None, dtype: Any = None
    ) -> Variable:
        """Draw from Student's t distribution with `df` degrees of freedom.

        size, ndim, dtype: as the class says; floats. df: above 0.
        Returns an array of the size. Raises ValueError for other degrees of freedom.

        >>> sg.RandomStreams(1).standard_t((2, 3), df=4.0).eval().shape
        (2, 3)
        """
        return self._shaped("standard_t", size, ndim, dtype, df=df)

    def _shaped(self, what: str, size: Any, ndim: int | None, dtype: Any, **given: Any) -> Variable:
        allowed = required(what, **given)
        parameters = [as_tensor_variable(value, "float64") for value in allowed]
        return self._draw(what, size, float_dtype(what, dtype, *allowed), ndim, parameters)

    def gumbel_softmax(
        self, size: Any = None, logits: Any = 0.0, temperature: Any = 1.0, hard: bool = False,
        ndim: int | None = None, dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Draw points near the corners of a simplex: softmax((logits + g) / temperature), g Gumbel.

        size, ndim, dtype: as the class says; floats. Behind the axes of `size` there is one for the
            categories.
        logits: an array whose last axis holds the categories; a corner is as likely as
            softmax(logits).
        temperature: above 0; the lower, the nearer to the corners.
        hard: whether the nearest corners themselves are returned, with the derivatives of the
            points.
        Derivatives: by logits and temperature. Raises TypeError for scalar logits, ValueError for
            another
        temperature. Source: Jang, Gu and Poole 2017; Maddison, Mnih and Teh 2017.

        >>> sg.RandomStreams(1).gumbel_softmax(logits=[0.0, 1.0, 2.0], hard=True).eval().shape
        (3,)
        """
        logits, temperature = required("gumbel_softmax", logits=logits, temperature=temperature)
        scores = as_tensor_variable(logits, float_dtype("gumbel_softmax", dtype, logits))
        if scores.type.ndim < 1:
            raise TypeError(f"gumbel_softmax: logits are a vector, not {scores} ({scores.type})")
        width = extents_of(scores)[-1]
        extents = [*common_extents(size, [scores[..., 0]], ndim, "gumbel_softmax"), width]
        noise = self._draw("gumbel", extents, scores.type.dtype)
        points = softmax((fitted(scores, extents, "gumbel_softmax") + noise) / temperature)
        if not hard:
            return points
        corners = eq(expand_dims(argmax(points, axis=-1), -1), arange(width))
        return disconnected_grad(cast(corners, points.type.dtype) - points) + points

    # --- integers ---

    def bernoulli(
        self, size: Any = None, p: Any = 0.5, ndim: int | None = None, dtype: Any = "int64"
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
        self, size: Any = None, n: Any = 1, p: Any = 0.5, ndim: int | None = None,
        dtype: Any = "int64", prob: Any = None,
    ) -> Variable:  # fmt: skip
        """Draw the number of successes among `n` attempts that succeed with probability `p`.

        size, ndim: as the class says. n: at least 0. p: from 0 to 1; `prob` is another name for it.
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
        self, size: Any = None, lam: Any = 1.0, ndim: int | None = None, dtype: Any = "int64"
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
        self, size: Any = None, low: Any = 0, high: Any = 1, ndim: int | None = None,
        dtype: Any = "int64",
    ) -> Variable:  # fmt: skip
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

    # --- choices among several ---

    def multinomial(
        self, size: Any = None, n: Any = 1, pvals: Any = (0.5, 0.5), ndim: int | None = None,
        dtype: Any = "int64",
    ) -> Variable:  # fmt: skip
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
        self, size: Any = None, a: Any = 2, replace: bool = True, p: Any = None,
        ndim: int | None = None, dtype: Any = "int64",
    ) -> Variable:  # fmt: skip
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
        self, size: Any = None, n: Any = 1, ndim: int | None = None, dtype: Any = "int64"
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

    def shuffle_row_elements(self, input: Any) -> Variable:
        """Shuffle the elements of each row of a matrix, each in an order of its own.

        input: a matrix.
        Returns the shape and dtype of the input. Raises TypeError for other ranks.

        >>> np.sort(sg.RandomStreams(1).shuffle_row_elements([[1, 2, 3]]).eval())
        array([[1, 2, 3]])
        """
        matrix = as_tensor_variable(input)
        if matrix.type.ndim != 2:
            raise TypeError(f"shuffle_row_elements: {matrix} ({matrix.type}) is no matrix")
        rows, columns = extents_of(matrix)
        order = self.permutation((rows,), columns)
        return getitem(matrix, (expand_dims(arange(rows), 1), order))


def _probabilities(pvals: Any, what: str, name: str) -> Variable:
    chances = probabilities(what, name, pvals)
    kind = np.dtype(chances.type.dtype)
    if kind.kind != "f" or kind.itemsize < 4:
        chances = cast(chances, "float64" if kind.kind != "f" else "float32")
    return chances
