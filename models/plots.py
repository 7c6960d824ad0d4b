"""Pictures of training and of what was learned, as Matplotlib figures; no window is opened.

Every function returns a `matplotlib.figure.Figure`, which notebooks display; `save` writes one as a
PNG file. With `ax`, axes of the caller's (a sequence of them where several are drawn), the picture
is drawn there, and their figure is returned. Nothing here touches pyplot's global state, so the
functions may be called from any thread.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symgraph.graph.lazy_import import LazyModule

from .files import make_folder, replace

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

if TYPE_CHECKING:
    from . import figures as _figures
else:
    _figures = LazyModule("symgraph.models.figures")
_ticker = LazyModule("matplotlib.ticker")

DPI = 120
# Curves that fall to less than a 50th are drawn on a logarithmic axis.
_STEEP = 50.0
_MOST_DECADES_IN_DETAIL = 3
# Colour-blind safe (Okabe and Ito).
BLUE, ORANGE, GREEN, RED, GRAY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#666666"
_SERIES = (BLUE, RED, GREEN, ORANGE)


def save(figure: "Figure", path: str | Path) -> Path:
    """Write `figure` as a PNG file, whole or not at all; missing folders are made.

    Raises `DataError` when it cannot be written.

    >>> import tempfile
    >>> figure = curve([1.0, 0.5], title="A run", label="cost")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(figure, Path(folder) / "run.png").name
    'run.png'
    """
    path = Path(path)
    make_folder(path.parent)
    replace(path, lambda stream: figure.savefig(stream, dpi=DPI, format="png"))
    return path


def learning_curve(
    cost: Sequence[float],
    errors: Mapping[str, Sequence[float]],
    *,
    title: str,
    error_label: str = "error rate (%)",
    best_epoch: int | None = None,
    ax: Sequence["Axes"] | None = None,
) -> "Figure":
    """Draw the training cost and, beside it, one curve for each of `errors`, against the epoch.

    Every sequence holds one number an epoch, the first belonging to epoch 1. `best_epoch` (from 1)
    marks the epoch whose weights were kept. Curves of NaN only are left out.

    >>> learning_curve([0.9, 0.4], {"training": [30, 10]}, title="A run").axes[1].get_ylabel()
    'error rate (%)'
    """
    figure, (left, right) = _panels(ax, 2, title, (9.0, 4.0))
    epochs = np.arange(1, len(cost) + 1)
    marker = "o" if len(cost) <= 40 else None
    left.plot(epochs, cost, color=BLUE, marker=marker, markersize=3)
    left.set(xlabel="epoch", ylabel="cost (mean of a mini-batch)", title="Training cost")
    _scale(left, [cost])
    for (name, values), colour in zip(errors.items(), _cycle(_SERIES), strict=False):
        if not np.isnan(np.asarray(values, dtype=float)).all():
            right.plot(epochs, values, color=colour, marker=marker, markersize=3, label=name)
    right.set(xlabel="epoch", ylabel=error_label, title="Errors")
    _scale(right, list(errors.values()))
    if best_epoch is not None:
        right.axvline(best_epoch, color=GRAY, linestyle=":", label=f"kept: epoch {best_epoch}")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.xaxis.set_major_locator(_ticker.MaxNLocator(integer=True, min_n_ticks=1))
    return figure


def curve(values: Sequence[float], *, title: str, label: str, ax: "Axes | None" = None) -> "Figure":
    """Draw one number an epoch, the first belonging to epoch 1.

    >>> curve([-100.0, -80.0], title="A machine", label="pseudo-likelihood").axes[0].get_xlabel()
    'epoch'
    """
    figure, axes = _one_panel(ax, title, (6.0, 4.0))
    marker = "o" if len(values) <= 40 else None
    axes.plot(np.arange(1, len(values) + 1), values, color=BLUE, marker=marker, markersize=3)
    axes.set(xlabel="epoch", ylabel=label)
    axes.grid(alpha=0.3)
    axes.xaxis.set_major_locator(_ticker.MaxNLocator(integer=True, min_n_ticks=1))
    return figure


def weight_images(
    weights: np.ndarray,
    shape: tuple[int, int],
    *,
    title: str,
    labels: Sequence[str] | None = None,
    most: int = 100,
    ax: "Axes | None" = None,
) -> "Figure":
    """Draw each column of `weights` (inputs, units) as a picture of `shape`.

    Red adds, blue takes away. The first `most` units are drawn; `labels` are written above them.
    One colour scale serves all.

    >>> figure = weight_images(np.eye(4), (2, 2), title="Four units")
    >>> figure.get_suptitle()
    'Four units'
    """
    count = min(weights.shape[1], most)
    across = 1.0 if labels is None else 2.0
    columns = min(count, int(np.ceil(np.sqrt(count * across))))
    cell = 0.7 if labels is None else 1.4
    limit = float(np.quantile(np.abs(weights[:, :count]), 0.995)) or 1.0
    figure, axes, picture = _tiles(
        weights.T[:count].reshape(count, *shape),
        columns,
        labels,
        title=title,
        cell=(cell, cell if labels is None else cell + 0.25),
        colours={"cmap": "RdBu_r", "vmin": -limit, "vmax": limit},
        ax=ax,
    )
    bar = figure.colorbar(picture, ax=axes, extend="both", fraction=0.05, pad=0.02)
    bar.set_label("weight")
    return figure


def digit_gallery(
    images: np.ndarray,
    shape: tuple[int, int],
    captions: Sequence[str],
    *,
    title: str,
    columns: int = 6,
    ax: "Axes | None" = None,
) -> "Figure":
    """Draw pictures (rows of `images`, 0 white to 1 black), each with its caption above.

    >>> figure = digit_gallery(np.zeros((2, 4)), (2, 2), ["a", "b"], title="Two pictures")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['a', 'b']
    """
    figure, _, _ = _tiles(
        images.reshape(len(images), *shape),
        min(columns, len(images)),
        captions,
        title=title,
        cell=(1.55, 1.8),
        colours={"cmap": "gray_r", "vmin": 0.0, "vmax": 1.0},
        ax=ax,
    )
    return figure


def _tiles(
    pictures: np.ndarray,
    columns: int,
    captions: Sequence[str] | None,
    *,
    title: str,
    cell: tuple[float, float],
    colours: Mapping[str, Any],
    ax: "Axes | None",
) -> tuple["Figure", "Axes", Any]:
    """Draw pictures (n, rows, columns) side by side in cells of `cell` inches, as one image.

    One image in one pair of axes is drawn ten times faster than a hundred axes are laid out.
    """
    count, height, width = pictures.shape
    rows = -(-count // columns)
    # A cell is a tenth wider than its picture; what is left of its height, which `cell` tells for a
    # square picture, is the caption's.
    across = width + max(2, width // 10)
    down = height + round(across * cell[1] / cell[0]) - width
    mosaic = np.full((rows * down, columns * across), np.nan)
    corners = [(k // columns * down, k % columns * across) for k in range(count)]
    for picture, (top, left) in zip(pictures, corners, strict=True):
        mosaic[top + down - height : top + down, left : left + width] = picture
    size = (max(4.5, cell[0] * columns + 1.0), cell[0] * down / across * rows + 0.5)
    figure, axes = _one_panel(ax, title, size)
    axes.set_axis_off()
    image = axes.imshow(mosaic, interpolation="nearest", **colours)
    for caption, (top, left) in zip(captions or (), corners, strict=False):
        middle = left + (width - 1) / 2, top + down - height - 1
        axes.text(*middle, caption, fontsize=9, ha="center", va="bottom")
    return figure, axes, image


def prediction(
    image: np.ndarray,
    shape: tuple[int, int],
    probabilities: np.ndarray,
    classes: Sequence[Any],
    *,
    title: str,
    ax: Sequence["Axes"] | None = None,
) -> "Figure":
    """Draw a picture as the network sees it, beside the probability of each class.

    image: (pixels,), 0 white to 1 black. probabilities: (classes,).

    >>> image, sure = np.zeros(4), np.array([0.9, 0.1])
    >>> figure = prediction(image, (2, 2), sure, ["yes", "no"], title="Surely")
    >>> [label.get_text() for label in figure.axes[1].get_xticklabels()]
    ['yes', 'no']
    """
    figure, (left, right) = _panels(ax, 2, title, (7.0, 3.4), (1, 1.4))
    left.imshow(image.reshape(shape), cmap="gray_r", vmin=0.0, vmax=1.0)
    left.set(title="as the network sees it", xticks=[], yticks=[])
    places = np.arange(len(classes))
    best = int(np.argmax(probabilities))
    colours = [RED if place == best else BLUE for place in places]
    bars = right.bar(places, 100.0 * np.asarray(probabilities), color=colours)
    right.bar_label(bars, [f"{100 * p:.0f}" if p >= 0.005 else "" for p in probabilities])
    right.set(xlabel="class", ylabel="probability (%)", ylim=(0, 110), title="what it answers")
    right.set_xticks(places, [str(name) for name in classes])
    right.set_yticks(range(0, 101, 20))
    return figure


def reading(
    images: np.ndarray,
    shape: tuple[int, int],
    probabilities: np.ndarray,
    classes: Sequence[Any],
    *,
    title: str,
    ax: Sequence["Axes"] | None = None,
) -> "Figure":
    """Draw pictures that were read row by row, each beside the probabilities behind each row.

    images: (n, pixels). probabilities: (n, rows, classes).

    >>> images, believed = np.zeros((1, 4)), np.full((1, 2, 3), 1 / 3)
    >>> figure = reading(images, (2, 2), believed, "abc", title="Two rows")
    >>> len(figure.axes)
    3
    """
    width = shape[1]
    ratios = [width, 0.7 * width] * len(images)
    figure, axes = _panels(ax, len(ratios), title, (2.6 * len(images) + 0.8, 2.6), ratios)
    for left, right, image, table in zip(axes[::2], axes[1::2], images, probabilities, strict=True):
        left.imshow(image.reshape(shape), cmap="gray_r", aspect="auto")
        left.set_axis_off()
        shade = right.imshow(table, cmap="viridis", vmin=0.0, vmax=1.0, aspect="auto")
        right.set_yticks([])
        right.set_xticks(range(len(classes)), [str(c) for c in classes], fontsize=6)
    axes[1].set_ylabel("rows read", fontsize=8)
    bar = figure.colorbar(shade, ax=axes, fraction=0.02, pad=0.01)
    bar.set_label("probability")
    return figure


def feature_maps(
    image: np.ndarray,
    layers: Sequence[np.ndarray],
    *,
    title: str,
    ax: Sequence["Axes"] | None = None,
) -> "Figure":
    """Draw a picture (rows, columns), and what the maps of some layers answer to it.

    layers: (maps, rows, columns) each; one scale of colours a layer, white for its least answer.

    >>> figure = feature_maps(np.zeros((4, 4)), [np.zeros((2, 3, 3))], title="One layer")
    >>> figure.axes[1].get_title()
    'layer 1: 2 maps, 3 x 3'
    """
    figure, axes = _panels(ax, 1 + len(layers), title, (3.2 * (1 + len(layers)), 3.6))
    axes[0].imshow(image, cmap="gray_r")
    axes[0].set_title("what it sees", fontsize=9)
    for number, (frame, maps) in enumerate(zip(axes[1:], layers, strict=True), 1):
        columns = int(np.ceil(np.sqrt(len(maps))))
        height, width = maps.shape[1:]
        mosaic = np.full((-(-len(maps) // columns) * (height + 1), columns * (width + 1)), np.nan)
        for k, answer in enumerate(maps):
            top, left = k // columns * (height + 1), k % columns * (width + 1)
            mosaic[top : top + height, left : left + width] = answer
        frame.imshow(mosaic, cmap="Purples", interpolation="nearest")
        frame.set_title(f"layer {number}: {len(maps)} maps, {height} x {width}", fontsize=9)
    for frame in axes:
        frame.set_axis_off()
    return figure


def line_fit(
    x: np.ndarray,
    y: np.ndarray,
    intercept: float,
    slope: float,
    *,
    title: str,
    truth: tuple[float, float] | None = None,
    xlabel: str = "x",
    ylabel: str = "y",
    ax: "Axes | None" = None,
) -> "Figure":
    """Draw points and the line fitted to them; `truth` (intercept, slope) is drawn behind them.

    x, y: (n,).

    >>> figure = line_fit(np.array([0.0, 1.0]), np.array([1.0, 3.0]), 1.0, 2.0, title="A line")
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['samples', 'fitted: y = 1.00 + 2.00 x']
    """
    figure, axes = _one_panel(ax, title, (6.4, 4.4))
    ends = np.array([np.min(x), np.max(x)])
    axes.scatter(x, y, color=BLUE, zorder=3, label="samples")
    axes.plot(ends, intercept + slope * ends, color=RED, label=_line("fitted", intercept, slope))
    if truth is not None:
        label = _line("true", *truth)
        line = truth[0] + truth[1] * ends
        axes.plot(ends, line, color=GRAY, linewidth=6, alpha=0.3, zorder=1, label=label)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return figure


def decision_line(
    points: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    bias: np.ndarray,
    *,
    title: str,
    ax: "Axes | None" = None,
) -> "Figure":
    """Draw points of two classes in the plane and the line where a softmax finds both alike.

    points: (n, 2). labels: (n,), 0 or 1. `weights` (2, 2) and `bias` (2,): the line is
    (w1 - w0) x + b1 - b0 = 0.

    >>> points = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> figure = decision_line(points, np.array([0, 1]), np.eye(2), np.zeros(2), title="A plane")
    >>> len(figure.axes[0].lines)
    1
    """
    figure, axes = _one_panel(ax, title, (6.0, 5.0))
    for label, (colour, marker) in enumerate(((RED, "o"), (BLUE, "s"))):
        x, y = points[labels == label].T
        axes.scatter(x, y, color=colour, marker=marker, s=18, label=f"class {label}")
    (a, b), c = weights[:, 1] - weights[:, 0], bias[1] - bias[0]
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.05 * (high - low)
    # Drawn along the direction in which it is flatter, so that upright lines are drawn too.
    along = np.linspace(low - margin, high + margin, 2)
    if abs(b) >= abs(a):
        line = along[:, 0], -(a * along[:, 0] + c) / b
    else:
        line = -(b * along[:, 1] + c) / a, along[:, 1]
    axes.plot(*line, color=GREEN, label="both equally probable")
    _limit(axes, low - margin, high + margin)
    axes.set(xlabel="$x_1$", ylabel="$x_2$")
    if ax is None:
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
    else:
        axes.legend(frameon=False)
    return figure


def _panels(
    ax: Sequence["Axes"] | None,
    count: int,
    title: str,
    size: tuple[float, float],
    width_ratios: Sequence[float] | None = None,
) -> tuple["Figure", Sequence["Axes"]]:
    """Return a figure of `size` inches with its axes side by side; or the caller's."""
    if ax is not None:
        axes: list[Axes] = np.ravel(np.asarray(ax)).tolist()
        if len(axes) != count:
            raise ValueError(f"{title}: {count} axes are drawn, and ax holds {len(axes)}")
        figure: Any = axes[0].figure
        return figure, axes
    figure = _figures.Figure(figsize=size, layout="constrained")
    figure.suptitle(title)
    panels = figure.subplots(1, count, width_ratios=width_ratios, squeeze=False)
    return figure, panels.ravel().tolist()


