"""Figures and axes to draw on, their colours, and the files they are written to."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symgraph.graph.lazy_import import LazyModule

from ..files import make_folder, replace

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from . import notebook_figure as _notebook_figure
else:
    _notebook_figure = LazyModule("symgraph.models.plots.notebook_figure")

DPI = 120
# Colour-blind safe (Okabe and Ito).
BLUE, ORANGE, GREEN, RED, GRAY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#666666"


def save(figure: "Figure", path: str | Path) -> Path:
    """Write `figure` as a PNG file, whole or not at all; missing folders are made.

    Raises `DataError` when it cannot be written.

    >>> import tempfile
    >>> from symgraph.models.plots import curve
    >>> figure = curve([1.0, 0.5], title="A run", label="cost")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(figure, Path(folder) / "run.png").name
    'run.png'
    """
    path = Path(path)
    make_folder(path.parent)
    replace(path, lambda stream: figure.savefig(stream, dpi=DPI, format="png"))
    return path


def panels(
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
    figure = _notebook_figure.NotebookFigure(figsize=size, layout="constrained")
    figure.suptitle(title)
    made = figure.subplots(1, count, width_ratios=width_ratios, squeeze=False)
    return figure, made.ravel().tolist()


def one_panel(ax: "Axes | None", title: str, size: tuple[float, float]) -> tuple["Figure", "Axes"]:
    figure, (axes,) = panels(None if ax is None else [ax], 1, title, size)
    if ax is not None:
        axes.set_title(title)
    return figure, axes
