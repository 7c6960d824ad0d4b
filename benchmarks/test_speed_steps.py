"""The steps of the tasks, on one thread."""

import pytest

from benchmarks.peers import symgraph_peer
from benchmarks.tasks import TASKS

symgraph_peer.load()
LARGE = [name for name in TASKS if name not in ("smallcall", "call5x3")]


@pytest.mark.parametrize("task", LARGE)
def test_a_step(benchmark, task):
    work = TASKS[task]
    with symgraph_peer.sg.config.change_flags(floatX="float32", threads=1):
        run = symgraph_peer.build(work.kind, work.data())
        benchmark(run.step)
