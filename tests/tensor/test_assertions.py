"""Conditions that must hold are checked when a function runs."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T

MODES = pytest.mark.parametrize("mode", ["llvm", "reference"])


@MODES
def test_conditions_are_checked_at_each_call(mode):
    x, low = T.dvector("x"), T.dscalar("low")
    checked = T.assert_op(x, x > low, x.shape[0] - 1, message="x is too low, or has one element")
    f = sg.function([x, low], checked * 2, mode=mode)
    np.testing.assert_array_equal(f([1.0, 2.0], 0.0), [2.0, 4.0])
    for bad in (([1.0, 2.0], 1.0), ([1.0, np.nan], 0.0), ([1.0], 0.0)):
        with pytest.raises(AssertionError, match="^x is too low, or has one element"):
            f(*bad)
    assert f.fallbacks() == []


@MODES
def test_the_error_may_be_another(mode):
    x = T.dscalar("x")
    f = sg.function([x], T.assert_op(x, x < 1, message="x: {0}", error=OverflowError), mode=mode)
    assert f(0.5) == 0.5
    with pytest.raises(OverflowError, match=r"^x: \{0\}"):
        f(2.0)


def test_what_is_known_is_told_at_once():
    x = T.dscalar("x")
    assert T.assert_op(x, True, [1, 2]) is x
    with pytest.raises(AssertionError, match="a condition does not hold"):
        T.assert_op(x, x > 0, [True, False])
