"""The neighbourhoods of an image as rows of a matrix, and back."""

from __future__ import annotations

from typing import Any

from symgraph.graph import Constant, Variable
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.extent_arithmetic import plain
from symgraph.ops.shape import extents_of
from symgraph.ops.windows import OverlapAdd, Windows
from symgraph.tensor.creation import arange
from symgraph.tensor.indexing import take
from symgraph.tensor.nnet.conv import per_axis
from symgraph.tensor.padding import padded
from symgraph.tensor.reshaping import product_of, reshape, shape_list, specify_shape

# How many zeros each mode puts on both sides for a neighbourhood's extent.
_PADS = {"valid": lambda n: 0, "ignore_borders": lambda n: 0, "half": lambda n: n // 2,
         "full": lambda n: n - 1}  # fmt: skip
_MODES = ("valid", "ignore_borders", "wrap_centered", "half", "full")


def images2neibs(
    ten4: TensorLike, neib_shape: Any, neib_step: Any = None, mode: str = "valid"
) -> Variable:
    """Lay out the neighbourhoods of images as rows of a matrix.

    ten4: images (batch, channels, rows, columns).
    neib_shape: the extents of a neighbourhood, two ints.
    neib_step: how far apart they are, two ints; they do not overlap unless it is given.
    mode: 'valid': they must cover the image; 'ignore_borders': what is left at the end stays out;
        'wrap_centered': around each pixel (every neib_step), the image going on at its other side;
        'half' and 'full': with half the neighbourhood's extent of zeros around the image, or all
        but one; they must cover it then.
    Returns a matrix with a row for each: image by image, channel by channel, row by row.
    Raises TypeError for other ranks, ValueError for other modes and where they do not cover the
    image, here or when the function runs.

    >>> T.nnet.images2neibs([[[[1, 2, 3, 4]]]], (1, 2)).eval()
    array([[1, 2],
           [3, 4]])
    """
    x = as_tensor(ten4)
    if x.type.ndim != 4:
        raise TypeError(
            f"images2neibs takes images (batch, channels, rows, columns), not {x} ({x.type})"
        )
    shape = _two(neib_shape, "images2neibs: neib_shape")
    step = shape if neib_step is None else _two(neib_step, "images2neibs: neib_step")
    if mode not in _MODES:
        raise ValueError(f"images2neibs: mode={mode!r} is none of {', '.join(_MODES)}")
    if mode == "wrap_centered":
        x = _wrapped(x, shape)
    else:
        x = padded(x, [(_PADS[mode](n), _PADS[mode](n)) for n in shape])
    if mode not in ("ignore_borders", "wrap_centered"):
        x = _covered(x, shape, step, mode)
    windows = Windows(shape, step)(x)
    return reshape(windows, [product_of(extents_of(windows)[:4]), shape[0] * shape[1]])


def _two(value: Any, what: str) -> tuple[int, ...]:
    if isinstance(value, Constant):
        value = value.data
    return per_axis(value, 2, what)


def _wrapped(x: Variable, shape: tuple[int, ...]) -> Variable:
    """Each axis with half a neighbourhood of its other end on both sides."""
    for axis, n in zip((2, 3), shape, strict=True):
        if n % 2 == 0:
            raise ValueError(
                f"images2neibs: a neighbourhood around a pixel has odd extents, not {shape}"
            )
        extent = extents_of(x)[axis]
        x = take(x, arange(-(n // 2), extent + n // 2), axis=axis, mode="wrap")
    return x


def _covered(x: Variable, shape: tuple[int, ...], step: tuple[int, ...], mode: str) -> Variable:
    """The padded image, whose extents must be those that neighbourhoods take."""
    taken: list[Any] = [None, None]
    for extent, n, by in zip(map(plain, extents_of(x)[2:]), shape, step, strict=True):
        places: Any = (extent - n) // by
        taken.append(places * by + n)
        if isinstance(extent, int) and (extent < n or taken[-1] != extent):
            raise ValueError(
                f"images2neibs: neighbourhoods of {shape}, {step} apart, do not cover images of"
                f" {x.type.shape[2:]}" + (", zeros included" if mode in ("half", "full") else "")
                + "; mode='ignore_borders' leaves out what is over"
            )  # fmt: skip
    return specify_shape(x, taken) if taken[2:] != list(x.type.shape[2:]) else x


def neibs2images(
    neibs: TensorLike, neib_shape: Any, original_shape: Any, mode: str = "valid"
) -> Variable:
    """Compose images from neighbourhoods that do not overlap: the inverse of `images2neibs`.

    neibs: a matrix with a neighbourhood in each row.
    neib_shape: the extents of a neighbourhood, two ints.
    original_shape: (batch, channels, rows, columns) of the images.
    mode: 'valid': the neighbourhoods cover them; 'ignore_borders': what they do not cover is zero.
    Returns images of the dtype of `neibs`. Raises TypeError for what is no matrix, ValueError for
    another mode and where shapes do not fit, here or when the function runs.

    >>> T.nnet.neibs2images([[1, 2], [3, 4]], (1, 2), (1, 1, 1, 4)).eval()
    array([[[[1, 2, 3, 4]]]])
    """
    rows = as_tensor(neibs)
    shape = _two(neib_shape, "neibs2images: neib_shape")
    if mode not in ("valid", "ignore_borders"):
        raise ValueError(f"neibs2images: mode={mode!r} is neither valid nor ignore_borders")
    if rows.type.ndim != 2:
        raise TypeError(f"neibs2images takes a matrix, not {rows} ({rows.type})")
    whole = shape_list(original_shape, "neibs2images", 4)
    places: list[Any] = [plain(e) // n for e, n in zip(whole[2:], shape, strict=True)]
    taken: list[Any] = [o * n for o, n in zip(places, shape, strict=True)]
    if mode == "valid":
        if any(isinstance(t, int) and t != plain(e) for t, e in zip(taken, whole[2:], strict=True)):
            raise ValueError(
                f"neibs2images: neighbourhoods of {shape} do not cover images of the shape"
                f" {tuple(map(plain, whole))}; mode='ignore_borders' leaves zeros"
            )
        whole = [*whole[:2], *shape_list(taken, "neibs2images")]
    windows = reshape(rows, [*whole[:2], *places, *shape])
    image = OverlapAdd(shape, shape)(windows, *whole[2:])
    return specify_shape(image, list(shape_list(original_shape, "neibs2images", 4)))


__all__ = ["images2neibs", "neibs2images"]
