"""Large programs: less is asked of LLVM, the values stay."""

import re

import numpy as np
import pytest
from support.llvm_loops import as_bits, compile_loop, loop_module, over_arrays
from symgraph.backends.llvm.codegen import jit, object_code, optimisation_level
from symgraph.backends.llvm.codegen.shared_functions import SharingModule
from symgraph.backends.llvm.vecmath import MATH

import symgraph as sg
import symgraph.tensor as T


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MATH)
def test_a_function_that_is_called_has_the_values_of_one_that_is_inlined(name, dtype):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(0, 30, 77).astype(dtype) for _ in range(MATH[name].arity)]
    shared = compile_loop(name, dtype, loop_module(name, dtype, kind_of_module=SharingModule))
    expected = over_arrays(name, dtype)(*arrays)
    for size in (0, 1, 8, 77):
        values = shared(*(array[:size] for array in arrays))
        assert np.array_equal(as_bits(values), as_bits(expected[:size]))


@pytest.mark.parametrize("name", ["exp", "sin", "arctan2"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_loops_that_call_a_function_call_its_form_for_vectors(name, dtype):
    module = loop_module(name, dtype, times=3, kind_of_module=SharingModule)
    text = jit.optimised_ir(module)
    (loop,) = re.findall(r"^define void @loop.*?^}", text, re.MULTILINE | re.DOTALL)
    assert len(re.findall(rf"call <\d+ x \w+> @symgraph\.{name}\.f\d\d\.x\d+", loop)) >= 3
    form, *_ = re.findall(rf"^define [^\n]*@symgraph\.{name}\.f..\.x\d+\(.*?^}}", text, re.M | re.S)
    assert re.search(r"f(mul|add|ma)\S* (contract )?<\d+ x ", form)


def varied(steps):
    """A function of that many steps, no two kernels of which are equal."""
    x = T.dmatrix("x")
    y = x
    for number in range(steps):
        y = T.tanh(y * (1 + number / 512)) if number % 3 else T.exp(-y) + y.sum(axis=0)
    return sg.function([x], [y, y.sum()])


def efforts(monkeypatch, steps):
    used = []

    def recording(source, name, effort):
        if name == "function":
            used.append(effort)
        return jit.compile_object(source, name, effort)

    monkeypatch.setattr(object_code, "compile_object", recording)
    with sg.config.change_flags(cache="False"):
        return varied(steps), used


def test_large_programs_are_compiled_with_less_effort(monkeypatch):
    _, used = efforts(monkeypatch, 20)
    assert used == [optimisation_level.FULL]
    _, used = efforts(monkeypatch, 600)
    assert used == [optimisation_level.LESS]


def test_values_stay_with_less_effort(monkeypatch):
    monkeypatch.setattr(optimisation_level, "LARGE", 10**9)
    full, used = efforts(monkeypatch, 60)
    assert used == [optimisation_level.FULL]
    monkeypatch.setattr(optimisation_level, "LARGE", 0)
    large, used = efforts(monkeypatch, 60)
    assert used == [optimisation_level.LESS]
    x = np.random.default_rng(0).normal(size=(5, 13))
    for value, expected in zip(large(x), full(x), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-9)
