"""What a call costs beside the work."""

import numpy as np
import pytest

from benchmarks.peers import symgraph_peer
from benchmarks.tasks import TASKS

symgraph_peer.load()


@pytest.fixture(autouse=True)
def single():
    with symgraph_peer.sg.config.change_flags(floatX="float32", threads=1):
        yield


@pytest.mark.parametrize("task", ["smallcall", "call5x3"])
def test_a_call(benchmark, task):
    work = TASKS[task]
    run = symgraph_peer.build(work.kind, work.data())
    benchmark(run.step)


def test_setting_and_getting_a_shared_variable(benchmark):
    s = symgraph_peer.sg.shared(np.zeros((100, 100), np.float32))
    value = np.ones((100, 100), np.float32)
    benchmark(lambda: (s.set_value(value), s.get_value()))
