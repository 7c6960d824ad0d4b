"""A process in which one peer does one task, commanded by lines of JSON; run by its own Python.

    python worker.py PEER VARIANT TASK THREADS CPU,... FOLDER

After the start it prints {"import", "compile", "version", "rss"} (seconds; megabytes with only the
peer imported) and has written its values to FOLDER. For each line {"seconds": s} it works that long
and prints {"time", "busy"}: seconds for a step, and the share of a processor that other processes
took meanwhile. At the end of its input it prints {"peak"}, the most megabytes it had.
"""

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
# Steps, after which the values are compared.
STEPS = 3


def answer(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def others_seconds(cpus: list[int]) -> float:
    """Seconds that these processors have worked for other processes."""
    lines = Path("/proc/stat").read_text().splitlines()
    busy = 0
    for cpu in cpus:
        user, nice, system, _, _, irq, soft, steal = map(int, lines[1 + cpu].split()[1:9])
        busy += user + nice + system + irq + soft + steal
    own = os.times()
    return busy / TICKS - (own.user + own.system)


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(step: Callable[[], object], seconds: float, cpus: list[int]) -> None:
    """In chunks of some milliseconds: the least is what an undisturbed one takes."""
    clock = time.perf_counter
    start = clock()
    step()
    count = max(1, int(min(seconds / 20, 0.01) / max(clock() - start, 1e-7)))
    others, begin = others_seconds(cpus), clock()
    chunks: list[float] = []
    while (now := clock()) - begin < seconds or len(chunks) < 3:
        for _ in range(count):
            step()
        chunks.append((clock() - now) / count)
        if chunks[-1] * count < 0.001:
            # The first step was no ordinary one.
            count *= 4
            chunks.clear()
    elapsed = clock() - begin
    busy = (others_seconds(cpus) - others) / elapsed
    answer(time=min(chunks), busy=busy)


def main(name: str, variant: str, task_name: str, threads: str, cpus: str, folder: str) -> None:
    # Whatever lies beside this file must not shadow modules; and what is installed goes first.
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).parent]
    sys.path.append(str(ROOT))
    used = [int(cpu) for cpu in cpus.split(",")]
    os.sched_setaffinity(0, used)
    peer = import_module(f"benchmarks.peers.{name}_peer")
    numpy = import_module("numpy")
    task = import_module("benchmarks.tasks").TASKS[task_name]
    peer.prepare(variant, int(threads), folder)
    clock = time.perf_counter
    start = clock()
    version = peer.load()
    imported = clock() - start
    rss = megabytes()
    data = task.data()
    start = clock()
    run = peer.build(task.kind, data)
    result = run.step()
    compiled = clock() - start
    for _ in range(STEPS - 1):
        result = run.step()
    values = [numpy.asarray(value) for value in run.values(result)]
    numpy.savez(Path(folder) / "values.npz", *values)
    gc.freeze()
    answer(**{"import": imported, "compile": compiled, "version": version, "rss": rss})
    for line in sys.stdin:
        measure(run.step, json.loads(line)["seconds"], used)
    answer(peak=megabytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
