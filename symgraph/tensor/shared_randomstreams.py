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
    """Symbolic random numbers. Every method makes a random variable with a stream of its own (see
    `Streams`); how numbers come from bits is told in `symgraph.ops.distributions`.

    `size` is an int, a sequence of ints and integer scalars, or an integer vector (whose length
    `ndim` tells where it is not known); None takes the shape that the parameters have together.
    Parameters are numbers, arrays or variables; they broadcast to `size`, which they may not
    exceed. `dtype` is floatX unless parameters or the argument say otherwise, and int64 for whole
    numbers.

    Parameters that make no distribution (a negative scale, a probability that is nan or above 1,
    probabilities that do not sum to 1) are a ValueError: at once where they are numbers, arrays or
    constants, which costs a running function nothing; where a function computes them, before
    anything is drawn with them.

    Derivatives pass through uniform, normal, truncated_normal, exponential, laplace and gumbel by
    their locations and scales, and through gamma by its scale. By other parameters there are none:
    asking for one is an error that names the distribution, or gives zero where samples are
    integers, as everywhere. Raises TypeError and ValueError for wrong sizes, parameters, dtypes.
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
        """Numbers from `low` up to but without `high` (which rounding may give)."""
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
        """Numbers of mean `avg` and standard deviation `std`."""
        return self._located("normal", size, avg, std, ndim, dtype)

    def truncated_normal(
        self, size: Any = None, avg: Any = 0.0, std: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Normal numbers that are at most two standard deviations from `avg`; `std` is that of
        the whole distribution."""
        return self._located("truncated_normal", size, avg, std, ndim, dtype)

    def laplace(
        self, size: Any = None, loc: Any = 0.0, scale: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Of the density exp(-|x - loc| / scale) / (2 scale)."""
        return self._located("laplace", size, loc, scale, ndim, dtype)

    def gumbel(
        self, size: Any = None, loc: Any = 0.0, scale: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Of the distribution function exp(-exp(-(x - loc) / scale))."""
        return self._located("gumbel", size, loc, scale, ndim, dtype)

    def exponential(
        self, size: Any = None, scale: Any = 1.0, ndim: int | None = None, dtype: Any = None
    ) -> Variable:
        """Positive numbers of mean `scale`."""
        return self._located("exponential", size, 0.0, scale, ndim, dtype)

    def gamma(
        self, size: Any = None, shape: Any = 1.0, scale: Any = 1.0, ndim: int | None = None,
        dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Of a density proportional to x ** (shape - 1) * exp(-x / scale)."""
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
        """Of a density proportional to x ** (a - 1) * (1 - x) ** (b - 1)."""
        return self._shaped("beta", size, ndim, dtype, a=a, b=b)

    def standard_t(
        self, size: Any = None, df: Any = 1.0, ndim: int | None = None, dtype: Any = None
    ) -> Variable:
        """Student's distribution with `df` degrees of freedom."""
        return self._shaped("standard_t", size, ndim, dtype, df=df)

    def _shaped(self, what: str, size: Any, ndim: int | None, dtype: Any, **given: Any) -> Variable:
        allowed = required(what, **given)
        parameters = [as_tensor_variable(value, "float64") for value in allowed]
        return self._draw(what, size, float_dtype(what, dtype, *allowed), ndim, parameters)

    def gumbel_softmax(
        self, size: Any = None, logits: Any = 0.0, temperature: Any = 1.0, hard: bool = False,
        ndim: int | None = None, dtype: Any = None,
    ) -> Variable:  # fmt: skip
        """Points near the corners of a simplex, one axis for the categories of `logits` (its last)
        behind those of `size`: softmax((logits + g) / temperature), g of the Gumbel distribution,
        a corner being as likely as softmax(logits) says (Jang, Gu and Poole 2017; Maddison, Mnih
        and Teh 2017). With `hard` the nearest corners themselves, with the derivatives of the
        points."""
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

    # --- whole numbers ---

    def bernoulli(
        self, size: Any = None, p: Any = 0.5, ndim: int | None = None, dtype: Any = "int64"
    ) -> Variable:
        """1 with probability `p`, else 0."""
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
        """The number of successes among `n` attempts of probability `p`; `prob` is another name
        of `p`."""
        n, p = required("binomial", n=n, p=p if prob is None else prob)
        if is_number(as_tensor_variable(n), 1):
            return self._bernoulli(size, p, ndim, dtype)
        parameters = [as_tensor_variable(value, "float64") for value in (n, p)]
        return self._draw("binomial", size, canonical_dtype(dtype), ndim, parameters)

    def poisson(
        self, size: Any = None, lam: Any = 1.0, ndim: int | None = None, dtype: Any = "int64"
    ) -> Variable:
        """Counts of mean `lam`."""
        (lam,) = required("poisson", lam=lam)
        mean = as_tensor_variable(lam, "float64")
        return self._draw("poisson", size, canonical_dtype(dtype), ndim, (mean,))

    def random_integers(
        self, size: Any = None, low: Any = 0, high: Any = 1, ndim: int | None = None,
        dtype: Any = "int64",
    ) -> Variable:  # fmt: skip
        """Integers from `low` to `high`, both included."""
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
        """How often each category comes up in `n` attempts; `pvals` holds their probabilities
        along its last axis, which the result has too; their sum is 1."""
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
        """Elements of the vector `a`, or of 0, ..., a - 1, in `size`; with the
        probabilities that the vector `p` holds. Without `replace` no element comes twice."""
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
        """0, ..., n - 1 in random orders: an array of `size` (by default one vector) of them,
        along one more, last axis."""
        (n,) = required("permutation", n=n)
        extents = common_extents(size, [], ndim, "permutation")
        return self._draw("permutation", [*extents, n], canonical_dtype(dtype))

    def shuffle_row_elements(self, input: Any) -> Variable:
        """A matrix whose rows are those of `input`, each with its elements in another order."""
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
