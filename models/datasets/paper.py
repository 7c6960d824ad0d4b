"""Finds the paper in a picture of a digit, then the ink on it.

Paper is what most of the picture's margin shows, however evenly it is lit; a lighter sheet on a
dark desk is the paper itself. Bands along the edges (a scanner's, a frame), lines right across
(ruled paper), boxes around the digit, shadows and dust are neither paper nor ink.
"""

from pathlib import Path

import numpy as np

from symgraph.graph.lazy_import import LazyModule

from ..errors import DataError

_ndimage = LazyModule("scipy.ndimage")

# The outer share of each side that shows the paper.
MARGIN = 0.12
# Paper is never evenly white: what differs from it by less than a share of the darkest ink is
# background. The share follows from how far most of the margin differs, within these bounds.
INK_SHARES = (0.05, 0.4)
MARGIN_QUANTILE = 0.95
# What hangs together without ever reaching this share is no stroke, but a shadow.
STROKE_SHARE = 0.5
# A spot with less than this share of the ink of the largest stroke is dust.
DUST_SHARE = 0.02
# Ink must stand out from the background by this share of black to white.
LEAST_CONTRAST = 0.1
# Light that falls off by more than this share of the ink's darkness is evened out.
_UNEVEN = 0.05
# A band or a line is of rows that are dark in this share of their width, to this share of ink.
_ACROSS, _DARK = 0.9, 0.25
# How thick they may be, in shares of the side.
_MOST_OF_BAND, _MOST_OF_LINE = 0.3, 0.05
# Smaller pictures show little but a digit, and neither its light nor lines can be told from it.
_LEAST_PAGE = 56
# A sheet takes this share of the picture, and of the box around it, filled.
_SHEET, _FILLED = 0.3, 0.88
_BLURRED = 0.15
_SIDES = ((0, 1), (0, -1), (1, 1), (1, -1))


def ink_on_paper(gray: np.ndarray, path: str | Path) -> np.ndarray:
    """Return how much ink there is at each pixel of a gray picture from 0 to 1, zero where there is
    none, 1 at the darkest. `DataError` where nothing stands out."""
    ground = float(np.median(_margin(gray)))
    ink = ground - gray if ground > 0.5 else gray - ground
    _check_contrast(ink, path)
    if (sheet := _sheet(ink / ink.max())) is not None:
        return ink_on_paper(gray[sheet], path)
    if min(ink.shape) >= _LEAST_PAGE:
        ink = _evenly_lit(ink, ground)
        _check_contrast(ink, path)
    ink = _without_bands(ink)
    if min(ink.shape) >= _LEAST_PAGE:
        ink = _without_lines(ink)
    _check_contrast(ink, path)
    strokes = _strokes(ink / ink.max())
    inner = _within_box(strokes)
    if inner is not None:
        inside = np.where(inner, ink, 0.0)
        _check_contrast(inside, path)
        strokes = _strokes(inside / inside.max())
    return strokes


def _check_contrast(ink: np.ndarray, path: str | Path) -> None:
    if ink.max() < LEAST_CONTRAST:
        raise DataError(path, "no digit found: the picture is blank")


def _margin(values: np.ndarray) -> np.ndarray:
    """Return what the picture shows near its edges."""
    rows, columns = (max(1, round(MARGIN * side)) for side in values.shape)
    inside = np.zeros(values.shape, dtype=bool)
    inside[rows : values.shape[0] - rows, columns : values.shape[1] - columns] = True
    return values[~inside]


def _evenly_lit(ink: np.ndarray, ground: float) -> np.ndarray:
    """Return the ink's difference from the paper, whose gray is `ground` at the margin, without
    that of the light. On light paper it is measured by how much of the light there is missing."""
    surface = _lighting(ink)
    if surface is None:
        return ink
    if ground <= 0.5:
        return ink - surface
    return (ink - surface) * (ground / np.maximum(ground - surface, 0.1))


