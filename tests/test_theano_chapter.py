"""The printed results of the Theano chapter, with the import as the only changed line."""

import numpy as np
import pytest

import symgraph as theano
import symgraph.tensor as T
from symgraph import In, function, shared


@pytest.fixture(params=["reference", "llvm"], autouse=True)
def mode(request):
    with theano.config.change_flags(mode=request.param):
        yield


def test_adding_scalars():
    x, y = T.dscalar("x"), T.dscalar("y")
    f = function([x, y], x + y)
    result = f(3, 5)
    assert isinstance(result, np.ndarray)
    assert result.shape == ()
    assert np.allclose(f(3, 6), 9)


def test_logistic_of_a_nested_list():
    x = T.dmatrix("x")
    logistic = function([x], 1 / (1 + T.exp(-x)))
    expected = [[0.73105858, 0.88079708], [0.26894142, 0.11920292]]
    np.testing.assert_allclose(logistic([[1, 2], [-1, -2]]), expected, rtol=1e-7)


def test_default_values():
    x, y, w = T.dscalars("x", "y", "w")
    f = function([x, In(y, value=1), In(w, value=2, name="weight")], (x + y) * w)
    assert [f(33), f(33, 2), f(33, 0, 1), f(33, weight=1)] == [68.0, 70.0, 33.0, 34.0]


def test_several_outputs_are_a_list():
    a, b = T.dmatrices("a", "b")
    diff = a - b
    f = function([a, b], [diff, abs(diff), diff**2])
    results = f([[1, 2], [3, 4]], [[1, 1], [1, 1]])
    assert isinstance(results, list)
    expected = [[[0, 1], [2, 3]], [[0, 1], [2, 3]], [[0, 1], [4, 9]]]
    for result, value in zip(results, expected, strict=True):
        np.testing.assert_array_equal(result, value)


def test_one_shared_variable_in_two_functions():
    state, dstate = shared(0), shared(0)
    inc = T.iscalar("inc")
    acc = function([inc], state, updates=[(state, state + inc), (dstate, 2 * (state + inc))])
    dec = function([inc], state, updates=[(state, state - inc)])
    assert acc(10) == 0
    assert (state.get_value(), dstate.get_value()) == (10, 20)
    assert dec(5) == 10
    assert state.get_value() == 5
    state.set_value(100)
    assert acc(200) == 100
    assert state.get_value() == 300


def test_givens_replace_a_shared_variable_for_one_function():
    state = shared(3)
    delta = T.iscalar("delta")
    temporary = T.scalar(dtype=state.dtype)
    skip = function([delta, temporary], state * 2 + delta, givens=[(state, temporary)])
    assert skip(1, 5) == 11
    assert state.get_value() == 3


def test_copies_with_another_state_and_without_updates():
    state, new_state = shared(0), shared(0)
    inc = T.iscalar("inc")
    acc = function([inc], [state], updates=[(state, state + inc)])
    assert acc(10) == [np.array(0)]
    other = acc.copy(swap={state: new_state})
    assert other(100) == [np.array(0)]
    assert (new_state.get_value(), state.get_value()) == (100, 10)
    silent = acc.copy(delete_updates=True)
    assert silent(10) == [np.array(10)]
    assert state.get_value() == 10


def test_derivatives():
    x = T.dscalar("x")
    assert function([x], T.grad(x**2, x))(2) == 4.0
    slope = function([x], T.grad(1 / (1 + T.exp(-x)), x))(2.0)
    assert float(slope) == pytest.approx(0.10499358540350649, rel=1e-15)


def test_linear_regression_of_the_valuation_example():
    scores = np.round(100 * np.random.RandomState(0).uniform(size=10))
    noise = np.round(20 * np.random.RandomState(1).uniform(size=10)) - 10
    samples = [[(score - 50) / 100] for score in scores]
    targets = (300 + 20 * scores + noise) / 100
    theta = shared(np.asarray([[0.0]], dtype=theano.config.floatX))
    theta0 = shared(0.0)
    x, y = T.dvector("x"), T.scalar()
    h = theta0 + T.dot(theta, x)
    cost = T.mean(1 / 2 * T.sqr(h - y))
    g0, g = T.grad(cost=cost, wrt=theta0), T.grad(cost=cost, wrt=theta)
    train = function(
        inputs=[x, y],
        outputs=[h, cost],
        updates=[[theta, theta - 0.1 * g], [theta0, theta0 - 0.1 * g0]],
        allow_input_downcast=True,
    )
    for _ in range(200):
        for sample, target in zip(samples, targets, strict=True):
            train(sample, target)
    assert theta.get_value().shape == (1, 1)
    assert theta0.get_value() == pytest.approx(13, abs=0.1)
    assert theta.get_value()[0, 0] == pytest.approx(20, abs=0.3)
