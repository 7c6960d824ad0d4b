"""The OpenCL back end beside LLVM, and on a GPU beside PyTorch and JAX.

    python -m benchmarks.opencl                         # the best device
    python -m benchmarks.opencl mlp20 mlp256 --device opencl:gpu --environments ~/peers

For each task: processor time of a step here and by LLVM, in turn, the least of several; launches of
a step, and what the calling thread takes for each, in microseconds; transfers and bytes of a step;
the time to follow a program, which makes its list of launches; and that of a new process with warm
caches from the first expression to the first result (processor time, milliseconds). On a GPU times
are of a clock, and PyTorch and JAX take part where their Pythons are (see README.md); the shares
are of the memory's bandwidth and of the float32 operations that the device reaches in this run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from symgraph.backends.opencl.devices import find_device

import symgraph as sg
from benchmarks.environments import GPU_PEERS, environments
from benchmarks.opencl_limits import limits
from benchmarks.peers import symgraph_peer
from benchmarks.process import Worker, WorkerError, clean_environment
from benchmarks.report import seconds, table
from benchmarks.tasks import TASKS, Run

NAMES = ("elem_fwd", "sum_all", "product", "mlp20", "mlp256", "lenet500", "char_rnn")
# Seconds that a sample takes, at least.
SAMPLE = 0.05


@dataclass
class Row:
    """A task: seconds of a step and of what the host does, counts of a step. `others` are the
    seconds of other peers, or why there are none."""

    task: str
    step: float = float("inf")
    llvm: float = float("inf")
    launches: int = 0
    host: float = 0.0
    follow: float = 0.0
    start: float = 0.0
    transfers: int = 0
    moved: int = 0
    others: dict[str, float | str] = field(default_factory=dict)


def built(task: str, device: str) -> Run:
    """Return our step of a task on a device; its first call is done."""
    symgraph_peer.load()
    with sg.config.change_flags(device=device, floatX="float32"):
        run = symgraph_peer.build(TASKS[task].kind, TASKS[task].data())
        run.step()
    return run


def least(work: Callable[[], Any], clock: Callable[[], float], turns: int = 1) -> float:
    """Return the time of one turn of some work, of a sample."""
    while True:
        begin = clock()
        for _ in range(turns):
            work()
        passed = clock() - begin
        if passed >= SAMPLE:
            return passed / turns
        turns *= max(2, min(100, int(SAMPLE / max(passed, 1e-6))))


def measured(task: str, device: str, rounds: int) -> Row:
    """Return a task's row, without what other processes measure."""
    row, on_cpu = Row(task), find_device(device).facts.is_cpu
    clock = time.process_time if on_cpu else time.perf_counter
    ours, llvm = built(task, device), built(task, "cpu")
    ours.step()
    for _ in range(rounds):
        row.step = min(row.step, least(ours.step, clock))
        row.llvm = min(row.llvm, least(llvm.step, clock))
    count(row, ours)
    return row


def count(row: Row, run: Run) -> None:
    """Add what a step launches and moves, and what the host takes for it."""
    executable = run.function.executable
    transfers = executable.stream.memory.transfers
    before = transfers.sent, transfers.received, transfers.bytes_sent, transfers.bytes_received
    run.step()
    row.transfers = transfers.sent + transfers.received - sum(before[:2])
    row.moved = transfers.bytes_sent + transfers.bytes_received - sum(before[2:])
    row.launches = executable.launches
    repeated = min(least(run.step, time.thread_time) for _ in range(3))
    row.host = repeated / max(row.launches, 1)
    times = []
    for _ in range(3):
        executable.forget()
        begin = time.thread_time()
        run.step()
        times.append(time.thread_time() - begin)
    row.follow = max(min(times) - repeated, 0.0)


def warm_start(task: str, device: str, tries: int) -> float:
    """Return the processor time from the first expression to the first result in a new process,
    the least of several behind one that filled the caches."""
    command = [sys.executable, "-m", "benchmarks.opencl", task, "--device", device, "--start"]
    times = []
    for _ in range(tries + 1):
        done = subprocess.run(
            command, env=clean_environment(), check=True, capture_output=True, text=True
        )
        times.append(float(json.loads(done.stdout)["start"]))
    return min(times[1:])


