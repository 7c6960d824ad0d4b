"""The back ends: found by name, or given; each an implementation of one protocol."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
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
