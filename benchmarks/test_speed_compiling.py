"""How long functions take to compile: by LLVM, and from the cache on disk."""

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.peers import symgraph_peer
from benchmarks.tasks import TASKS

symgraph_peer.load()
sg, T = symgraph_peer.sg, symgraph_peer.T


@pytest.fixture(params=["cold", "cached"])
def flags(request, tmp_path):
    kept = {"cache": str(request.param == "cached"), "compiledir": str(tmp_path)}
    with sg.config.change_flags(floatX="float32", **kept):
        yield


@pytest.mark.parametrize("task", ["smallcall", "elem_sumgrad", "logreg600", "mlp20"])
def test_a_task(benchmark, flags, task):
    work = TASKS[task]
    data = work.data()
    benchmark.pedantic(lambda: symgraph_peer.build(work.kind, data), rounds=5, warmup_rounds=1)


def varied(nodes):
    """Several chains of varied operations on matrices; no two nodes are equal."""
    random = np.random.RandomState(0)
    functions = [T.tanh, T.sin, T.exp, T.cos, T.log1p, T.sqr, T.nnet.sigmoid]
    inputs = [T.dmatrix(f"x{number}") for number in range(4)]
    chains = list(inputs)
    for number in range(nodes // 3):
        at = number % 4
        if number % 3:
            function = functions[random.randint(len(functions))]
            chains[at] = function(chains[at] * random.rand() + random.rand()) * 0.1
        else:
            chains[at] = chains[at] * inputs[0] + random.rand()
    return inputs, sum(chain.sum() for chain in chains)


def test_ten_thousand_nodes(benchmark):
    inputs, total = varied(10_000)
    with sg.config.change_flags(cache="False"):
        benchmark.pedantic(lambda: sg.function(inputs, total), rounds=1)


def test_import(benchmark):
    command = [sys.executable, "-c", "import symgraph.tensor"]
    benchmark.pedantic(lambda: subprocess.run(command, check=True), rounds=5, warmup_rounds=1)
