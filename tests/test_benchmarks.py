"""The benchmarks: every peer knows every task, values are compared, results are told right."""

import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

# What is installed goes first.
sys.path.append(str(Path(__file__).parent.parent))

from symgraph.backends.opencl.errors import DeviceError

import symgraph
from benchmarks import opencl
from benchmarks.environments import PEERS, environments
from benchmarks.report import Report, limit_share, ratio, seconds
from benchmarks.session import difference
from benchmarks.tasks import TASKS


@pytest.mark.parametrize("peer", sorted({peer.module for peer in PEERS.values()}))
def test_a_peer_knows_every_kind_of_task(peer):
    builders = import_module(f"benchmarks.peers.{peer}_peer").BUILDERS
    assert builders.keys() == {task.kind for task in TASKS.values()}


@pytest.mark.parametrize("name", TASKS)
def test_symgraph_has_numpys_values(name):
    task, values = TASKS[name], []
    for peer in ("numpy", "symgraph"):
        module = import_module(f"benchmarks.peers.{peer}_peer")
        module.load()
        with symgraph.config.change_flags(floatX="float32"):
            run = module.build(task.kind, task.data())
            results = [run.step() for _ in range(2)]
        values.append([np.asarray(value) for value in run.values(results[-1])])
    assert difference(values[0], values[1], task) == ""


TASK = TASKS["elem_fwd"]._replace(tolerance=0.01)


def test_wrong_values_are_told():
    right = [np.arange(4, dtype="float32")]
    assert difference(right, [right[0] + 0.2], TASK) == (
        "other values than NumPy: differs by 6.7e-02 of the largest"
    )
    assert difference(right, [right[0].astype("float64")], TASK).startswith("computes in float64")
    assert difference(right, [right[0][:3]], TASK).startswith("other shapes than NumPy")
    assert difference(right, [np.full(4, np.nan, "float32")], TASK).startswith("other values")


def test_of_random_work_mean_and_size_are_compared():
    task = TASK._replace(random=True, tolerance=0.1)
    one, other = np.random.default_rng(0).normal(2, 1, (2, 1000)).astype("float32")
    assert difference([one], [other], task) == ""
    assert difference([one], [-other], task).startswith("other statistics than NumPy")
    assert difference([one], [other + 1], task).startswith("other statistics than NumPy")


def test_peers_that_are_not_there_say_so(tmp_path):
    found, missing = environments(["numpy", "jax"], {"jax": str(tmp_path / "python")})
    assert (found.python, found.problem) == (sys.executable, "")
    assert missing.problem == f"there is no {tmp_path}/python"


def test_opencl_beside_llvm_is_told():
    row = opencl.Row("sum_all", step=1e-3, llvm=5e-4, launches=2, others={"JAX": "no GPU"})
    text = opencl.text([row], {"flops": 1e9, "bandwidth": 8e9})
    assert "1 ms" in text
    assert "2.00" in text
    assert "50% bandwidth" in text
    assert text.endswith("no GPU")


def test_opencl_is_measured_beside_llvm():
    pytest.importorskip("pyopencl")
    try:
        opencl.find_device("opencl")
    except DeviceError as error:
        pytest.skip(str(error))
    row = opencl.measured("mlp20", "opencl", rounds=1)
    assert 0 < row.step < float("inf")
    assert 0 < row.llvm < float("inf")
    assert 5 < row.launches < 100
    # The batch and the classes go there, the cost and the report of checks come back.
    assert row.transfers == 4
    assert row.moved == 20 * 784 * 4 + 20 * 8 + 4 + 8 * 8


def measured(peer, times, **more):
    return {
        "task": "mlp256", "peer": peer, "threads": 1, "problem": "", "times": times,
        "cold": [0.5, 0.4], "cached": [0.1], "disturbed": 0, "peak": 100.0, "memory": 50.0, **more,
    }  # fmt: skip


def test_ratios_are_of_samples_of_one_round():
    own, peer = measured("symgraph", [1.0, 10.0, 1.0]), measured("jax", [2.0, 20.0, 3.0])
    assert ratio(peer, own).median == 2.0
    assert str(ratio(peer, own)) == "2.00 (2.00 to 3.00)"


def test_the_report_names_the_fastest_peer_and_what_is_missing():
    results = {
        "imports": {"symgraph": 0.1},
        "limits": {"1": {"flops": 2e11, "bandwidth": {"3176000": 1e11}}},
        "measurements": [
            measured("symgraph", [0.004] * 3),
            measured("jax", [0.006] * 3),
            measured("torch", [0.008] * 3),
            measured("pytensor", [], problem="not installed (--peer pytensor=PYTHON)"),
        ],
    }
    report = Report(results)
    assert report.best("mlp256", 1) == ("jax", ratio(*results["measurements"][1::-1]))
    text = report.text()
    assert "1.50 (1.50 to 1.50)" in text
    assert "51%" in text
    assert "left out: PyTensor: not installed (--peer pytensor=PYTHON)" in text
    assert "500 ms | 400 ms | 100 ms" in text


def test_the_limit_is_the_slower_of_arithmetic_and_memory():
    limits = {"flops": 1e9, "bandwidth": {"8000000": 1e9}}
    assert limit_share("elem_fwd", 0.016, limits) == 0.5
    assert limit_share("smallcall", 1e-7, limits) is None


def test_times_are_written_in_their_unit():
    assert [seconds(t) for t in (2.5, 0.0012, 3.4e-6, 1.5e-7)] == [
        "2.5 s", "1.2 ms", "3.4 µs", "150 ns",
    ]  # fmt: skip
