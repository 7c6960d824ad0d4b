"""Points, and the lines that models draw through or between them."""

from typing import TYPE_CHECKING

import numpy as np

from .canvas import BLUE, GRAY, GREEN, RED, one_panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


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
    figure, axes = one_panel(ax, title, (6.4, 4.4))
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
    figure, axes = one_panel(ax, title, (6.0, 5.0))
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


def _line(name: str, intercept: float, slope: float) -> str:
    sign = "+" if slope >= 0 else "−"
    return f"{name}: y = {intercept:.2f} {sign} {abs(slope):.2f} x"


def _limit(axes: "Axes", low: np.ndarray, high: np.ndarray) -> None:
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
