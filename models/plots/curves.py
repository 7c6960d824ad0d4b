"""Curves against the epoch."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from symgraph.graph.lazy_import import LazyModule

from .canvas import BLUE, GRAY, GREEN, ORANGE, RED, one_panel, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ticker = LazyModule("matplotlib.ticker")

# Curves that fall to less than a 50th are drawn on a logarithmic axis.
_STEEP = 50.0
_MOST_DECADES_IN_DETAIL = 3
_SERIES = (BLUE, RED, GREEN, ORANGE)


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
    figure, (left, right) = panels(ax, 2, title, (9.0, 4.0))
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
    figure, axes = one_panel(ax, title, (6.0, 4.0))
    marker = "o" if len(values) <= 40 else None
    axes.plot(np.arange(1, len(values) + 1), values, color=BLUE, marker=marker, markersize=3)
    axes.set(xlabel="epoch", ylabel=label)
    axes.grid(alpha=0.3)
    axes.xaxis.set_major_locator(_ticker.MaxNLocator(integer=True, min_n_ticks=1))
    return figure


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


def _cycle(colours: Sequence[str]) -> Any:
    while True:
        yield from colours
