"""The results as a picture: `python -m benchmarks --show results.json --chart speed.png`."""

import statistics
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from benchmarks.environments import PEERS
from benchmarks.report import SELF, Report, ratio, seconds
from benchmarks.tasks import TASKS

COLOURS = {
    "symgraph": "#c4402f",
    "jax": "#2f6fa8",
    "torch": "#e39a3b",
    "torch-compile": "#b8762a",
    "pytensor": "#6a9a5b",
    "pytensor-c": "#3f6b3a",
    "numpy": "#9a9a9a",
}
# Points of peers as fast as each other lie beside each other.
SPREAD = 0.5
TICKS = (0.1, 0.3, 1, 3, 10, 30, 100)


def draw(results: dict[str, Any], path: Path) -> None:
    """A panel for each number of threads: how many times as long as symgraph the peers take."""
    report = Report(results)
    tasks = [t for t in report.tasks if SELF in report.working(t, report.threads[0])]
    peers = [p for p in report.peers if any(p in report.working(t, n) for t, n in _all(report))]
    height = 1.5 + 0.42 * len(tasks)
    size = (3.2 + 3.6 * len(report.threads), height)
    figure, grid = plt.subplots(1, len(report.threads), figsize=size, sharey=True, squeeze=False)
    for axes, threads in zip(grid[0], report.threads, strict=True):
        _panel(axes, report, tasks, peers, threads)
    first = grid[0][0]
    first.set_yticks(range(len(tasks)), [TASKS[task].title for task in tasks])
    first.set_ylim(len(tasks) - 0.5, -0.5)
    handles = [plt.Line2D([], [], marker="o", ls="", color=COLOURS[p], ms=7) for p in peers]
    names = [PEERS[peer].title for peer in peers]
    figure.legend(handles, names, loc="upper center", ncols=len(peers), frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.35 / height))
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _all(report: Report) -> list[tuple[str, int]]:
    return [(task, threads) for task in report.tasks for threads in report.threads]


def _panel(axes: Axes, report: Report, tasks: list[str], peers: list[str], threads: int) -> None:
    others = [peer for peer in peers if peer != SELF]
    ratios = [1.0]
    for row, task in enumerate(tasks):
        done = report.working(task, threads)
        axes.axhline(row, color="#e4e4e4", linewidth=0.7, zorder=0)
        if SELF not in done:
            continue
        for number, peer in enumerate(others):
            if peer not in done:
                continue
            found = ratio(done[peer], done[SELF])
            ratios.append(found.median)
            place = row + SPREAD * ((number + 0.5) / len(others) - 0.5)
            axes.plot([found.low, found.high], [place] * 2, color=COLOURS[peer], linewidth=1.2)
            axes.plot(found.median, place, "o", color=COLOURS[peer], markersize=5.5)
        axes.plot(1, row, "o", color=COLOURS[SELF], markersize=7, zorder=3)
        own = seconds(statistics.median(done[SELF]["times"]))
        axes.annotate(
            own, (1.01, row), xycoords=axes.get_yaxis_transform(),
            va="center", fontsize=8, color=COLOURS[SELF],
        )  # fmt: skip
    axes.axvline(1, color=COLOURS[SELF], linewidth=0.9, zorder=1)
    axes.set_xscale("log")
    axes.set_xlim(min(0.3, min(ratios) / 1.3), max(ratios) * 1.5)
    low, high = axes.get_xlim()
    axes.set_xticks([t for t in TICKS if low <= t <= high], minor=False)
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}×")
    axes.set_title(f"{threads} thread{'s' * (threads > 1)}", fontsize=10)
    axes.set_xlabel("time a step, symgraph = 1", fontsize=9)
    axes.tick_params(labelsize=9, length=0, axis="y")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
