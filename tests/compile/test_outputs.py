"""Outputs of a function: their forms, their ownership, and parts of them."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph import Out, function, shared


def test_the_form_of_outputs_is_the_form_of_results(mode):
    x = T.dscalar("x")
    assert function([x], x * 2)(3) == 6
    assert function([x], [x, x * 2])(3) == [3, 6]
    assert function([x], (x, x * 2))(3) == [3, 6]
    assert function([x], [x * 2])(3) == [6]
    assert function([x], {"b": x * 2, "a": x})(3) == {"b": 6, "a": 3}
    assert function([x], [], on_unused_input="ignore")(3) == []
    assert function([x], None, on_unused_input="ignore")(3) == []
    assert function([], {})() == {}


def test_results_are_arrays_of_the_declared_types(mode):
    x = T.fscalar("x")
    for result in function([x], [x, x + 1, T.cast(x, "int8"), x.dimshuffle("x")])(1):
        assert isinstance(result, np.ndarray)
    assert [r.dtype.name for r in function([x], [x, T.cast(x, "int8")])(1)] == ["float32", "int8"]


def test_an_output_may_be_given_twice_and_be_an_input_or_a_number(mode):
    x = T.dvector("x")
    y = x * 2
    given = np.ones(2)
    first, second, third, fourth = function([x], [y, y, x, 3])(given)
    np.testing.assert_array_equal(first, second)
    assert fourth == 3
    assert third is not given


def test_results_belong_to_the_caller(mode):
    """Changing a result changes no argument, shared value, constant, nor another result."""
    x = T.dvector("x")
    s = shared(np.zeros(3), borrow=False)
    c = T.constant(np.zeros(3))
    f = function([x], [x, x[:2], x.reshape((3, 1)), s, s.T, c, c[1:], c])
    argument = np.zeros(3)
    for result in f(argument):
        assert result.flags.writeable
        result += 1
    np.testing.assert_array_equal(argument, 0)
    np.testing.assert_array_equal(s.get_value(borrow=True), 0)
    for result in f(argument):
        np.testing.assert_array_equal(result, 0)


def test_a_later_call_leaves_earlier_results_alone(mode):
    x = T.dvector("x")
    f = function([x], Out(x * 2, borrow=True))
    first = f([1.0])
    f([5.0])
    assert first == [2]


def test_borrowed_outputs_are_kept_in_the_output_storage():
    x = T.dscalar("x")
    f = function([x], [Out(x * 2, borrow=True), x * 3])
    results = f(5)
    assert f.output_storage[0].value is results[0]
    assert f.output_storage[1].value is None
    f.free()
    assert f.output_storage[0].value is None
    assert repr(Out(x)) == "Out(x)"


def test_an_output_subset_of_a_list(mode):
    x = T.dscalar("x")
    s = shared(0.0)
    f = function([x], [x, x * 2, x * 3], updates={s: s + x})
    assert f(2, output_subset=[0, 2]) == [2, 6]
    assert f(2, output_subset=[2]) == [6]
    assert f(2, output_subset=[2, 0]) == [6, 2]
    assert f(2, output_subset=[]) == []
    # The updates take place whatever is returned.
    assert s.get_value() == 8


def test_an_output_subset_of_a_dict_and_of_one_output():
    x = T.dscalar("x")
    f = function([x], {"one": x, "two": x * 2})
    assert f(3, output_subset=["two"]) == {"two": 6}
    assert function([x], x * 2)(3, output_subset=[0]) == [6]


def test_an_output_subset_computes_nothing_else():
    x, i = T.dvector("x"), T.lscalar("i")
    f = function([x, i], [x * 2, x[i]], mode="reference")
    with pytest.raises(IndexError):
        f([1.0], 5)
    assert f([1.0], 5, output_subset=[0])[0] == [2]


def test_an_output_subset_must_name_outputs():
    x = T.dscalar("x")
    f = function([x], [x, x * 2], name="pair")
    with pytest.raises(ValueError, match="pair: output_subset names 2; the outputs are 0, 1"):
        f(1, output_subset=[2])
    with pytest.raises(TypeError, match="pair: output_subset is a list of positions, not 1"):
        f(1, output_subset=1)
    g = function([x], {"a": x})
    with pytest.raises(ValueError, match="output_subset names 'b'; the outputs are 'a'"):
        g(1, output_subset=["b"])


def test_functions_of_nothing():
    assert function([], T.constant(2.0) * 3)() == 6
    assert function([])() == []


def test_the_mode_is_that_of_the_compilation():
    x = T.dscalar("x")
    with sg.config.change_flags(mode="reference"):
        f = function([x], x * 2)
    assert f.maker.mode is sg.get_backend("reference")
    assert function([x], x * 2, mode="FAST_RUN").maker.mode is sg.get_backend("llvm")
    assert function([x], x, mode=sg.get_backend("llvm")).maker.mode is sg.get_backend("llvm")
