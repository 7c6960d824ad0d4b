"""Covariances, and whether arrays are close to each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor, as_tensors
from symgraph.ops.scalar import conjugate, promote
from symgraph.ops.scalar_table import abs as absolute
from symgraph.ops.scalar_table import and_, cast, eq, invert, isinf, isnan, le, maximum, or_
from symgraph.ops.shape import extent_of
from symgraph.tensor.linalg import dot
from symgraph.tensor.manipulation import concatenate, dimshuffle, shape_padleft, transpose
from symgraph.tensor.reduction import all, mean, sum


def isfinite(x: TensorLike) -> Variable:
    """Test whether each element is a finite number: neither nan nor infinite.

    x: numbers of any shape.
    Returns truth values of the shape of x.

    >>> T.isfinite([1.0, T.nan, T.inf]).eval()
    array([ True, False, False])
    """
    return invert(or_(isnan(x), isinf(x)))


def isclose(
    a: TensorLike,
    b: TensorLike,
    rtol: TensorLike = 1e-05,
    atol: TensorLike = 1e-08,
    equal_nan: bool = False,
) -> Variable:
    """Test element by element whether |a - b| <= atol + rtol * |b|.

    a, b: numbers; shapes broadcast. Infinities are close to themselves alone.
    rtol, atol: real numbers, the relative and the absolute tolerance.
    equal_nan: whether nan is close to nan.
    Returns truth values. Compare numpy.isclose.

    >>> T.isclose([1.0, 2.0], [1.0, 2.1]).eval()
    array([ True, False])
    """
    a, b = as_tensors(a, b)
    common = promote([a.type.dtype, b.type.dtype])
    if np.dtype(common).kind not in "fc":
        common = "float64"
    a, b = cast(a, common), cast(b, common)
    close = and_(le(absolute(a - b), atol + rtol * absolute(b)), isfinite(b))
    result = or_(close, eq(a, b))
    return or_(result, and_(isnan(a), isnan(b))) if equal_nan else result


def allclose(
    a: TensorLike,
    b: TensorLike,
    rtol: TensorLike = 1e-05,
    atol: TensorLike = 1e-08,
    equal_nan: bool = False,
) -> Variable:
    """Test whether all elements of two arrays are close to each other: see `isclose`.

    a, b, rtol, atol, equal_nan: as in `isclose`.
    Returns a truth value.

    >>> T.allclose([1.0, 2.0], [1.0, 2.0 + 1e-9]).eval()
    array(True)
    """
    return all(isclose(a, b, rtol, atol, equal_nan))


def cov(
    m: TensorLike,
    y: TensorLike | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: TensorLike | None = None,
    aweights: TensorLike | None = None,
) -> Variable:
    """Compute the covariances of variables, each observed many times.

    m: a matrix with a variable in each row, or a vector, of one variable.
    y: more variables, as m.
    rowvar: whether variables stand in rows; otherwise they stand in columns.
    bias: whether the sum of products is divided by the number of observations, not by one less.
    ddof: what is taken away from that number instead: an int.
    fweights: integers, how often each observation is counted: a vector.
    aweights: the weight of each observation: a vector.
    Returns a matrix of floats, or a scalar for a single vector. Raises TypeError for more
    dimensions and for fweights that are no integers, ValueError for a ddof that is no int. Source
    of the weights: the documentation of numpy.cov.

    >>> T.cov([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]).eval()
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    if ddof is not None and (isinstance(ddof, bool) or int(ddof) != ddof):
        raise ValueError(f"cov: ddof is an int, not {ddof!r}")
    parts = [_variables(m, rowvar)] + ([] if y is None else [_variables(y, rowvar)])
    x = concatenate(parts, axis=0) if len(parts) > 1 else parts[0]
    if np.dtype(x.type.dtype).kind not in "fc":
        x = cast(x, "float64")
    less = ddof if ddof is not None else 0 if bias else 1
    weights, count = _weights(x, fweights, aweights, less)
    if weights is None:
        centred = x - mean(x, axis=1, keepdims=True)
        weighted = centred
    else:
        average = sum(x * weights, axis=1, keepdims=True) / sum(weights)
        centred = x - average
        weighted = centred * weights
    real = absolute(x).type.dtype
    products = dot(weighted, transpose(conjugate(centred))) / cast(maximum(count, 0), real)
    one = as_tensor(m).type.ndim < 2 and y is None
    return dimshuffle(products) if one else products


def _variables(m: Any, rowvar: bool) -> Variable:
    """A matrix with a variable in each row."""
    m = as_tensor(m)
    if m.type.ndim > 2:
        raise TypeError(f"cov takes vectors and matrices, not {m} ({m.type})")
    if m.type.ndim < 2:
        return shape_padleft(m, 2 - m.type.ndim)
    return m if rowvar else transpose(m)


def _weights(x: Variable, fweights: Any, aweights: Any, less: int) -> tuple[Any, Any]:
    """The weight of each observation, and by what the sum of products is divided."""
    count: Any = extent_of(x, 1)
    if fweights is None and aweights is None:
        return None, count - less
    real = absolute(x).type.dtype
    weights: Any = None
    if fweights is not None:
        often = as_tensor(fweights)
        if np.dtype(often.type.dtype).kind not in "iu":
            raise TypeError(f"cov: fweights are integers, not {often} ({often.type})")
        weights = cast(often, real)
    if aweights is None:
        return weights, sum(weights) - less
    own = cast(as_tensor(aweights), real)
    weights = own if weights is None else weights * own
    return weights, sum(weights) - less * sum(weights * own) / sum(weights)


__all__ = [
    "allclose",
    "cov",
    "isclose",
    "isfinite",
]
