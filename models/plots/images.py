"""Pictures, weights and maps as images."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .canvas import BLUE, RED, one_panel, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


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
    figure, axes = one_panel(ax, title, size)
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
    figure, (left, right) = panels(ax, 2, title, (7.0, 3.4), (1, 1.4))
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
    figure, axes = panels(ax, len(ratios), title, (2.6 * len(images) + 0.8, 2.6), ratios)
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
    figure, axes = panels(ax, 1 + len(layers), title, (3.2 * (1 + len(layers)), 3.6))
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