def _one_panel(ax: "Axes | None", title: str, size: tuple[float, float]) -> tuple["Figure", "Axes"]:
    figure, (axes,) = _panels(None if ax is None else [ax], 1, title, size)
    if ax is not None:
        axes.set_title(title)
    return figure, axes


def _line(name: str, intercept: float, slope: float) -> str:
    sign = "+" if slope >= 0 else "−"
    return f"{name}: y = {intercept:.2f} {sign} {abs(slope):.2f} x"


def _scale(axes: "Axes", curves: Sequence[Sequence[float]]) -> None:
    """Draw from zero upwards, or logarithmic where every curve falls to a small share of its
    height."""
    known = [np.asarray(curve, dtype=float) for curve in curves]
    known = [curve[np.isfinite(curve)] for curve in known]
    known = [curve for curve in known if len(curve)]
    if not known or not all(0 < curve.min() * _STEEP < curve.max() for curve in known):
        axes.set_ylim(bottom=0)
        return
    axes.set_yscale("log")
    low, high = min(curve.min() for curve in known), max(curve.max() for curve in known)
    detailed = np.log10(high / low) < _MOST_DECADES_IN_DETAIL
    axes.yaxis.set_major_locator(_ticker.LogLocator(subs=(1.0, 2.0, 5.0) if detailed else (1.0,)))
    axes.yaxis.set_major_formatter(_ticker.StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(_ticker.NullFormatter())


def _limit(axes: "Axes", low: np.ndarray, high: np.ndarray) -> None:
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])


def _cycle(colours: Sequence[str]) -> Any:
    while True:
        yield from colours