def start(task: str, device: str) -> float:
    """Return the processor time of a task's begin in this process."""
    symgraph_peer.load()
    data, begin = TASKS[task].data(), time.process_time()
    with sg.config.change_flags(device=device, floatX="float32"):
        symgraph_peer.build(TASKS[task].kind, data).step()
    return time.process_time() - begin


def other_peers(row: Row, rounds: int, folder: str | None) -> None:
    """Add the times of the peers that work on a GPU."""
    for environment in environments(list(GPU_PEERS), {}, folder):
        name = environment.peer.title
        if environment.problem:
            row.others[name] = environment.problem
            continue
        with tempfile.TemporaryDirectory(prefix="symgraph-benchmark-") as cache:
            try:
                worker = Worker(environment, row.task, 1, [0], cache)
            except WorkerError as error:
                row.others[name] = str(error)
                continue
            try:
                row.others[name] = min(worker.time(0.3)["time"] for _ in range(rounds))
            except WorkerError as error:
                row.others[name] = str(error)
            finally:
                worker.close()


HEAD = (
    "task", "OpenCL", "LLVM", "ratio", "launches", "host/launch",
    "transfers", "bytes", "follow", "start", "of the limit",
)  # fmt: skip


def text(rows: Sequence[Row], able: dict[str, float]) -> str:
    """Return the table; other peers in columns of their own."""
    peers = list(dict.fromkeys(name for row in rows for name in row.others))
    lines: list[Sequence[str]] = [[*HEAD, *peers]]
    for row in rows:
        others = [row.others.get(name, "") for name in peers]
        lines.append(
            [
                row.task, seconds(row.step), seconds(row.llvm), f"{row.step / row.llvm:.2f}",
                str(row.launches), seconds(row.host), str(row.transfers), str(row.moved),
                seconds(row.follow), seconds(row.start) if row.start else "-", share(row, able),
                *(x if isinstance(x, str) else seconds(x) for x in others),
            ]
        )  # fmt: skip
    return table(lines)


def share(row: Row, able: dict[str, float]) -> str:
    """Return which part of the float32 operations, or else of the bandwidth, a step reaches."""
    task = TASKS[row.task]
    parts = {"flops": task.flops / able["flops"], "bandwidth": task.traffic / able["bandwidth"]}
    name = max(parts, key=lambda part: parts[part])
    return f"{parts[name] / row.step:.0%} {name}" if parts[name] else "-"


def main(arguments: Sequence[str] | None = None) -> int:
    p = argparse.ArgumentParser(prog="python -m benchmarks.opencl", description=__doc__)
    p.add_argument("tasks", nargs="*", metavar="TASK", help=f"(default: {', '.join(NAMES)})")
    p.add_argument("--device", default="opencl", help="as of the setting (%(default)s)")
    p.add_argument("--rounds", type=int, default=5, help="samples of each (%(default)s)")
    p.add_argument("--starts", type=int, default=2, help="new processes; 0: none (%(default)s)")
    p.add_argument("--environments", metavar="FOLDER", help="of other peers, see README.md")
    p.add_argument("--start", action="store_true", help=argparse.SUPPRESS)
    options = p.parse_args(arguments)
    if options.start:
        print(json.dumps({"start": start(options.tasks[0], options.device)}))
        return 0
    facts, able = find_device(options.device).facts, limits(options.device)
    print(f"{facts.name} ({facts.driver}), {facts.units} units", end=": ")
    print(f"{able['flops'] / 1e9:.0f} GFLOP/s, {able['bandwidth'] / 1e9:.1f} GB/s")
    rows = []
    for task in options.tasks or NAMES:
        print(task, file=sys.stderr, flush=True)
        row = measured(task, options.device, options.rounds)
        if options.starts:
            row.start = warm_start(task, options.device, options.starts)
        if not facts.is_cpu:
            other_peers(row, options.rounds, options.environments)
        rows.append(row)
    print(text(rows, able))
    return 0


if __name__ == "__main__":
    sys.exit(main())
