"""The back ends: found by name, or given; each an implementation of one protocol."""

import os
import subprocess
import sys

import numpy as np
import pytest
import symgraph.backends.opencl

import symgraph as sg
import symgraph.tensor as T
from symgraph.compile import backends
from symgraph.compile.backends import PlannedExecutable, SteppedExecutable, TimedExecutable
from symgraph.compile.call_spec import CallMaker
from symgraph.graph import FunctionGraph

NAMES = ["reference", "llvm"]


def test_the_installed_back_ends_are_listed():
    assert set(NAMES) <= set(sg.available_backends())
    assert sg.available_backends() == sorted(sg.available_backends())


@pytest.mark.parametrize("name", NAMES)
def test_a_back_end_is_loaded_once(name):
    backend = sg.get_backend(name)
    assert backend.name == name
    assert sg.get_backend(name) is backend
    assert sg.get_backend(backend) is backend
    with sg.config.change_flags(mode=name):
        assert sg.get_backend() is backend


def test_theanos_modes_name_back_ends():
    assert sg.get_backend("FAST_RUN") is sg.get_backend("llvm")
    assert sg.get_backend("FAST_COMPILE") is sg.get_backend("reference")


def test_unknown_back_ends():
    with pytest.raises(ValueError, match="there is no back end 'cuda'; installed are .*llvm"):
        sg.get_backend("cuda")
    x = T.dscalar("x")
    with pytest.raises(ValueError, match="there is no back end 'cuda'"):
        sg.function([x], x, mode="cuda")
    with pytest.raises(TypeError, match="mode is the name of a back end, or one itself, not 3"):
        sg.function([x], x, mode=3)


@pytest.mark.parametrize("name", NAMES)
def test_a_back_end_tells_what_it_is_made_of(name):
    info = sg.get_backend(name).info()
    assert info
    assert all(isinstance(text, str) for pair in info.items() for text in pair)


@pytest.mark.parametrize("name", NAMES)
def test_an_executable_never_changes_its_inputs_nor_returns_them(name):
    x, y = T.dvectors("x", "y")
    graph = FunctionGraph([x, y], [x + y, x, y[::-1], T.set_subtensor(x[0], 5.0), x])
    executable = sg.get_backend(name).compile(graph, "test")
    inputs = [np.array([1.0, 2.0]), np.array([3.0, 4.0])]
    for array in inputs:
        array.flags.writeable = False
    results = executable(inputs)
    assert [r.tolist() for r in results] == [[4, 6], [1, 2], [4, 3], [5, 2], [1, 2]]
    for position, result in enumerate(results):
        assert result.flags.writeable
        for other in (*inputs, *results[:position]):
            assert not np.shares_memory(result, other)
    assert isinstance(executable.describe(), str)
    assert executable.fallbacks() == []
    executable.free()
    assert executable(inputs)[0].tolist() == [4, 6]


class OfDevices:
    """Stands in for the back end of OpenCL, whose devices need not be there."""

    def __init__(self, wanted):
        self.name = wanted

    def compile(self, graph, name):
        return sg.get_backend("reference").compile(graph, name)

    def info(self):
        return {}


@pytest.fixture
def of_devices(monkeypatch):
    """The names of OpenCL's devices lead to a stand-in."""
    backends._load.cache_clear()
    monkeypatch.setattr(symgraph.backends.opencl, "OpenCLBackend", OfDevices, raising=False)
    yield
    backends._load.cache_clear()


@pytest.mark.parametrize("name", ["opencl", "opencl:gpu", "opencl:cpu", "opencl:0:1"])
def test_the_names_of_devices_lead_to_their_back_end(of_devices, name):
    x = T.dscalar("x")
    backend = sg.get_backend(name)
    assert isinstance(backend, OfDevices)
    assert backend.name == name
    assert sg.get_backend(name) is backend
    assert sg.function([x], x + 1, mode=name)(1) == 2
    assert (x + 1).eval({x: 1}, mode=name) == 2


