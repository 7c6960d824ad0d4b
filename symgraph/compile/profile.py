"""Profiles: how often a function ran, and where its time went."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from symgraph.compile.backends import (
    Executable,
    ResidentExecutable,
    TimedExecutable,
    Transfers,
)
from symgraph.graph import Apply

# The largest number of names shown for operations that run as one.
MOST_NAMES = 6


@dataclass
class Profile:
    """The profile of one function: seconds to compile, calls, seconds in them, and `of_nodes`, the
    seconds of each part that runs as one, by the nodes that it computes; see `summary`."""

    title: str
    compile_seconds: float = 0.0
    calls: int = 0
    seconds: float = 0.0
    of_nodes: dict[tuple[Apply, ...], float] = field(default_factory=dict)
    fallbacks: list[Apply] = field(default_factory=list)
    # What calls moved between host and device, where they run on one.
    transfers: Transfers | None = None

    def run(self, executable: Executable, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Call the executable and add up the time."""
        timed = executable if isinstance(executable, TimedExecutable) else None
        resident = executable if isinstance(executable, ResidentExecutable) else None
        before = None if resident is None else resident.transfers
        start = perf_counter()
        results = executable(arrays) if timed is None else timed.timed(arrays, self.of_nodes)
        self.seconds += perf_counter() - start
        self.calls += 1
        if resident is not None and before is not None:
            moved = resident.transfers.since(before)
            self.transfers = moved if self.transfers is None else self.transfers.plus(*moved)
        return results

    def __str__(self) -> str:
        return self.summary()

    def summary(self, lines: int = 20) -> str:
        """Return a table: the whole, the operations that took most time, and those run by NumPy."""
        each = f", {self.seconds / self.calls:.3g} s each" if self.calls else ""
        calls = f"{self.calls} call{'s' * (self.calls != 1)}"
        text = [
            f"profile of {self.title}",
            f"  compiled in {self.compile_seconds:.3g} s",
            f"  {calls} in {self.seconds:.3g} s{each}",
        ]
        if self.transfers is not None:
            sent, received, bytes_sent, bytes_received = self.transfers
            text.append(
                f"  sent {sent} array{'s' * (sent != 1)} to the device, {bytes_sent:,} bytes;"
                f" received {received}, {bytes_received:,} bytes"
            )
        total = sum(self.of_nodes.values())
        slowest = sorted(self.of_nodes.items(), key=lambda entry: -entry[1])
        for nodes, seconds in slowest[:lines]:
            text.append(f"  {seconds:8.3g} s {seconds / total:4.0%}  {_named(nodes)}")
        if len(slowest) > lines:
            text.append(f"  and {len(slowest) - lines} operations that took less")
        if self.fallbacks:
            text.append("  without native code, run by NumPy:")
            text += [f"    {node}, made at {node.location}" for node in self.fallbacks]
        return "\n".join(text)


def _named(nodes: Sequence[Apply]) -> str:
    """Return the names of operations that run as one, and where the last of them was created."""
    if not nodes:
        return "results that are copies"
    shown = [str(node.op) for node in nodes[:MOST_NAMES]]
    more = len(nodes) - len(shown)
    names = ", ".join(shown) + (f" and {more} more" if more else "")
    return f"{names if len(nodes) > 1 else nodes[0]}, made at {nodes[-1].location}"
