"""Values of own types flow through functions, beside parts that are compiled."""

import pickle
from typing import ClassVar

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T

MODES = pytest.mark.parametrize("mode", ["llvm", "reference"])


class Words(sg.Type):
    """Lists of str."""

    def filter(self, value, *, strict=False, allow_downcast=None):
        if not strict and isinstance(value, str):
            value = value.split()
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise TypeError(f"expected a list of str, got {value!r}")
        return value


class Lengths(sg.Op):
    itypes, otypes = [Words()], [T.lvector]

    def perform(self, node, words):
        return (np.array([len(word) for word in words], "int64"),)


class Sorted(sg.Op):
    """The words, those of least weight first."""

    itypes, otypes = [Words(), T.dvector], [Words()]

    def perform(self, node, words, weights):
        return ([words[at] for at in np.argsort(weights, kind="stable")],)


class Same(sg.Op):
    itypes, otypes = [Words()], [Words()]
    view_map: ClassVar = {0: 0}

    def perform(self, node, words):
        return (words,)


words = Words()("words")
x = T.dvector("x")


@MODES
def test_native_code_and_python_take_turns(mode):
    weights = T.exp(x) * Lengths()(words)
    again = Sorted()(words, weights)
    f = sg.function([words, x], [again, weights, Lengths()(again) * T.log(x)], mode=mode)
    order, heavy, last = f(["aaa", "b", "cc"], [1.0, 2.0, 0.0])
    assert order == ["cc", "b", "aaa"]
    np.testing.assert_allclose(heavy, np.exp([1.0, 2.0, 0.0]) * [3, 1, 2])
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(last, np.log([1.0, 2.0, 0.0]) * [2, 1, 3])
    assert f("aaa b", [0.0, 0.0])[0] == ["b", "aaa"]


def test_the_parts_on_tensors_are_compiled():
    f = sg.function([words, x], T.exp(x) * Lengths()(words) + 1, mode="llvm")
    assert [str(node.op) for node in f.fallbacks()] == ["Lengths"]
    assert "kernel" in f.describe()
    assert "in Python: Lengths(words)" in f.describe()


@MODES
def test_results_are_nobody_elses(mode):
    f = sg.function([words], [words, Same()(words), Same()(words)], mode=mode)
    given = ["a", "b"]
    results = f(given)
    assert results == [given] * 3
    assert len({id(value) for value in (given, *results)}) == 4
    constant = sg.Constant(Words(), ["c"])
    g = sg.function([], Same()(constant), mode=mode)
    g().append("d")
    assert g() == ["c"]


@MODES
def test_shared_values(mode):
    mine = ["x", "yyy"]
    kept = sg.shared(mine, name="kept", type=Words())
    mine.append("z")
    assert kept.get_value() == ["x", "yyy"]
    step = sg.function([x], Lengths()(kept), updates={kept: Sorted()(kept, x)}, mode=mode)
    np.testing.assert_array_equal(step([1.0, 0.0]), [1, 3])
    assert kept.get_value() == ["yyy", "x"]
    kept.set_value("p q r")
    assert kept.get_value(borrow=True) is kept.get_value(borrow=True)
    assert step[kept] == ["p", "q", "r"]
    with pytest.raises(TypeError, match="the value of kept: expected a list of str, got 3"):
        kept.set_value(3)
    with pytest.raises(TypeError, match="the update of kept .* is a int64 vector"):
        sg.function([], [], updates={kept: Lengths()(kept)}, mode=mode)


@MODES
def test_arguments_are_checked_and_have_defaults(mode):
    f = sg.function([sg.In(words, value="a bb")], Lengths()(words).sum(), mode=mode)
    assert f() == 3
    f[words] = ["cccc"]
    assert f() == f(words="cccc") == 4
    with pytest.raises(TypeError, match="input 0 .words.: expected a list of str, got 7"):
        f(7)


@MODES
def test_errors_name_the_node_and_values(mode):
    f = sg.function([words, x], Sorted()(words, x), mode=mode)
    with pytest.raises(IndexError, match=r"(?s)in Sorted, created at .*words is \['a'\]"):
        f(["a"], [2.0, 1.0])

    class Wrong(sg.Op):
        itypes, otypes = [Words()], [Words()]

        def perform(self, node, given):
            return (len(given),)

    with pytest.raises(TypeError, match="Wrong.perform gave another result 0 .* got 1"):
        sg.function([words], Wrong()(words), mode=mode)(["a"])


def test_no_derivative_exists_by_other_types():
    cost = (T.exp(x) * Lengths()(words)).sum()
    f = sg.function([words, x], sg.grad(cost, x))
    np.testing.assert_allclose(f("a bb", [0.0, 1.0]), np.exp([0.0, 1.0]) * [1, 2])
    with pytest.raises(ValueError, match="it holds values of the type Words, by which there is no"):
        sg.grad(cost, words)


def test_functions_are_pickled_copied_stepped_and_profiled():
    kept = sg.shared(["a"], name="kept", type=Words())
    f = sg.function([x], [x * Lengths()(kept), kept], profile=True)
    for other in (pickle.loads(pickle.dumps(f)), f.copy(), f):
        result, held = other([3.0])
        assert (list(result), held) == ([3.0], ["a"])
    assert any(str(node.op) == "Lengths" for nodes in f.profile.of_nodes for node in nodes)
    assert next(str(step.node.op) for step in f.step([3.0])) == "Lengths"
    assert f([3.0], output_subset=[1]) == [["a"]]


def test_inputs_that_are_no_variables_become_constants():
    assert list(Lengths()("a bbb").eval()) == [1, 3]
    with pytest.raises(TypeError, match="Lengths: input 0: expected a list of str, got 3"):
        Lengths()(3)
    with pytest.raises(TypeError, match="Sorted takes 2 inputs, not 1"):
        Sorted()(words)
    with pytest.raises(TypeError, match="input 1: .* is no float64 vector"):
        Sorted()(words, T.dmatrix())


def test_types_compare_values():
    vector = T.dvector().type
    assert vector.values_eq(np.array([np.nan]), np.array([np.nan]))
    assert not vector.values_eq(np.zeros(1), np.zeros(2))
    assert not vector.values_eq_approx(np.zeros(1, "float32"), np.zeros(1))
    assert vector.values_eq_approx(np.ones(1), np.ones(1) + 1e-7)
    assert not vector.values_eq_approx(np.ones(1), np.ones(1) + 1e-4)
    assert not vector.values_eq_approx(np.array([np.inf]), np.ones(1))
    assert vector.values_eq_approx(np.array([np.inf]), np.ones(1), allow_remove_inf=True)
    assert vector.values_eq_approx(np.array([np.nan]), np.ones(1), allow_remove_nan=True)
    assert Words().values_eq(["a"], ["a"])
    assert Words().is_valid_value(["a"])
    assert not Words().is_valid_value("a")
    assert Words() == Words() != vector
