"""Batch normalisation (Ioffe and Szegedy 2015), with Theano's arguments.

Inputs are normalised over `axes`: 'per-activation' is the first axis, 'spatial' all but the second
(so each map has one mean), or an int or a sequence of them. Parameters have the extents of the
other axes; they may have all the inputs' axes, of extent 1 on `axes`, or only the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.reduce import normal_axes
from symgraph.ops.scalar_table import cast, reciprocal, sqrt
from symgraph.ops.shape import extents_of
from symgraph.tensor.manipulation import dimshuffle
from symgraph.tensor.reduction import mean as mean_of
from symgraph.tensor.reduction import var as var_of
from symgraph.tensor.reshaping import addbroadcast, product_of


def batch_normalization_train(
    inputs: TensorLike, gamma: TensorLike, beta: TensorLike, axes: Any = "per-activation",
    epsilon: float = 1e-4, running_average_factor: float = 0.1, running_mean: Any = None,
    running_var: Any = None,
) -> tuple[Variable, ...]:  # fmt: skip
    """Normalise a batch with its own mean and variance.

    The result is (inputs - mean) * gamma / sqrt(var + epsilon) + beta.

    inputs: floats; mean and variance are taken over `axes`.
    gamma, beta: with the extents of the other axes; either all the axes of the inputs, of extent 1
        on `axes`, or only the others.
    axes: 'per-activation' for the first axis, 'spatial' for all but the second, an int, or several.
    epsilon: is added to the variance.
    running_average_factor: by which this batch counts in the running averages.
    running_mean, running_var: as gamma; both or neither.
    Returns the result, the mean, and 1 / sqrt(var + epsilon), these with the axes of gamma; and, if
    they are given, the new running averages, of the variance that is right on average (of m values
    m / (m - 1) times their mean square). Raises TypeError and ValueError for axes and
    parameters that do not fit. Source: Ioffe and Szegedy 2015.

    >>> x = np.array([[1.0, 4.0], [3.0, 8.0]])
    >>> y, mean, invstd = T.nnet.batch_normalization_train(x, [1.0, 1.0], [0.0, 0.0], epsilon=0.0)
    >>> y.eval()
    array([[-1., -1.],
           [ 1.,  1.]])
    """
    x, over = _inputs(inputs, axes)
    mean = mean_of(x, axis=over, keepdims=True)
    var = var_of(x, axis=over, keepdims=True)
    invstd = reciprocal(sqrt(var + epsilon))
    scale, shift = (_parameter(*p, x, over) for p in (("gamma", gamma), ("beta", beta)))
    # As the parameters have them: with the axes normalised over, or without.
    narrow = as_tensor(gamma).type.ndim != x.type.ndim
    told = [_without(v, over) if narrow else v for v in (mean, invstd)]
    results = [(x - mean) * (scale * invstd) + shift, *told]
    if (running_mean is None) != (running_var is None):
        raise ValueError("batch_normalization_train takes running_mean and running_var, or neither")
    if running_mean is not None:
        count = cast(product_of([extents_of(x)[axis] for axis in over]), x.type.dtype)
        unbiased = var * (count / (count - 1))
        for name, old, new in (
            ("running_mean", running_mean, mean), ("running_var", running_var, unbiased),
        ):  # fmt: skip
            results.append(_averaged(name, as_tensor(old), new, x, over, running_average_factor))
    return tuple(results)


def batch_normalization_test(
    inputs: TensorLike, gamma: TensorLike, beta: TensorLike, mean: TensorLike, var: TensorLike,
    axes: Any = "per-activation", epsilon: float = 1e-4,
) -> Variable:  # fmt: skip
    """Normalise inputs with a mean and variance given.

    The result is (inputs - mean) * gamma / sqrt(var + epsilon) + beta.

    inputs: floats of any shape.
    gamma, beta, mean, var: with all the axes of the inputs, of extent 1 on `axes`, or only the
        others.
    axes, epsilon: as in `batch_normalization_train`.
    Returns the shape of the inputs. Raises TypeError and ValueError for axes and parameters that do
    not fit.

    >>> x = np.array([[1.0, 4.0]])
    >>> T.nnet.batch_normalization_test(x, [1.0, 1.0], [0.0, 0.0], [1.0, 2.0], [4.0, 4.0],
    ...                                 epsilon=0.0).eval()
    array([[0., 1.]])
    """
    x, over = _inputs(inputs, axes)
    named = (("gamma", gamma), ("beta", beta), ("mean", mean), ("var", var))
    scale, shift, centre, spread = (_parameter(*p, x, over) for p in named)
    return (x - centre) * (scale / sqrt(spread + epsilon)) + shift


def batch_normalization(
    inputs: TensorLike,
    gamma: TensorLike,
    beta: TensorLike,
    mean: TensorLike,
    std: TensorLike,
    mode: str = "low_mem",
) -> Variable:
    """Normalise inputs with a mean and standard deviation that broadcast: Theano's first form.

    inputs, gamma, beta, mean, std: arrays whose shapes broadcast.
    mode: 'low_mem' or 'high_mem', which makes no difference here.
    Returns (inputs - mean) * gamma / std + beta. Raises ValueError for another mode.

    >>> T.nnet.batch_normalization([1.0, 4.0], 2.0, 1.0, 2.0, 2.0).eval()
    array([0., 3.])
    """
    if mode not in ("low_mem", "high_mem"):
        raise ValueError(f"batch_normalization: mode={mode!r} is neither low_mem nor high_mem")
    x, scale, shift, centre, spread = map(as_tensor, (inputs, gamma, beta, mean, std))
    return (x - centre) * (scale / spread) + shift


def _inputs(inputs: Any, axes: Any) -> tuple[Variable, tuple[int, ...]]:
    x = as_tensor(inputs)
    words = {"per-activation": (0,), "spatial": (0, *range(2, x.type.ndim))}
    if isinstance(axes, str) and axes not in words:
        raise ValueError(f"batch normalization: axes={axes!r} is none of {', '.join(words)}")
    chosen = words[axes] if isinstance(axes, str) else axes
    if isinstance(chosen, np.ndarray):
        chosen = chosen.tolist()
    return x, normal_axes(chosen, x, f"batch normalization of {x} ({x.type})")


def _parameter(name: str, value: Any, x: Variable, over: Sequence[int]) -> Variable:
    """A parameter with all the inputs' axes, of extent 1 on those normalised over."""
    parameter = as_tensor(value)
    kept = [axis for axis in range(x.type.ndim) if axis not in over]
    if parameter.type.ndim == len(kept) != x.type.ndim:
        order = [kept.index(axis) if axis in kept else "x" for axis in range(x.type.ndim)]
        parameter = dimshuffle(parameter, order)
    elif parameter.type.ndim != x.type.ndim:
        raise TypeError(
            f"batch normalization: {name} has {x.type.ndim} dimensions or {len(kept)}, not"
            f" {parameter} ({parameter.type})"
        )
    for axis in range(x.type.ndim):
        have, want = parameter.type.shape[axis], 1 if axis in over else x.type.shape[axis]
        if None not in (have, want) and have != want:
            raise ValueError(
                f"batch normalization of {x} ({x.type}) over the axes {tuple(over)}: {name} has the"
                f" extent {have} on axis {axis}, not {want}"
            )
    unknown = [axis for axis in over if parameter.type.shape[axis] is None]
    return addbroadcast(parameter, *unknown) if unknown else parameter


def _without(x: Variable, over: Sequence[int]) -> Variable:
    """The array without the axes normalised over, whose extents are 1."""
    return dimshuffle(x, [axis for axis in range(x.type.ndim) if axis not in over])


def _averaged(
    name: str, old: Variable, new: Variable, x: Variable, over: Sequence[int], factor: float
) -> Variable:
    """The running average, of the rank and dtype that it had."""
    average = _parameter(name, old, x, over) * (1 - factor) + new * factor
    if old.type.ndim != x.type.ndim:
        average = _without(average, over)
    return cast(average, old.type.dtype)


__all__ = ["batch_normalization", "batch_normalization_test", "batch_normalization_train"]
