"""One run: every task by every peer, side by side.

All peers of a task are started, each in a process of its own, and their values compared; then
they work in turn (A B C A B C ...), so that whatever else the machine does meets all alike. Only
ratios within a round are compared. A round's sample during which other processes took more than
`BUSY` of a processor is taken again, a few times.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environments import PEERS, Environment
from benchmarks.process import Worker, WorkerError, clean_environment
from benchmarks.tasks import TASKS, Task

BUSY = 0.15
RETRIES = 2
# Compiles are repeated until the cold ones took so many seconds.
COMPILE_SECONDS = 6.0


@dataclass
class Measurement:
    """A peer at a task: seconds and megabytes. `times` has one entry for each round, `disturbed`
    counts those that others disturbed to the end."""

    task: str
    peer: str
    threads: int
    version: str = ""
    problem: str = ""
    importing: float = 0.0
    cold: list[float] = field(default_factory=list)
    cached: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    disturbed: int = 0
    memory: float = 0.0
    peak: float = 0.0


@dataclass
class Options:
    rounds: int = 9
    seconds: float = 0.3


class Bench:
    """The measurements of one run."""

    def __init__(self, environments: Sequence[Environment], options: Options) -> None:
        self.environments = environments
        self.options = options

    def measure(
        self, task: Task, threads: int, cpus: Sequence[int], compiles: int
    ) -> list[Measurement]:
        """All peers at a task; compiled so often, cold and from the cache (0: once, cold)."""
        with tempfile.TemporaryDirectory(prefix="symgraph-benchmark-") as folder:
            reference = self._reference(task, cpus, folder)
            workers: dict[str, Worker] = {}
            found = []
            try:
                for environment in self.environments:
                    one = Measurement(task.name, environment.peer.name, threads)
                    found.append(one)
                    self._start(environment, task, cpus, folder, one, reference, workers)
                self._alternate(workers, found)
                for one in found:
                    if one.peer in workers:
                        one.peak = workers[one.peer].peak()
            finally:
                for worker in workers.values():
                    worker.close()
            if compiles:
                self._compile_again(task, cpus, folder, found, compiles)
        return found

    def _reference(self, task: Task, cpus: Sequence[int], folder: str) -> list[np.ndarray]:
        """NumPy's values."""
        worker = self._worker(Environment(PEERS["numpy"], sys.executable), task, 1, cpus, folder)
        worker.close()
        return values_in(Path(folder) / "numpy")

    def _worker(
        self, environment: Environment, task: Task, threads: int, cpus: Sequence[int], folder: str
    ) -> Worker:
        own = Path(folder) / environment.peer.name
        own.mkdir(exist_ok=True)
        return Worker(environment, task.name, threads, cpus, str(own))

    def _start(
        self,
        environment: Environment,
        task: Task,
        cpus: Sequence[int],
        folder: str,
        one: Measurement,
        reference: list[np.ndarray],
        workers: dict[str, Worker],
    ) -> None:
        if environment.problem:
            one.problem = environment.problem
            return
        try:
            worker = self._worker(environment, task, one.threads, cpus, folder)
        except WorkerError as error:
            one.problem = str(error)
            return
        facts = worker.facts
        one.version, one.importing = facts["version"], facts["import"]
        one.memory = facts["rss"]
        one.cold.append(facts["compile"])
        one.problem = difference(reference, values_in(Path(folder) / environment.peer.name), task)
        if one.problem:
            worker.close()
        else:
            workers[one.peer] = worker

    def _alternate(self, workers: dict[str, Worker], found: Sequence[Measurement]) -> None:
        for _ in range(self.options.rounds):
            for one in found:
                if one.peer in workers:
                    self._sample(workers[one.peer], one)

    def _sample(self, worker: Worker, one: Measurement) -> None:
        samples = []
        for _ in range(1 + RETRIES):
            sample = worker.time(self.options.seconds)
            samples.append(sample)
            if sample["busy"] < BUSY:
                break
            time.sleep(0.1)
        one.disturbed += sample["busy"] >= BUSY
        one.times.append(min(samples, key=lambda s: s["busy"])["time"])

    def _compile_again(
        self,
        task: Task,
        cpus: Sequence[int],
        folder: str,
        found: Sequence[Measurement],
        compiles: int,
    ) -> None:
        """From the cache, and cold again, in processes of their own."""
        by_name = {environment.peer.name: environment for environment in self.environments}
        for turn in range(compiles):
            for one in found:
                environment = by_name[one.peer]
                if one.problem or not environment.peer.compiles:
                    continue
                if turn == 0 or sum(one.cold) < COMPILE_SECONDS:
                    one.cached.append(self._compile(environment, task, one, cpus, folder))
                if len(one.cold) < compiles and sum(one.cold) < COMPILE_SECONDS:
                    with tempfile.TemporaryDirectory() as empty:
                        one.cold.append(self._compile(environment, task, one, cpus, empty))

    def _compile(
        self,
        environment: Environment,
        task: Task,
        one: Measurement,
        cpus: Sequence[int],
        folder: str,
    ) -> float:
        worker = self._worker(environment, task, one.threads, cpus, folder)
        worker.close()
        return float(worker.facts["compile"])


def values_in(folder: Path) -> list[np.ndarray]:
    with np.load(folder / "values.npz") as kept:
        return [kept[name] for name in kept.files]


def difference(expected: list[np.ndarray], values: list[np.ndarray], task: Task) -> str:
    """What is wrong with a peer's values; nothing if they are as expected."""
    if [v.shape for v in values] != [e.shape for e in expected]:
        return f"other shapes than NumPy: {[v.shape for v in values]}"
    for value, right in zip(values, expected, strict=True):
        if value.dtype != right.dtype:
            return f"computes in {value.dtype}, not {right.dtype}"
        if task.random:
            value, right = _statistics(value), _statistics(right)
        size = np.abs(right).max() or 1.0
        error = np.abs(value - right).max() / size
        if not error <= task.tolerance:
            what = "statistics" if task.random else "values"
            return f"other {what} than NumPy: differs by {error:.1e} of the largest"
    return ""


def _statistics(value: np.ndarray) -> np.ndarray:
    """Mean and root mean square, which draws of other numbers have too."""
    return np.array([value.mean(), np.sqrt(np.mean(np.square(value)))])


def import_times(environments: Sequence[Environment], repeats: int = 5) -> dict[str, float]:
    """Seconds that importing a peer adds to the start of Python: the least of several."""
    known = [e for e in environments if not e.problem]
    codes = [(e.peer.name, [e.python, "-c", f"import {e.peer.imports}"]) for e in known]
    empty = [(e.python, [e.python, "-c", "pass"]) for e in known]
    least: dict[str, float] = {}
    # The first time Python may have to write its byte code.
    for turn in range(repeats + 1):
        for name, command in [*codes, *empty]:
            start = time.perf_counter()
            subprocess.run(command, env=clean_environment(), check=True, capture_output=True)
            if turn:
                least[name] = min(least.get(name, float("inf")), time.perf_counter() - start)
    return {e.peer.name: least[e.peer.name] - least[e.python] for e in known}


def limits(threads: int, cpus: Sequence[int], python: str = sys.executable) -> dict[str, Any]:
    """See `benchmarks.limits`."""
    traffic = sorted({str(int(task.traffic)) for task in TASKS.values() if task.traffic})
    command = [python, "-m", "benchmarks.limits", str(threads), ",".join(map(str, cpus)), *traffic]
    root = Path(__file__).parent.parent
    done = subprocess.run(
        command, env=clean_environment(), cwd=root, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def as_dicts(measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
    return [asdict(one) for one in measurements]
