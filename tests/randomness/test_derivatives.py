"""Derivatives through draws where they exist, and what is said where they do not."""

import numpy as np
import pytest
from scipy import stats
from support.random_numbers import MODES

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient import NullTypeGradError
from symgraph.graph import NotDifferentiable

LOCATED = {
    "uniform": lambda r, a, b: r.uniform(None, a, a + b),
    "normal": lambda r, a, b: r.normal(None, a, b),
    "truncated_normal": lambda r, a, b: r.truncated_normal(None, a, b),
    "laplace": lambda r, a, b: r.laplace(None, a, b),
    "gumbel": lambda r, a, b: r.gumbel(None, a, b),
    "exponential": lambda r, a, b: a + r.exponential(None, b),
    "gamma": lambda r, a, b: a + r.gamma(None, 2.0, b),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", LOCATED)
def test_derivatives_by_location_and_scale(name, mode):
    """d x / d location is 1, and d x / d scale is (x - location) / scale."""
    a, b = T.vectors("a", "b")
    x = LOCATED[name](sg.RandomStreams(1), a, b)
    f = sg.function([a, b], [x, *sg.grad(x.sum(), [a, b])], mode=mode)
    location, scale = np.array([-1.0, 2.0, 0.5]), np.array([0.5, 3.0, 1.0])
    value, by_location, by_scale = f(location, scale)
    np.testing.assert_allclose(by_location, np.ones(3))
    np.testing.assert_allclose(by_scale, (value - location) / scale, rtol=1e-9, atol=1e-12)


def test_forward_derivatives_and_second_ones():
    a, b = T.scalars("a", "b")
    x = sg.RandomStreams(1).normal((), a, b)
    forward = sg.Rop(x, [a, b], [T.constant(1.0), T.constant(2.0)])
    second = sg.grad(sg.grad(x**2, b), b)
    f = sg.function([a, b], [x, forward, second])
    value, moved, curved = f(1.0, 2.0)
    z = (value - 1) / 2
    assert moved == pytest.approx(1 + 2 * z)
    assert curved == pytest.approx(2 * z * z)


def test_the_derivative_of_a_mean_is_the_mean_of_derivatives():
    """E (a + b z)**2 = a**2 + b**2."""
    a, b = T.scalars("a", "b")
    x = sg.RandomStreams(1).normal((200_000,), a, b)
    by_a, by_b = sg.function([a, b], sg.grad((x**2).mean(), [a, b]))(0.5, 1.5)
    assert by_a == pytest.approx(1.0, abs=0.03)
    assert by_b == pytest.approx(3.0, abs=0.03)


UNDEFINED = {
    "bernoulli": (lambda r, p: r.bernoulli(None, p, dtype="float64"), "p"),
    "binomial": (lambda r, p: r.binomial(None, 5, p, dtype="float64"), "n and p"),
    "poisson": (lambda r, p: r.poisson(None, p, dtype="float64"), "lam"),
    "gamma": (lambda r, p: r.gamma(None, p), "shape"),
    "beta": (lambda r, p: r.beta(None, p, 1.0), "a and b"),
    "standard_t": (lambda r, p: r.standard_t(None, p), "df"),
}


@pytest.mark.parametrize("name", UNDEFINED)
def test_where_there_is_none_an_error_names_the_distribution(name):
    make, parameter = UNDEFINED[name]
    p = T.vector("p")
    x = make(sg.RandomStreams(1), p)
    message = f"samples of {name} have no derivative by {parameter}"
    with pytest.raises(NullTypeGradError, match=message):
        sg.grad(x.sum(), p)
    with pytest.raises((NullTypeGradError, NotDifferentiable), match=message):
        sg.Rop(x, p, p)
    kept = T.grad((x * p).sum(), p, consider_constant=[x])
    found, value = sg.function([p], [kept, x])(np.array([0.5, 0.9]))
    np.testing.assert_array_equal(found, value)


def test_the_size_passes_no_derivative():
    x = T.vector("x")
    cost = (sg.RandomStreams(1).normal(x.shape) * x).sum()
    f = sg.function([x], [sg.grad(cost, x), cost])
    gradient, value = f(np.full(3, 2.0))
    assert gradient.sum() * 2 == pytest.approx(float(value))


def test_gumbel_softmax():
    """Rows are distributions; the largest entry is as likely as the softmax says; derivatives pass,
    also where samples are made hard."""
    logits = T.vector("logits")
    scores = np.log([0.2, 0.5, 0.3])
    streams = sg.RandomStreams(1)
    soft = streams.gumbel_softmax((20_000,), logits, temperature=0.5)
    hard = streams.gumbel_softmax((20_000,), logits, temperature=0.5, hard=True)
    f = sg.function(
        [logits], [soft, hard, *(sg.grad(x[:, 0].mean(), logits) for x in (soft, hard))]
    )
    soft, hard, by_soft, by_hard = f(scores)
    np.testing.assert_allclose(soft.sum(axis=1), 1)
    np.testing.assert_allclose(hard.sum(axis=1), 1)
    np.testing.assert_allclose(hard.max(axis=1), 1)
    for found in (soft, hard):
        seen = np.bincount(found.argmax(axis=1), minlength=3)
        assert stats.chisquare(seen, np.array([0.2, 0.5, 0.3]) * 20_000).pvalue > 1e-3
    for gradient in (by_soft, by_hard):
        assert gradient[0] > 0.05
        assert gradient.sum() == pytest.approx(0, abs=1e-9)
