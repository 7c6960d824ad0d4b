"""The check of gradients finds what is wrong, says where, and lets pass what is right."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient import GradientError, grad_scale, numeric_grad, verify_grad

POINT = np.array([[0.3, -0.7, 1.1], [0.2, 0.9, -0.4]])


def test_numeric_gradients_of_polynomials_are_exact_to_round_off():
    (slope,) = numeric_grad(lambda x: (x**2).sum(), [POINT])
    np.testing.assert_allclose(slope, 2 * POINT, rtol=1e-9)
    a, b = numeric_grad(lambda x, y: float(x @ y), [np.ones(2), np.array([3.0, 4.0])])
    np.testing.assert_allclose(a, [3, 4], rtol=1e-9)
    np.testing.assert_allclose(b, [1, 1], rtol=1e-9)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_right_gradients_pass_in_each_precision(dtype):
    verify_grad(lambda x, y: T.tanh(x) * T.exp(y), [POINT.astype(dtype), POINT[:1].astype(dtype)])


def test_a_wrong_gradient_is_shown_at_its_worst_element():
    def f(x):
        return T.inc_subtensor(T.zeros_like(x)[1, 2], grad_scale(x, 2.0)[1, 2]) + x

    with pytest.raises(GradientError) as caught:
        verify_grad(f, [POINT])
    message = str(caught.value)
    assert "the gradient by input 0 is wrong: at [1, 2] it is" in message
    assert "but central differences give" in message
    assert "input -0.4; 1 of 6 elements differ" in message


def test_the_analytic_and_numeric_values_are_in_the_message():
    class Ones:
        def uniform(self, low, high, size):
            return np.ones(size)

    with pytest.raises(GradientError, match=r"it is 3, but central differences give 1\.?0*"):
        verify_grad(lambda x: grad_scale(x, 3.0), [np.array(2.0)], rng=Ones())


def test_a_nan_is_wrong():
    with pytest.raises(GradientError, match="is wrong: at .0. it is nan"):
        verify_grad(lambda x: T.log(x) - T.log(x), [np.array([0.0, 1.0])])


def test_integer_points_and_outputs_are_refused():
    with pytest.raises(TypeError, match="point 1 is of dtype int64"):
        verify_grad(lambda x, y: x * y, [POINT, np.arange(3)])
    with pytest.raises(TypeError, match="the output gt is bool .*: no derivative to check"):
        verify_grad(lambda x: x > 0, [POINT])


def test_several_outputs_scalars_and_a_chosen_mode():
    verify_grad(lambda x, s: [x * s, T.sqr(s)], [POINT, np.array(0.5)], mode="reference")


def test_empty_arrays_pass():
    verify_grad(lambda x: T.exp(x), [np.zeros((0, 3))])


def test_tolerances_are_the_callers():
    def almost(x):
        return grad_scale(x, 1.001)

    with pytest.raises(GradientError):
        verify_grad(almost, [POINT])
    verify_grad(almost, [POINT], rel_tol=0.01)
    verify_grad(almost, [POINT], abs_tol=0.01, rel_tol=0.0)
    with pytest.raises(GradientError, match=r"allowed 0,"):
        verify_grad(lambda x: T.exp(x), [POINT], abs_tol=0.0, rel_tol=0.0)


def test_second_derivatives_are_checked_by_checking_a_gradient():
    verify_grad(lambda x: sg.grad(T.sum(T.sin(x) * x), x), [POINT])
