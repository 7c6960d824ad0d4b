"""The results as tables of text."""

import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

from benchmarks.environments import PEERS
from benchmarks.tasks import TASKS

SELF = "symgraph"
Result = dict[str, Any]


class Ratio(NamedTuple):
    """How many times as long as symgraph a peer takes: the median of the rounds, and quartiles."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def ratio(peer: Result, own: Result) -> Ratio:
    rounds = [a / b for a, b in zip(peer["times"], own["times"], strict=True)]
    low, median, high = statistics.quantiles(rounds, n=4) if len(rounds) > 1 else [rounds[0]] * 3
    return Ratio(median, low, high)


def seconds(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def limit_share(task: str, time: float, limits: Result) -> float | None:
    """Which part of its time the machine would need at its best; None where that is not defined."""
    work = TASKS[task]
    needed = work.flops / limits["flops"]
    if work.traffic:
        needed = max(needed, work.traffic / limits["bandwidth"][str(int(work.traffic))])
    return needed / time if needed else None


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as needed, the first to the left; a line under the first row."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(lines)


class Report:
    """Of the results as they are written to the file."""

    def __init__(self, results: Result) -> None:
        self.results = results
        self.of: dict[tuple[str, int, str], Result] = {
            (one["task"], one["threads"], one["peer"]): one for one in results["measurements"]
        }
        self.tasks = list(dict.fromkeys(one["task"] for one in results["measurements"]))
        self.peers = list(dict.fromkeys(one["peer"] for one in results["measurements"]))
        self.threads = list(dict.fromkeys(one["threads"] for one in results["measurements"]))

    def working(self, task: str, threads: int) -> dict[str, Result]:
        """The peers that did a task."""
        rows = {peer: self.of.get((task, threads, peer)) for peer in self.peers}
        return {peer: one for peer, one in rows.items() if one and one["times"]}

    def best(self, task: str, threads: int) -> tuple[str, Ratio] | None:
        """The fastest peer but symgraph, and how many times as long it takes."""
        done = self.working(task, threads)
        if SELF not in done or len(done) < 2:
            return None
        others = {p: ratio(one, done[SELF]) for p, one in done.items() if p != SELF}
        name = min(others, key=lambda peer: others[peer].median)
        return name, others[name]

    def text(self) -> str:
        parts = [self._speed(threads) for threads in self.threads]
        parts += [self._compiling(), self._memory(), self._imports(), self._problems()]
        return "\n\n".join(filter(None, parts))

    def _speed(self, threads: int) -> str:
        limits = self.results["limits"][str(threads)]
        rows = [
            [
                f"time of a step, {threads} thread{'s' * (threads > 1)}",
                *(PEERS[peer].title for peer in self.peers),
                "best peer / symgraph",
                "of the limit",
            ]
        ]
        for task in self.tasks:
            done = self.working(task, threads)
            if not done:
                continue
            cells = [
                seconds(statistics.median(done[peer]["times"])) if peer in done else "–"
                for peer in self.peers
            ]
            best = self.best(task, threads)
            share = None
            if SELF in done:
                share = limit_share(task, statistics.median(done[SELF]["times"]), limits)
            rows.append(
                [
                    TASKS[task].title,
                    *cells,
                    str(best[1]) if best else "–",
                    f"{share:.0%}" if share else "–",
                ]
            )
        peak = f"peak {limits['flops'] / 1e9:.0f} GFLOP/s"
        return f"{table(rows)}\n({peak}; ratios are medians and quartiles of the rounds)"

    def _compiling(self) -> str:
        compiled = [peer for peer in self.peers if PEERS[peer].compiles]
        titles = [PEERS[peer].title for peer in compiled]
        rows = [["compile: with import, cold | cold | cached", *titles]]
        for task in self.tasks:
            done = self.working(task, self.threads[0])
            cells = []
            for peer in compiled:
                one = done.get(peer)
                if one is None:
                    cells.append("–")
                    continue
                cold = min(one["cold"])
                cached = seconds(min(one["cached"])) if one["cached"] else "–"
                whole = seconds(self.results["imports"].get(peer, 0.0) + cold)
                cells.append(f"{whole} | {seconds(cold)} | {cached}")
            rows.append([TASKS[task].title, *cells])
        return table(rows)

    def _memory(self) -> str:
        rows = [["memory, MB: at the most (when imported)", *(PEERS[p].title for p in self.peers)]]
        for task in self.tasks:
            done = self.working(task, self.threads[0])
            cells = [
                f"{done[p]['peak']:.0f} ({done[p]['memory']:.0f})" if p in done else "–"
                for p in self.peers
            ]
            rows.append([TASKS[task].title, *cells])
        return table(rows)

    def _imports(self) -> str:
        known = self.results["imports"]
        rows = [["import", *(PEERS[peer].title for peer in known)]]
        rows.append(["seconds added to Python's start", *(f"{v:.3f}" for v in known.values())])
        return table(rows) if known else ""

    def _problems(self) -> str:
        lines = {
            f"{PEERS[one['peer']].title}: {one['problem']}"
            + ("" if "not installed" in one["problem"] else f" ({one['task']})")
            for one in self.results["measurements"]
            if one["problem"]
        }
        disturbed = sum(one["disturbed"] for one in self.results["measurements"])
        rounds = sum(len(one["times"]) for one in self.results["measurements"])
        notes = [f"left out: {line}" for line in sorted(lines)]
        if disturbed:
            notes.append(f"{disturbed} of {rounds} samples were disturbed by other processes")
        return "\n".join(notes)
