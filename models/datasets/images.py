"""A user's own picture of a digit, prepared as the MNIST digits were.

MNIST: ink is bright on black, the digit fits a 20x20 box with its proportions kept, and is moved
by whole pixels until its centre of mass lies in the centre of the 28x28 frame
(http://yann.lecun.com/exdb/mnist/). The centre is pixel (14, 14) counted from 0: the centres of
mass of the 5,000 digits at hand lie between 13.5 and 14.5, evenly, in both directions.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from symgraph.graph.lazy import LazyModule

from ..errors import DataError

_pil_image = LazyModule("PIL.Image")
_pil_ops = LazyModule("PIL.ImageOps")
_ndimage = LazyModule("scipy.ndimage")

FRAME = 28
BOX = 20
CENTRE = 14
# Paper is never evenly white: what differs from it by less than a share of the darkest ink is
# background. The share follows from how far most of the border differs, within these bounds.
INK_SHARES = (0.05, 0.4)
BORDER_QUANTILE = 0.95
# What hangs together without ever reaching this share is no stroke, but a shadow.
STROKE_SHARE = 0.5
# A spot with less than this share of the ink of the largest stroke is dust.
DUST_SHARE = 0.02
# Ink must stand out from the background by this share of black to white.
LEAST_CONTRAST = 0.1
# Larger pictures are reduced first: a digit of 20 pixels needs no more.
LARGEST_SIDE = 800
# The brightest value of pictures of more than 8 bits a pixel: the first that holds them all.
_DEEP_TOPS = {"F": (1.0, 255.0, 65535.0), "I": (255.0, 65535.0)}


def load_image(path: str | Path) -> np.ndarray:
    """The picture in `path` as MNIST would hold it: float64 in [0, 1], shape (784,).

    Any size and any format Pillow reads; dark ink on light ground is inverted, transparency is
    laid on white, or on black where nothing shows on white. Raises `DataError` for files that
    are no pictures and for blank pictures.
    """
    path = Path(path)
    return prepare_digit(_read_gray(path), path).reshape(-1)


def prepare_digit(gray: np.ndarray, path: str | Path = "picture") -> np.ndarray:
    """A gray picture (rows, columns), 0 black to 255 white, as a (28, 28) digit in [0, 1]."""
    ink = np.asarray(gray, dtype=np.float64) / 255.0
    border = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    ground = np.median(border)
    if ground > 0.5:
        ink, ground = 1.0 - ink, 1.0 - ground
    ink = ink - ground
    if ink.max() < LEAST_CONTRAST:
        raise DataError(path, "no digit found: the picture is blank")
    roughness = np.quantile(np.abs(border - np.median(border)), BORDER_QUANTILE) / ink.max()
    ink = _strokes(ink / ink.max(), float(np.clip(2 * roughness, *INK_SHARES)))
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return _centred(_fitted(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]))


def _strokes(ink: np.ndarray, least: float) -> np.ndarray:
    """`ink` without paper, shadows and dust: its connected parts that are dark and large."""
    spots, n_spots = _ndimage.label(ink >= least, structure=np.ones((3, 3)))
    numbers = np.arange(n_spots + 1)
    amount = _ndimage.sum_labels(ink, spots, numbers)
    darkest = _ndimage.maximum(ink, spots, numbers)
    amount[0] = 0.0  # what belongs to no spot
    stroke = (darkest >= STROKE_SHARE) & (amount > 0)
    stroke &= amount >= DUST_SHARE * amount[stroke].max()
    return np.where(stroke[spots], ink, 0.0)


def _read_gray(path: Path) -> np.ndarray:
    """Gray values 0 .. 255, float64."""
    try:
        # A picture of absurd size is only warned of by Pillow; here it is refused.
        with warnings.catch_warnings():
            warnings.simplefilter("error", _pil_image.DecompressionBombWarning)
            with _pil_image.open(path) as picture:
                upright = _pil_ops.exif_transpose(picture)
                upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
                gray = _to_gray(upright)
    except _pil_image.UnidentifiedImageError:
        raise DataError(path, "not a picture in a known format") from None
    except (_pil_image.DecompressionBombWarning, _pil_image.DecompressionBombError):
        raise DataError(path, "the picture is too large") from None
    # Decoders report damage by several exception types of their own.
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        reason = getattr(error, "strerror", None)
        raise DataError(path, reason or f"the picture is damaged or truncated ({error})") from None
    if not np.isfinite(gray).all():
        raise DataError(path, "the picture holds values that are not finite")
    return gray


def _to_gray(picture: Any) -> np.ndarray:
    tops = _DEEP_TOPS.get(picture.mode.split(";")[0])
    if tops is not None:
        values = np.asarray(picture, dtype=np.float64)
        highest = values.max(initial=0.0)
        top = next((top for top in tops if highest <= top), highest)
        return values * (255.0 / top)
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return np.asarray(picture.convert("L"), dtype=np.float64)
    on_white = _laid_on(picture, 255)
    return on_white if np.ptp(on_white) >= 255 * LEAST_CONTRAST else _laid_on(picture, 0)


def _laid_on(picture: Any, paper: int) -> np.ndarray:
    coloured = picture.convert("RGBA")
    sheet = _pil_image.new("RGBA", coloured.size, (paper, paper, paper, 255))
    sheet.alpha_composite(coloured)
    return np.asarray(sheet.convert("L"), dtype=np.float64)


def _fitted(ink: np.ndarray) -> np.ndarray:
    """Scaled so that the longer side is 20 pixels, the brightest pixel 1."""
    height, width = ink.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = _pil_image.fromarray(ink.astype(np.float32))
    # Each small pixel is the mean of the area it covers; enlarging interpolates instead.
    kind = _pil_image.Resampling.BOX if scale <= 1 else _pil_image.Resampling.BICUBIC
    resized = np.asarray(picture.resize(size, kind), dtype=np.float64)
    resized = np.clip(resized, 0.0, None)
    return np.clip(resized / resized.max(), 0.0, 1.0)


def _centred(ink: np.ndarray) -> np.ndarray:
    """Placed in the frame with the centre of mass in its middle, as far as the digit fits."""
    height, width = ink.shape
    mass = ink.sum()
    row = float((ink.sum(axis=1) @ np.arange(height)) / mass)
    column = float((ink.sum(axis=0) @ np.arange(width)) / mass)
    top = int(np.clip(round(CENTRE - row), 0, FRAME - height))
    left = int(np.clip(round(CENTRE - column), 0, FRAME - width))
    frame = np.zeros((FRAME, FRAME))
    frame[top : top + height, left : left + width] = ink
    return frame
