"""A user's own picture of a digit, prepared as the MNIST digits were.

MNIST: ink is bright on black, the digit fits a 20x20 box with its proportions kept, and its
centre of mass lies in the centre of the 28x28 frame (http://yann.lecun.com/exdb/mnist/).
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from symgraph.graph.lazy import LazyModule

from ..errors import DataError

_pil_image = LazyModule("PIL.Image")
_pil_ops = LazyModule("PIL.ImageOps")

FRAME = 28
BOX = 20
# Paper is never evenly white: less than this share of the darkest ink is background.
INK_SHARE = 0.2
# Ink must stand out from the background by this share of black to white.
LEAST_CONTRAST = 0.1


def load_image(path: str | Path) -> np.ndarray:
    """The picture in `path` as MNIST would hold it: float64 in [0, 1], shape (784,).

    Any size and any format Pillow reads; dark ink on light ground is inverted, transparency is
    laid on white. Raises `DataError` for files that are no pictures and for blank pictures.
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
    strongest = ink.max()
    if strongest < LEAST_CONTRAST:
        raise DataError(path, "no digit found: the picture is blank")
    ink = np.where(ink < INK_SHARE * strongest, 0.0, ink / strongest)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return _centred(_fitted(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]))


def _read_gray(path: Path) -> np.ndarray:
    """Gray values 0 .. 255, float64."""
    try:
        # A picture of absurd size is only warned of by Pillow; here it is refused.
        with warnings.catch_warnings():
            warnings.simplefilter("error", _pil_image.DecompressionBombWarning)
            with _pil_image.open(path) as picture:
                upright = _pil_ops.exif_transpose(picture)
                return _to_gray(upright)
    except FileNotFoundError:
        raise DataError(path, "no such file") from None
    except _pil_image.UnidentifiedImageError:
        raise DataError(path, "not a picture in a known format") from None
    except (_pil_image.DecompressionBombWarning, _pil_image.DecompressionBombError):
        raise DataError(path, "the picture is too large") from None
    # Decoders report damage by several exception types of their own.
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise DataError(path, f"the picture is damaged or truncated ({error})") from None


def _to_gray(picture: Any) -> np.ndarray:
    if picture.mode.startswith("I") or picture.mode == "F":  # 16 bits and more a pixel
        values = np.asarray(picture, dtype=np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        return values * (255.0 / top)
    if "A" in picture.getbands() or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        paper = _pil_image.new("RGBA", coloured.size, (255, 255, 255, 255))
        picture = _pil_image.alpha_composite(paper, coloured)
    return np.asarray(picture.convert("L"), dtype=np.float64)


def _fitted(ink: np.ndarray) -> np.ndarray:
    """Scaled so that the longer side is 20 pixels, the brightest pixel 1."""
    height, width = ink.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = _pil_image.fromarray(ink.astype(np.float32))
    resized = np.asarray(picture.resize(size, _pil_image.Resampling.BICUBIC), dtype=np.float64)
    resized = np.clip(resized, 0.0, None)
    return np.clip(resized / resized.max(), 0.0, 1.0)


def _centred(ink: np.ndarray) -> np.ndarray:
    """Placed in the frame with the centre of mass in its middle, as far as the digit fits."""
    height, width = ink.shape
    mass = ink.sum()
    row = float((ink.sum(axis=1) @ np.arange(height)) / mass)
    column = float((ink.sum(axis=0) @ np.arange(width)) / mass)
    middle = (FRAME - 1) / 2
    top = int(np.clip(round(middle - row), 0, FRAME - height))
    left = int(np.clip(round(middle - column), 0, FRAME - width))
    frame = np.zeros((FRAME, FRAME))
    frame[top : top + height, left : left + width] = ink
    return frame
