"""A user's own picture of a digit, prepared as the MNIST digits were.

MNIST: ink is bright on black, the digit fits a 20x20 box with its proportions kept, and is moved
by whole pixels until its centre of mass lies in the centre of the 28x28 frame
(http://yann.lecun.com/exdb/mnist/). The centre is pixel (14, 14) counted from 0: the centres of
mass of the 5,000 digits at hand lie between 13.5 and 14.5, evenly, in both directions.
"""

import warnings
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from symgraph.graph.lazy_import import LazyModule

from ..errors import DataError
from ..files import open_ordinary
from ..limits import MAX_PIXELS
from .paper import LEAST_CONTRAST, ink_on_paper

_pil_image = LazyModule("PIL.Image")
_pil_ops = LazyModule("PIL.ImageOps")

FRAME = 28
BOX = 20
CENTRE = 14
# Larger pictures are reduced first: a digit of 20 pixels needs no more.
LARGEST_SIDE = 800
# The brightest value of pictures of more than 8 bits a pixel: the first that holds them all, of
# 8, 10, 12, 14 or 16 bits.
_WHOLE_TOPS = tuple(2.0**bits - 1 for bits in (8, 10, 12, 14, 16))
_DEEP_TOPS = {"F": (1.0, *_WHOLE_TOPS), "I": _WHOLE_TOPS}


def load_image(path: str | Path) -> np.ndarray:
    """Return the picture in `path` as MNIST would hold it: (784,), float64 in [0, 1].

    Any size and any format Pillow reads; dark ink on light ground is inverted, transparency is
    laid on white, or on black where nothing shows on white. Raises `DataError` for files that
    are no pictures and for blank pictures.

    >>> import tempfile
    >>> from PIL import Image
    >>> drawn = np.full((60, 40), 255, np.uint8)
    >>> drawn[10:50, 18:22] = 0
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.fromarray(drawn).save(f"{folder}/one.png")
    ...     load_image(f"{folder}/one.png").shape
    (784,)
    """
    path = Path(path)
    return prepare_digit(_read_gray(path), path).reshape(-1)


def prepare_digit(gray: np.ndarray, path: str | Path = "picture") -> np.ndarray:
    """Return a gray picture (rows, columns), 0 black to 255 white, as a (28, 28) digit in [0, 1].

    Raises `DataError` for blank pictures.

    >>> picture = np.full((60, 40), 255.0)
    >>> picture[10:50, 18:22] = 0.0
    >>> digit = prepare_digit(picture)
    >>> digit.shape, float(digit.max())
    ((28, 28), 1.0)
    """
    ink = ink_on_paper(np.asarray(gray, dtype=np.float64) / 255.0, path)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return _centred(_fitted(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]))


def _read_gray(path: Path) -> np.ndarray:
    """Return gray values 0 .. 255, float64."""
    with open_ordinary(path) as stream:
        gray = _decoded(path, stream)
    if not np.isfinite(gray).all():
        raise DataError(path, "the picture holds values that are not finite")
    return gray


def _decoded(path: Path, stream: BinaryIO) -> np.ndarray:
    try:
        with warnings.catch_warnings():
            # The size is checked here, behind what a decoder reduces by itself.
            warnings.simplefilter("ignore", _pil_image.DecompressionBombWarning)
            with _pil_image.open(stream) as picture:
                _check_picture(path, picture)
                upright = _pil_ops.exif_transpose(picture)
                upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
                return _to_gray(upright)
    except DataError:
        raise
    except _pil_image.UnidentifiedImageError:
        raise DataError(path, "not a picture in a known format") from None
    except _pil_image.DecompressionBombError as error:
        raise DataError(path, f"the picture is too large ({error})") from None
    # Decoders report damage by exceptions of any kind.
    except Exception as error:
        reason = getattr(error, "strerror", None)
        raise DataError(path, reason or f"the picture is damaged or truncated ({error})") from None


def _check_picture(path: Path, picture: Any) -> None:
    """Refuse a picture before it is decoded."""
    if picture.format == "EPS":
        raise DataError(path, "a PostScript program, which is not run; save it as PNG")
    # JPEG is decoded at an eighth of its size, if that is enough.
    picture.draft(None, (LARGEST_SIDE, LARGEST_SIDE))
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise DataError(
            path,
            f"the picture is too large: {width:,} x {height:,} pixels, more than the "
            f"{MAX_PIXELS:,} that are read; reduce it",
        )


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
    """Return it scaled so that the longer side is 20 pixels, the brightest pixel 1."""
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
    """Return it placed in the frame with the centre of mass in its middle, as far as the digit
    fits."""
    height, width = ink.shape
    mass = ink.sum()
    row = float((ink.sum(axis=1) @ np.arange(height)) / mass)
    column = float((ink.sum(axis=0) @ np.arange(width)) / mass)
    top = int(np.clip(round(CENTRE - row), 0, FRAME - height))
    left = int(np.clip(round(CENTRE - column), 0, FRAME - width))
    frame = np.zeros((FRAME, FRAME))
    frame[top : top + height, left : left + width] = ink
    return frame
