"""`python -m benchmarks`: measure, print the tables, write results and chart."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.environments import PEERS, environments
from benchmarks.report import Report
from benchmarks.session import Bench, Options, as_dicts, import_times, limits
from benchmarks.tasks import TASKS


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    p.add_argument("tasks", nargs="*", metavar="TASK", help=f"of {', '.join(TASKS)} (all)")
    p.add_argument(
        "--peers",
        default=",".join(PEERS),
        help="names separated by commas (all: %(default)s); those not installed are left out",
    )
    p.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="PACKAGE=PYTHON",
        help="the Python that has a package, such as jax=/somewhere/bin/python",
    )
    p.add_argument(
        "--environments",
        metavar="FOLDER",
        help="of virtual environments peers-jax, peers-torch ...",
    )
    p.add_argument("--threads", default="1,2", help="numbers separated by commas (%(default)s)")
    p.add_argument("--rounds", type=int, default=9, help="samples of each peer (%(default)s)")
    p.add_argument("--seconds", type=float, default=0.3, help="of a sample (%(default)s)")
    p.add_argument(
        "--compiles",
        type=int,
        default=3,
        help="how often each task is compiled, cold and cached; 0: once, cold (%(default)s)",
    )
    p.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    p.add_argument("--chart", type=Path, metavar="FILE", help="draw them there")
    p.add_argument("--show", type=Path, metavar="FILE", help="measure nothing: show these results")
    return p


def processors(threads: int) -> list[int]:
    """The processors for so many threads: of those we may use the ones least busy just now."""

    def busy() -> dict[int, int]:
        lines = Path("/proc/stat").read_text().splitlines()[1:]
        fields = [line.split() for line in lines if line.startswith("cpu")]
        return {int(f[0][3:]): sum(map(int, f[1:4])) for f in fields}

    before = busy()
    time.sleep(0.3)
    after = busy()
    allowed = sorted(os.sched_getaffinity(0), key=lambda cpu: after[cpu] - before[cpu])
    return sorted(allowed[:threads])


def measure(options: argparse.Namespace) -> dict[str, Any]:
    unknown = [t for t in options.tasks if t not in TASKS]
    unknown += [p for p in options.peers.split(",") if p not in PEERS]
    if unknown:
        raise SystemExit(f"there is no task or peer {unknown[0]!r}")
    given = dict(entry.split("=", 1) for entry in options.peer)
    places = environments(options.peers.split(","), given, options.environments)
    for place in places:
        print(f"{place.peer.title}: {place.problem or place.python}", file=sys.stderr)
    bench = Bench(places, Options(options.rounds, options.seconds))
    results: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "imports": import_times(places),
        "limits": {},
        "measurements": [],
    }
    for threads in map(int, options.threads.split(",")):
        cpus = processors(threads)
        if len(cpus) < threads:
            print(f"{threads} threads: there are {len(cpus)} processors", file=sys.stderr)
            continue
        results["limits"][str(threads)] = limits(threads, cpus)
        for name in options.tasks or TASKS:
            print(f"{name}, {threads} thread{'s' * (threads > 1)}", file=sys.stderr)
            # How long compiling takes is told for the first number of threads only.
            compiles = options.compiles if len(results["limits"]) == 1 else 0
            found = bench.measure(TASKS[name], threads, cpus, compiles)
            results["measurements"] += as_dicts(found)
            if options.json:
                options.json.write_text(json.dumps(results, indent=1))
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    results = json.loads(options.show.read_text()) if options.show else measure(options)
    if results["measurements"]:
        print(Report(results).text())
        if options.chart:
            from benchmarks.chart import draw

            draw(results, options.chart)
    return 0


if __name__ == "__main__":
    sys.exit(main())