def _lighting(ink: np.ndarray) -> np.ndarray | None:
    """Return a surface of the second degree that follows how the paper is lit, None where it is
    even.

    It is fitted to what is paper: all but what stands out from the surface before.
    """
    rows, columns = (np.linspace(-1, 1, side) for side in ink.shape)
    y, x = np.meshgrid(rows, columns, indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    step = max(1, max(ink.shape) // 64)
    few, values = terms[::step, ::step].reshape(-1, 6), ink[::step, ::step].reshape(-1)
    # Ink is the minority: at first all that is near the usual gray is taken for paper.
    distance = np.abs(values - np.median(values))
    paper = distance <= np.quantile(distance, 0.6)
    for _ in range(6):
        if paper.sum() < 36:
            return None
        found, *_ = np.linalg.lstsq(few[paper], values[paper], rcond=None)
        rest = values - few @ found
        paper = np.abs(rest) <= max(3 * float(np.std(rest[paper])), 0.02)
    surface = terms @ found
    uneven = np.ptp(surface) > _UNEVEN * ink.max() and paper.mean() >= 0.5
    return surface if uneven else None


def _without_bands(ink: np.ndarray) -> np.ndarray:
    """Return the ink without dark bands along whole edges, and what sticks to them; they stay where
    the digit fills the picture, and may have such an edge itself."""
    dark = ink >= _DARK * ink.max()
    bands: list[tuple[int, np.ndarray]] = []
    free = []
    for axis, direction in _SIDES:
        along = np.moveaxis(dark, axis, 0)[::direction]
        thick = _run(along.mean(axis=1) >= _ACROSS)
        if thick > _MOST_OF_BAND * len(along):
            return ink
        if thick:
            band = np.zeros(ink.shape, dtype=bool)
            np.moveaxis(band, axis, 0)[::direction][:thick] = True
            bands.append((axis, band))
        else:
            free.append((axis, direction))
    if not bands:
        return ink
    rest = np.where(np.logical_or.reduce([band for _, band in bands]), 0.0, ink)
    for axis, band in bands:
        rest = _without_crooked(rest, band, axis)
    strong = rest >= STROKE_SHARE * ink.max()
    if any(np.moveaxis(strong, axis, 0)[::direction][0].any() for axis, direction in free):
        return ink
    return rest


def _run(flags: np.ndarray) -> int:
    """Return how many of the first are true in succession."""
    return int(np.argmin(flags)) if not flags.all() else len(flags)


def _without_crooked(ink: np.ndarray, band: np.ndarray, axis: int) -> np.ndarray:
    """Return the ink without what lies flat against a band across the axis: it was not quite
    straight. A stroke that the band cut off leads away from it."""
    if not ink.max() > 0:
        return ink
    spots, n_spots = _ndimage.label(ink >= _DARK * ink.max(), structure=np.ones((3, 3)))
    touching = np.unique(spots[_ndimage.binary_dilation(band, np.ones((3, 3)))])
    sizes = _ndimage.find_objects(spots, n_spots)
    for number in touching[touching > 0]:
        lengths = [part.stop - part.start for part in sizes[number - 1]]
        thick, along = lengths[axis], lengths[1 - axis]
        if thick <= min(_MOST_OF_BAND / 2 * ink.shape[axis], along):
            ink = np.where(spots == number, 0.0, ink)
    return ink


def _without_lines(ink: np.ndarray) -> np.ndarray:
    """Return the ink without thin lines right across, but where the ink goes on at both sides of
    them."""
    for axis in (0, 1):
        lines = np.moveaxis(ink.copy(), axis, 0)
        across = (lines >= _DARK * ink.max()).mean(axis=1) >= _ACROSS
        starts = np.flatnonzero(np.diff(across.astype(int), prepend=0) == 1)
        for start in map(int, starts):
            stop = start + _run(across[start:])
            if (
                stop - start > max(1, _MOST_OF_LINE * len(lines))
                or start == 0
                or stop == len(lines)
            ):
                continue
            # The dark of a line fades over a pixel to each side.
            low, high = int(np.maximum(start - 2, 0)), int(np.minimum(stop + 1, len(lines) - 1))
            lines[low + 1 : high] = np.minimum(lines[low], lines[high])
        ink = np.moveaxis(lines, 0, axis)
    return ink


def _strokes(ink: np.ndarray) -> np.ndarray:
    """Return `ink` without paper, shadows and dust: its connected parts that are dark and large."""
    around = _margin(ink)
    around = np.abs(around[around < STROKE_SHARE])
    roughness = np.quantile(around, MARGIN_QUANTILE) if len(around) else 0.0
    least = float(np.clip(2 * roughness, *INK_SHARES))
    spots, n_spots = _ndimage.label(ink >= least, structure=np.ones((3, 3)))
    numbers = np.arange(n_spots + 1)
    amount = _ndimage.sum_labels(ink, spots, numbers)
    darkest = _ndimage.maximum(ink, spots, numbers)
    amount[0] = 0.0  # what belongs to no spot
    stroke = (darkest >= STROKE_SHARE) & (amount > 0)
    stroke &= amount >= DUST_SHARE * amount[stroke].max()
    return np.where(stroke[spots], ink, 0.0)


def _sheet(ink: np.ndarray) -> tuple[slice, slice] | None:
    """Return where a sheet lies that fills a box, with something on it: within the sheet's
    edges."""
    spots, n_spots = _ndimage.label(ink >= STROKE_SHARE)
    # A sheet ends all of a sudden, where a shadow does not.
    between = np.mean((ink > STROKE_SHARE / 2) & (ink < (1 + STROKE_SHARE) / 2))
    if not n_spots or between > _BLURRED:
        return None
    sizes = np.bincount(spots.reshape(-1))[1:]
    number = int(np.argmax(sizes)) + 1
    box = _ndimage.find_objects(spots, n_spots)[number - 1]
    part = spots[box] == number
    if part.size < _SHEET * ink.size or _ndimage.binary_fill_holes(part).mean() < _FILLED:
        return None
    inset = [max(1, round(0.04 * side)) for side in part.shape]
    inner = part[inset[0] : -inset[0], inset[1] : -inset[1]]
    # The holes of the sheet are what is written on it: more than a spot, and no hole of a 0.
    if inner.size == 0 or not 0.01 <= 1 - inner.mean() <= 0.4:
        return None
    edges = np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])
    if edges.mean() < 0.9:
        return None
    row, column = (slice(p.start + i, p.stop - i) for p, i in zip(box, inset, strict=True))
    return row, column


def _within_box(strokes: np.ndarray) -> np.ndarray | None:
    """Return the inside of a drawn box with ink within; None where there is no such box."""
    spots, n_spots = _ndimage.label(strokes > 0, structure=np.ones((3, 3)))
    for number, box in enumerate(_ndimage.find_objects(spots, n_spots), 1):
        part = spots[box] == number
        if min(part.shape) < 8 or part.mean() > 0.5:
            continue
        edge = [max(1, round(0.1 * side)) for side in part.shape]
        sides = (
            part[: edge[0]].any(axis=0),
            part[-edge[0] :].any(axis=0),
            part[:, : edge[1]].any(axis=1),
            part[:, -edge[1] :].any(axis=1),
        )
        if min(side.mean() for side in sides) < _ACROSS:
            continue
        others = (strokes[box] > 0) & ~part
        inside = _ndimage.binary_fill_holes(part) & others
        if inside.any() and np.ptp(np.flatnonzero(inside.any(axis=1))) >= 0.25 * len(part):
            found = np.zeros(strokes.shape, dtype=bool)
            found[box] = inside
            return found
    return None
