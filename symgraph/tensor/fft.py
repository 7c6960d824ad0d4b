"""Discrete Fourier transforms: `T.fft`.

`rfft` and `irfft` are Theano's: of real arrays, over all axes but the first, with complex numbers
as pairs of real ones on a last axis. `fft`, `ifft`, `fftn` and `ifftn` are NumPy's. All are linear:
derivatives are transforms again. Sizes that are powers of two are the fastest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import IntLike, TensorLike, as_tensor
from symgraph.ops.fourier import FourierTransform
from symgraph.ops.matrices import told
from symgraph.ops.reduce import normal_axes
from symgraph.ops.scalar import is_complex
from symgraph.ops.scalar_table import cast, complex, imag, real, sqrt, true_div
from symgraph.ops.shape import as_extent, known_extent
from symgraph.tensor.creation import zeros, zeros_like
from symgraph.tensor.indexing import getitem, set_subtensor
from symgraph.tensor.manipulation import concatenate, dimshuffle, normal_axis, stack
from symgraph.tensor.reshaping import product_of


def _pairs(x: Variable) -> Variable:
    """Numbers as pairs of their real and imaginary parts, on a last axis."""
    if is_complex(x):
        return stack([real(x), imag(x)], axis=x.type.ndim)
    return stack([x, zeros_like(x)], axis=x.type.ndim)


def _along(pairs: Variable, axis: int, inverse: bool) -> Variable:
    """The transform of pairs along an axis."""
    ndim = pairs.type.ndim
    order = [a for a in range(ndim) if a not in (axis, ndim - 1)] + [axis, ndim - 1]
    moved = FourierTransform(inverse)(dimshuffle(pairs, order))
    return dimshuffle(moved, [order.index(a) for a in range(ndim)])


def _first(x: Variable, axis: int, count: object) -> Variable:
    """The first entries along an axis."""
    return getitem(x, (*[slice(None)] * axis, slice(count)))


def _scaled(x: Variable, sizes: Sequence[Variable], power: float) -> Variable:
    """Numbers times a power, 0, -1 or -1/2, of the product of sizes."""
    if not power:
        return x
    dtype = "float32" if x.type.dtype in ("float16", "float32") else "float64"
    count = cast(product_of(sizes), dtype)
    return cast(true_div(x, count if power == -1 else sqrt(count)), x.type.dtype)


def rfft(inp: TensorLike, norm: str | None = None) -> Variable:
    """Compute the Fourier transforms of real arrays, over all axes but the first.

    inp: real numbers of the shape (m, ..., n): m arrays.
    norm: None and 'no_norm' leave the sums as they are, 'ortho' divides them by the root of the
        number of elements of an array.
    Returns floats of the shape (m, ..., n // 2 + 1, 2): of the last axis the frequencies from 0 to
    the largest, whose conjugates the others are; real and imaginary parts lie on a last axis of
    their own. Raises TypeError for complex numbers and for fewer than two axes, ValueError for
    another norm and where an extent is 0. Derivative: the transform is linear.

    >>> T.fft.rfft([[1.0, 0.0, 0.0, 0.0]])[0, :, 0].eval()
    array([1., 1., 1.])
    """
    power = _power({None: 0.0, "no_norm": 0.0, "ortho": -0.5}, norm, "rfft")
    x = as_tensor(inp)
    if x.type.ndim < 2 or is_complex(x):
        raise TypeError(f"rfft takes real arrays with a first axis that counts them, not {told(x)}")
    last = x.type.ndim - 1
    sizes = [x.shape[axis] for axis in range(1, last + 1)]
    pairs = _along(_pairs(x), last, False)
    pairs = _first(pairs, last, x.shape[last] // 2 + 1)
    for axis in range(last - 1, 0, -1):
        pairs = _along(pairs, axis, False)
    return _scaled(pairs, sizes, power)


def irfft(inp: TensorLike, norm: str | None = None, is_odd: bool = False) -> Variable:
    """Compute the real arrays of which `rfft` has made the transforms.

    inp: real numbers of the shape (m, ..., k, 2), as `rfft` returns them.
    norm: None divides by the number of elements of an array, so that it is the inverse of `rfft`;
        'ortho' by its root, and 'no_norm' by nothing.
    is_odd: whether the last extent n of the result is 2k - 1, or 2k - 2.
    Returns floats of the shape (m, ..., n). Imaginary parts that a real array's transform does not
    have are not read. Raises TypeError for complex numbers and for fewer than three axes,
    ValueError for another norm. Derivative: the transform is linear.

    >>> T.fft.irfft(T.fft.rfft([[1.0, 2.0, 3.0, 4.0]])).eval()
    array([[1., 2., 3., 4.]])
    """
    power = _power({None: -1.0, "no_norm": 0.0, "ortho": -0.5}, norm, "irfft")
    if is_odd not in (True, False):
        raise ValueError(f"irfft: is_odd is True or False, not {is_odd!r}")
    pairs = as_tensor(inp)
    if pairs.type.ndim < 3 or is_complex(pairs) or pairs.type.shape[-1] not in (None, 2):
        raise TypeError(f"irfft takes pairs of real numbers, as rfft returns, not {told(pairs)}")
    last = pairs.type.ndim - 2
    dtype = pairs.type.dtype if np.dtype(pairs.type.dtype).kind == "f" else "float64"
    for axis in range(1, last):
        pairs = _along(pairs, axis, True)
    whole = slice(None)
    front = [whole] * last
    # The conjugates: behind the first, and of an even array before the last, which are real.
    backwards = getitem(pairs, (*front, slice(1, None), whole))
    backwards = getitem(backwards, (*front, slice(None if is_odd else -1), whole))
    backwards = getitem(backwards, (*front, slice(None, None, -1), whole))
    conjugates = backwards * np.array([1, -1], dtype)
    full = concatenate([pairs, conjugates], axis=last)
    result = getitem(_along(full, last, True), (..., 0))
    return _scaled(result, [result.shape[axis] for axis in range(1, last + 1)], power)


def _power(known: dict[str | None, float], norm: str | None, what: str) -> float:
    if norm not in known:
        names = ", ".join(map(repr, known))
        raise ValueError(f"{what}: norm is one of {names}, not {norm!r}")
    return known[norm]


def _transformed(
    a: TensorLike, axes: Sequence[int], norm: str | None, inverse: bool, what: str
) -> Variable:
    """NumPy's transform over several axes."""
    forward = {None: 0.0, "backward": 0.0, "ortho": -0.5, "forward": -1.0}
    backward = {None: -1.0, "backward": -1.0, "ortho": -0.5, "forward": 0.0}
    power = _power(backward if inverse else forward, norm, what)
    x = as_tensor(a)
    pairs = _pairs(x)
    for axis in reversed(axes):
        pairs = _along(pairs, axis, inverse)
    pairs = _scaled(pairs, [x.shape[axis] for axis in axes], power)
    return complex(getitem(pairs, (..., 0)), getitem(pairs, (..., 1)))


def _of_size(x: Variable, n: IntLike | None, axis: int, what: str) -> Variable:
    """An array cut, or filled up with zeros, to an extent on an axis."""
    if n is None:
        return x
    size = as_extent(n, f"{what}: n")
    known = known_extent(size)
    if known == 0 or (isinstance(n, int) and n < 1):
        raise ValueError(f"{what}: n is 1 or more, not {n}")
    if known is not None and known == x.type.shape[axis]:
        return x
    extents = [size if a == axis else x.shape[a] for a in range(x.type.ndim)]
    part = _first(x, axis, size)
    return set_subtensor(_first(zeros(extents, x.type.dtype), axis, x.shape[axis]), part)


def _of_one_axis(
    a: TensorLike, n: IntLike | None, axis: int, norm: str | None, inverse: bool, what: str
) -> Variable:
    x = as_tensor(a)
    if x.type.ndim == 0:
        raise TypeError(f"{what} takes arrays of one dimension or more, not {told(x)}")
    along = normal_axis(axis, x, what)
    return _transformed(_of_size(x, n, along, what), [along], norm, inverse, what)


def fft(
    a: TensorLike, n: IntLike | None = None, axis: int = -1, norm: str | None = None
) -> Variable:
    """Compute Fourier transforms along an axis, as `numpy.fft.fft` does.

    a: real or complex numbers, of one dimension or more.
    n: the extent that the axis is cut to, or filled up to with zeros, before; an int or an integer
        scalar.
    axis: the axis.
    norm: None or 'backward' leave the sums as they are, 'ortho' divides them by the root of the
        extent, 'forward' by the extent.
    Returns complex numbers. Raises TypeError for scalars, ValueError for another norm and where an
    extent is 0. Derivative: the transform is linear.

    >>> abs(T.fft.fft([1.0, 0.0, 0.0])).eval()
    array([1., 1., 1.])
    """
    return _of_one_axis(a, n, axis, norm, False, "fft")


def ifft(
    a: TensorLike, n: IntLike | None = None, axis: int = -1, norm: str | None = None
) -> Variable:
    """Compute inverse Fourier transforms along an axis, as `numpy.fft.ifft` does.

    a: real or complex numbers, of one dimension or more.
    n, axis: as of `fft`.
    norm: None or 'backward' divide the sums by the extent, 'ortho' by its root, 'forward' by
        nothing.
    Returns complex numbers. Raises as `fft` does. Derivative: the transform is linear.

    >>> T.real(T.fft.ifft(T.fft.fft([1.0, 2.0, 3.0]))).eval()
    array([1., 2., 3.])
    """
    return _of_one_axis(a, n, axis, norm, True, "ifft")


def fftn(a: TensorLike, axes: Sequence[int] | None = None, norm: str | None = None) -> Variable:
    """Compute Fourier transforms over several axes, as `numpy.fft.fftn` does.

    a: real or complex numbers of any shape.
    axes: the axes; all of them unless given.
    norm: as of `fft`, for the number of elements on those axes.
    Returns complex numbers. Raises ValueError for another norm and where an extent is 0.

    >>> T.real(T.fft.fftn([[1.0, 2.0], [3.0, 4.0]])).eval()
    array([[10., -2.],
           [-4.,  0.]])
    """
    x = as_tensor(a)
    return _transformed(x, normal_axes(axes, x, "fftn"), norm, False, "fftn")


def ifftn(a: TensorLike, axes: Sequence[int] | None = None, norm: str | None = None) -> Variable:
    """Compute inverse Fourier transforms over several axes, as `numpy.fft.ifftn` does.

    a: real or complex numbers of any shape.
    axes: the axes; all of them unless given.
    norm: as of `ifft`, for the number of elements on those axes.
    Returns complex numbers. Raises ValueError for another norm and where an extent is 0.

    >>> T.real(T.fft.ifftn([[10.0, -2.0], [-4.0, 0.0]])).eval()
    array([[1., 2.],
           [3., 4.]])
    """
    x = as_tensor(a)
    return _transformed(x, normal_axes(axes, x, "ifftn"), norm, True, "ifftn")


__all__ = ["fft", "fftn", "ifft", "ifftn", "irfft", "rfft"]