def test_the_flag_device_counts_where_no_mode_is_given(of_devices):
    x = T.dscalar("x")
    y = x + 1
    with sg.config.change_flags(device="opencl:gpu"):
        assert sg.get_backend().name == "opencl:gpu"
        assert sg.get_backend("llvm").name == "llvm"
        assert sg.function([x], y)(1) == 2
        assert y.eval({x: 1}) == 2
        with sg.config.change_flags(mode="reference"):
            assert sg.get_backend().name == "opencl:gpu"
    with sg.config.change_flags(device="cpu", mode="reference"):
        assert sg.get_backend().name == "reference"
    assert y.eval({x: 1}, mode="llvm") == 2
    assert {mode for _, mode in y.evaluated} == {"opencl:gpu", "llvm"}


@pytest.mark.parametrize("name", ["llvm:gpu", "llvm:", "reference:0:1"])
def test_the_processors_back_ends_have_no_devices(name):
    message = f"there is no back end '{name}'; installed are .* opencl:gpu"
    with pytest.raises(ValueError, match=message):
        sg.get_backend(name)


@pytest.mark.parametrize("flag", ["device", "mode"])
def test_a_device_is_looked_for_when_it_is_used(flag):
    """`import symgraph` asks no driver, and so does nothing that compiles for something else."""
    program = (
        "import sys, symgraph as sg, symgraph.tensor as T\n"
        "x = T.dscalar()\n"
        "print(sg.function([x], x + 1, mode='reference')(1))\n"
        "print([name for name in sys.modules if 'opencl' in name])\n"
    )
    environment = os.environ | {"SYMGRAPH_FLAGS": f"{flag}=opencl"}
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert (run.stdout, run.stderr) == ("2.0\n[]\n", "")


class Recording:
    """A back end of one's own: another one that notes what it compiles."""

    name = "recording"

    def __init__(self):
        self.compiled = []

    def compile(self, graph, name):
        self.compiled.append((name, len(graph.inputs), len(graph.outputs)))
        return sg.get_backend("reference").compile(graph, name)

    def info(self):
        return {}


def test_a_back_end_of_ones_own():
    backend = Recording()
    x, s = T.dscalar("x"), sg.shared(2.0)
    f = sg.function([x], x * s, updates={s: s + 1}, mode=backend, name="mine")
    assert [f(3), f(3)] == [6, 9]
    assert backend.compiled == [("mine", 2, 2)]


class PlainExecutable:
    """What every executable offers, and nothing else."""

    def __init__(self, inner):
        self.inner = inner

    def __call__(self, inputs):
        return self.inner(inputs)

    def describe(self):
        return "plain"

    def fallbacks(self):
        return []

    def free(self):
        self.inner.free()


class Plain:
    """A back end whose executables offer nothing that need not be."""

    name = "plain"

    def compile(self, graph, name):
        return PlainExecutable(sg.get_backend("reference").compile(graph, name))

    def info(self):
        return {}


def test_what_an_executable_need_not_offer():
    x = T.dvector("x")
    f = sg.function([x], x + 1, mode=Plain(), profile=True)
    assert f([1.0]).tolist() == [2]
    assert f.profile.calls == 1
    assert f.profile.of_nodes == {}
    assert [str(step.node.op) for step in f.step([1.0])] == ["add"]
    with pytest.raises(TypeError, match="the back end 'plain' does not plan its memory"):
        f.memory([1.0])


def test_the_optional_parts_have_protocols():
    x = T.dvector("x")
    graph = FunctionGraph([x], [x + 1])
    parts = (TimedExecutable, SteppedExecutable, PlannedExecutable, CallMaker)
    offered = {
        "llvm": [TimedExecutable, PlannedExecutable, CallMaker],
        "reference": [TimedExecutable, SteppedExecutable],
    }
    for name, wanted in offered.items():
        executable = sg.get_backend(name).compile(graph, "test")
        assert [part for part in parts if isinstance(executable, part)] == wanted


def test_an_object_with_some_of_the_parts_is_no_back_end():
    class Half:
        def compile(self, graph, name):
            raise AssertionError

    with pytest.raises(TypeError, match="mode is the name of a back end, or one itself"):
        sg.get_backend(Half())
