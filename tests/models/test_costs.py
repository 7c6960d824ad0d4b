"""Costs and penalties by their formulas, and where they must stay finite."""

import numpy as np
import pytest
from symgraph.models import costs

import symgraph as sg
import symgraph.tensor as T


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(params=["reference", "llvm"], autouse=True)
def mode(request):
    with sg.config.change_flags(mode=request.param):
        yield


def test_the_likelihood_is_that_of_the_right_classes(rng):
    x, y = T.dmatrix("x"), T.lvector("y")
    p, labels = rng.dirichlet(np.ones(4), 6), rng.integers(0, 4, 6)
    found = sg.function([x, y], costs.negative_log_likelihood(T.log(x), y))(p, labels)
    np.testing.assert_allclose(found, -np.log(p[np.arange(6), labels]).mean(), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_likelihood_of_scores_and_its_derivative_are_right_far_out(dtype):
    """The slope is (softmax - one-hot) / n, and the cost of a certain mistake its score."""
    x, y = T.matrix("x", dtype=dtype), T.lvector("y")
    cost = costs.negative_log_likelihood(T.nnet.logsoftmax(x), y)
    scores = np.array([[1000, -1000], [-1000, 1000], [0, 0]], dtype)
    labels = np.array([0, 0, 1])
    found, slope = sg.function([x, y], [cost, sg.grad(cost, x)])(scores, labels)
    assert found.dtype == slope.dtype == dtype
    np.testing.assert_allclose(found, (0 + 2000 + np.log(2)) / 3, rtol=1e-6)
    expected = np.array([[0, 0], [-1, 1], [0.5, -0.5]]) / 3
    np.testing.assert_allclose(slope, expected, rtol=1e-6)


def test_the_error_rate_counts_wrong_answers():
    x, y = T.dmatrix("x"), T.lvector("y")
    rate = sg.function([x, y], costs.error_rate(x, y))
    p = [[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6], [0.4, 0.4, 0.2]]
    # Of equals the first is the answer.
    assert rate(p, [1, 0, 2, 0]) == 0.0
    assert rate(p, [1, 0, 2, 1]) == 0.25
    assert rate(p, [0, 1, 0, 1]) == 1.0


def test_squared_errors_are_means(rng):
    h, y = T.dvector("h"), T.dvector("y")
    found, target = rng.normal(size=6), rng.normal(size=6)
    both = [costs.mean_squared_error(h, y), costs.half_squared_error(h, y)]
    mean, half = sg.function([h, y], both)(found, target)
    np.testing.assert_allclose(mean, ((found - target) ** 2).mean(), rtol=1e-14)
    assert half == mean / 2


def test_penalties_add_up_over_all_weights(rng):
    W, v = T.dmatrix("W"), T.dvector("v")
    a, b = rng.normal(size=(3, 2)), rng.normal(size=4)
    found = sg.function([W, v], costs.regularised(W.sum(), [W, v], 0.5, 0.25))(a, b)
    l1, l2 = np.abs(a).sum() + np.abs(b).sum(), (a**2).sum() + (b**2).sum()
    np.testing.assert_allclose(found, a.sum() + 0.5 * l1 + 0.25 * l2, rtol=1e-12)


def test_no_penalty_leaves_the_cost_alone():
    W = T.dmatrix("W")
    cost = W.sum()
    assert costs.regularised(cost, [W], 0.0, 0.0) is cost


def test_penalties_of_numpys_do_not_widen_the_cost():
    W = T.fmatrix("W")
    cost = costs.regularised(W.sum(), [W], np.float64(0.1), np.float64(0.1))
    assert cost.type.dtype == "float32"
