"""The neighbourhoods of an image as rows of a matrix, and back."""

from __future__ import annotations

from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.extent_arithmetic import larger, less, multiplied, plain
from symgraph.ops.requirement import Require
from symgraph.ops.shape import extents_of
from symgraph.tensor.creation import arange
from symgraph.tensor.indexing import take
from symgraph.tensor.manipulation import dimshuffle
from symgraph.tensor.padding import padded
from symgraph.tensor.reshaping import product_of, reshape, shape_list, specify_shape
from symgraph.tensor.windows import extents_per_axis, windows

# How many zeros each mode puts on both sides for a neighbourhood's extent.
_PADS = {"valid": lambda n: 0, "ignore_borders": lambda n: 0, "half": lambda n: n // 2,
         "full": lambda n: n - 1}  # fmt: skip
_MODES = ("valid", "ignore_borders", "wrap_centered", "half", "full")


def images2neibs(
    ten4: TensorLike, neib_shape: Any, neib_step: Any = None, mode: str = "valid"
) -> Variable:
    """Lay out the neighbourhoods of images as rows of a matrix.

    ten4: images (batch, channels, rows, columns).
    neib_shape: the extents of a neighbourhood, two ints or integer scalars, or a vector.
    neib_step: how far apart they are, in the same forms; they do not overlap unless it is given.
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
    shape = extents_per_axis(neib_shape, 2, "images2neibs: neib_shape")
    step = shape if neib_step is None else extents_per_axis(neib_step, 2, "images2neibs: neib_step")
    if mode not in _MODES:
        raise ValueError(f"images2neibs: mode={mode!r} is none of {', '.join(_MODES)}")
    if mode == "wrap_centered":
        x = _wrapped(x, shape)
    else:
        x = padded(x, [(_PADS[mode](n), _PADS[mode](n)) for n in shape])
    if mode not in ("ignore_borders", "wrap_centered"):
        x = _covered(x, shape, step, mode)
    found = windows(x, shape, step)
    return reshape(found, [product_of(extents_of(found)[:4]), multiplied(*shape)])


def _wrapped(x: Variable, shape: tuple[Any, ...]) -> Variable:
    """Each axis with half a neighbourhood of its other end on both sides."""
    for axis, n in zip((2, 3), shape, strict=True):
        if isinstance(n, int) and n % 2 == 0:
            raise ValueError(
                f"images2neibs: a neighbourhood around a pixel has odd extents, not {shape}"
            )
        if isinstance(n, Variable):
            n = Require("images2neibs: neib_shape % 2", "at least 1")(n % 2) * n
        extent = extents_of(x)[axis]
        x = take(x, arange(-(n // 2), extent + n // 2), axis=axis, mode="wrap")
    return x


def _covered(x: Variable, shape: tuple[Any, ...], step: tuple[Any, ...], mode: str) -> Variable:
    """The padded image, whose extents must be those that neighbourhoods take."""
    taken: list[Any] = [None, None]
    for extent, n, by in zip(map(plain, extents_of(x)[2:]), shape, step, strict=True):
        places: Any = (extent - n) // by
        taken.append(larger(places * by + n, n))
        known = isinstance(extent, int) and isinstance(n, int)
        if known and (extent < n or (isinstance(by, int) and taken[-1] != extent)):
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
    neib_shape: the extents of a neighbourhood, two ints or integer scalars, or a vector.
    original_shape: (batch, channels, rows, columns) of the images.
    mode: 'valid': the neighbourhoods cover them; 'ignore_borders': what they do not cover is zero.
    Returns images of the dtype of `neibs`. Raises TypeError for what is no matrix, ValueError for
    another mode and where shapes do not fit, here or when the function runs.

    >>> T.nnet.neibs2images([[1, 2], [3, 4]], (1, 2), (1, 1, 1, 4)).eval()
    array([[[[1, 2, 3, 4]]]])
    """
    rows = as_tensor(neibs)
    shape = extents_per_axis(neib_shape, 2, "neibs2images: neib_shape")
    if mode not in ("valid", "ignore_borders"):
        raise ValueError(f"neibs2images: mode={mode!r} is neither valid nor ignore_borders")
    if rows.type.ndim != 2:
        raise TypeError(f"neibs2images takes a matrix, not {rows} ({rows.type})")
    whole = shape_list(original_shape, "neibs2images", 4)
    places: list[Any] = [plain(e) // n for e, n in zip(whole[2:], shape, strict=True)]
    taken = shape_list([o * n for o, n in zip(places, shape, strict=True)], "neibs2images")
    ends = [(plain(t), plain(e)) for t, e in zip(taken, whole[2:], strict=True)]
    known = [pair for pair in ends if all(isinstance(end, int) for end in pair)]
    if mode == "valid" and any(t != e for t, e in known):
        raise ValueError(
            f"neibs2images: neighbourhoods of {shape} do not cover images of the shape"
            f" {tuple(map(plain, whole))}; mode='ignore_borders' leaves zeros"
        )
    # (batch, channels, places, neighbourhood) to (batch, channels, rows, columns).
    apart = dimshuffle(reshape(rows, [*whole[:2], *places, *shape]), 0, 1, 2, 4, 3, 5)
    image = reshape(apart, [*whole[:2], *taken])
    if mode == "ignore_borders":
        image = padded(image, [(0, less(e, t)) for e, t in zip(whole[2:], taken, strict=True)])
    return specify_shape(image, list(whole))


__all__ = ["images2neibs", "neibs2images"]
