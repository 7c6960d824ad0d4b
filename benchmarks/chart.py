"""The results as a picture: `python -m benchmarks --show results.json --chart speed.png`."""

import statistics
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from benchmarks.environments import PEERS
from benchmarks.report import SELF, Report, seconds
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
BAR = 0.8


def draw(results: dict[str, Any], path: Path) -> None:
    """A panel for each number of threads: how many times as long as symgraph the peers take."""
    report = Report(results)
    tasks = [t for t in report.tasks if SELF in report.working(t, report.threads[0])]
    peers = [p for p in report.peers if any(p in report.working(t, n) for t, n in _all(report))]
    height = 1.6 + len(tasks) * (0.16 * len(peers) + 0.25)
    size = (1.5 + 5.0 * len(report.threads), height)
    figure, grid = plt.subplots(1, len(report.threads), figsize=size, sharey=True, squeeze=False)
    for axes, threads in zip(grid[0], report.threads, strict=True):
        _panel(axes, report, tasks, peers, threads)
    first = grid[0][0]
    first.set_yticks(range(len(tasks)), [TASKS[task].title for task in tasks])
    first.invert_yaxis()
    handles = [plt.Rectangle((0, 0), 1, 1, color=COLOURS[peer]) for peer in peers]
    figure.legend(
        handles,
        [PEERS[peer].title for peer in peers],
        loc="upper center",
        ncols=len(peers),
        frameon=False,
    )
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.45 / height))
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _all(report: Report) -> list[tuple[str, int]]:
    return [(task, threads) for task in report.tasks for threads in report.threads]


def _panel(axes: Axes, report: Report, tasks: list[str], peers: list[str], threads: int) -> None:
    width = BAR / len(peers)
    longest = 1.0
    for row, task in enumerate(tasks):
        done = report.working(task, threads)
        if SELF not in done:
            continue
        own = statistics.median(done[SELF]["times"])
        for number, peer in enumerate(peers):
            if peer not in done:
                continue
            time = statistics.median(done[peer]["times"])
            longest = max(longest, time / own)
            place = row - BAR / 2 + (number + 0.5) * width
            axes.barh(place, time / own, width * 0.92, color=COLOURS[peer])
            label = seconds(time) if peer == SELF else f"{time / own:.1f}×"
            axes.annotate(
                label, (time / own, place), (3, 0), textcoords="offset points",
                va="center", fontsize=7, color="#333333",
            )  # fmt: skip
    axes.axvline(1, color=COLOURS[SELF], linewidth=0.8, zorder=0)
    axes.set_xscale("log")
    axes.set_xlim(0.1, longest * 2.2)
    axes.set_title(f"{threads} thread{'s' * (threads > 1)}", fontsize=10)
    axes.set_xlabel("time, symgraph = 1 (logarithmic; shorter is better)", fontsize=9)
    axes.tick_params(labelsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
