"""Random numbers with a density: the part of `RandomStreams` that draws floats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgraph.gradient import disconnected_grad
from symgraph.graph import Constant, Variable, tell_methods
from symgraph.ops.constant import DTypeLike, ShapeLike, TensorLike
from symgraph.ops.random import Draw
from symgraph.ops.scalar_table import cast, eq
from symgraph.ops.shape import extents_of
from symgraph.tensor.creation import arange
from symgraph.tensor.manipulation import as_tensor_variable, expand_dims
from symgraph.tensor.nnet import softmax
from symgraph.tensor.parameters import PARAMETERS, compared, required
from symgraph.tensor.reduction import argmax
from symgraph.tensor.sizes import affine, common_extents, fitted, float_dtype
from symgraph.tensor.streams import Streams


@tell_methods
class DensityStreams(Streams):
    """Draw from distributions with a density; see `RandomStreams` for what arguments mean."""

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

    def uniform(
        self,
        size: ShapeLike | None = None,
        low: TensorLike = 0.0,
        high: TensorLike = 1.0,
        ndim: int | None = None,
        dtype: DTypeLike = None,
    ) -> Variable:
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
        self,
        size: ShapeLike | None = None,
        avg: TensorLike = 0.0,
        std: TensorLike = 1.0,
        ndim: int | None = None,
        dtype: DTypeLike = None,
    ) -> Variable:
        """Draw from the normal distribution with mean `avg` and standard deviation `std`.

        size, ndim, dtype: as the class says; floats. avg: finite. std: at least 0.
        Returns an array of the size. Derivatives: by avg and std. Raises ValueError for a negative
        std.

        >>> sg.RandomStreams(1).normal((2, 3), avg=5.0, std=0.0).eval()
        array([[5., 5., 5.],
               [5., 5., 5.]])
        """
        return self._located("normal", size, avg, std, ndim, dtype)

    def truncated_normal(
        self,
        size: ShapeLike | None = None,
        avg: TensorLike = 0.0,
        std: TensorLike = 1.0,
        ndim: int | None = None,
        dtype: DTypeLike = None,
    ) -> Variable:
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
        self,
        size: ShapeLike | None = None,
        loc: TensorLike = 0.0,
        scale: TensorLike = 1.0,
        ndim: int | None = None,
        dtype: DTypeLike = None,
    ) -> Variable:
        """Draw from the Laplace distribution, of density exp(-|x - loc| / scale) / (2 * scale).

        size, ndim, dtype: as the class says; floats.
        loc: finite. scale: at least 0.
        Returns an array of the size. Derivatives: by loc and scale. Raises ValueError for a
        negative scale.

        >>> sg.RandomStreams(1).laplace((2, 3)).eval().shape
        (2, 3)
        """
        return self._located("laplace", size, loc, scale, ndim, dtype)

    def gumbel(
        self,
        size: ShapeLike | None = None,
        loc: TensorLike = 0.0,
        scale: TensorLike = 1.0,
        ndim: int | None = None,
        dtype: DTypeLike = None,
    ) -> Variable:
        """Draw from the Gumbel distribution, P(X <= x) = exp(-exp(-(x - loc) / scale)).

        size, ndim, dtype: as the class says; floats.
        loc: finite. scale: at least 0.
        Returns an array of the size. Derivatives: by loc and scale. Raises ValueError for a
        negative scale.

        >>> sg.RandomStreams(1).gumbel((2, 3)).eval().shape
        (2, 3)
        """
        return self._located("gumbel", size, loc, scale, ndim, dtype)

    def exponential(
        self,
        size: ShapeLike | None = None,
        scale: TensorLike = 1.0,
        ndim: int | None = None,
        dtype: DTypeLike = None,
    ) -> Variable:
        """Draw from the exponential distribution, of density exp(-x / scale) / scale.

        size, ndim, dtype: as the class says; floats. scale: at least 0.
        Returns an array of the size. Derivative: by scale. Raises ValueError for a negative scale.

        >>> bool((sg.RandomStreams(1).exponential(100).eval() >= 0).all())
        True
        """
        return self._located("exponential", size, 0.0, scale, ndim, dtype)

    def gamma(
        self,
        size: ShapeLike | None = None,
        shape: TensorLike = 1.0,
        scale: TensorLike = 1.0,
        ndim: int | None = None,
        dtype: DTypeLike = None,
    ) -> Variable:
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
        self,
        size: ShapeLike | None = None,
        a: TensorLike = 1.0,
        b: TensorLike = 1.0,
        ndim: int | None = None,
        dtype: DTypeLike = None,
    ) -> Variable:
        """Draw from the beta distribution.

        Its density is proportional to x ** (a - 1) * (1 - x) ** (b - 1).

        size, ndim, dtype: as the class says; floats. a, b: above 0.
        Returns an array of the size. Raises ValueError for other parameters.

        >>> sg.RandomStreams(1).beta((2, 3), a=2.0, b=5.0).eval().shape
        (2, 3)
        """
        return self._shaped("beta", size, ndim, dtype, a=a, b=b)

    def standard_t(
        self,
        size: ShapeLike | None = None,
        df: TensorLike = 1.0,
        ndim: int | None = None,
        dtype: DTypeLike = None,
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
        self,
        size: ShapeLike | None = None,
        logits: TensorLike = 0.0,
        temperature: TensorLike = 1.0,
        hard: bool = False,
        ndim: int | None = None,
        dtype: DTypeLike = None,
    ) -> Variable:
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
