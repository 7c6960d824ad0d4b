"""What was not used has no influence: no nan from a branch that was not taken."""

import numpy as np
import pytest
from support.gradient_ops import value

import symgraph as sg
import symgraph.tensor as T

X = np.array([-1.0, 0.0, 4.0])

CASES = {
    "sqrt beside a switch": (
        lambda x: T.switch(x > 0, T.sqrt(x), 0.0),
        np.array([0, 0, 0.25]),
    ),
    "log beside a switch": (lambda x: T.switch(x > 0, T.log(x), 0.0), np.array([0, 0, 0.25])),
    "a quotient, through several functions": (
        lambda x: T.switch(T.eq(x, 0), 1.0, T.exp(T.sin(2.0 / x) * 1.0)),
        np.array([-2, 0, -2 / 16])
        * np.exp(np.sin([-2, 0, 0.5]))
        * np.cos([-2, 0, 0.5])
        * np.array([1, 0, 1]),
    ),
    "two switches": (
        lambda x: T.switch(x > 0, T.switch(x > 1, T.sqrt(x), x), 0.0),
        np.array([0, 0, 0.25]),
    ),
    "maximum": (lambda x: T.maximum(T.log(T.abs(x)), -5.0), np.array([-1, 0, 0.25])),
    "clip": (lambda x: T.clip(T.log(T.abs(x)), -5.0, 5.0), np.array([-1, 0, 0.25])),
    "relu": (lambda x: T.nnet.relu(T.log(T.abs(x)) + 1), np.array([-1, 0, 0.25])),
    "a slice": (lambda x: T.sqrt(T.abs(x))[2:], np.array([0, 0, 0.25])),
    "an index array": (
        lambda x: T.sqrt(T.abs(x))[T.constant([0, 2, 2])],
        np.array([-0.5, 0, 0.5]),
    ),
    "a value that is overwritten": (
        lambda x: T.set_subtensor(T.log(T.abs(x))[1:2], 0.0),
        np.array([-1, 0, 0.25]),
    ),
    "the largest": (lambda x: T.max(T.log(T.abs(x))), np.array([0, 0, 0.25])),
}


@pytest.mark.parametrize("f, expected", CASES.values(), ids=CASES)
def test_a_steep_place_that_is_not_used_gives_zero(f, expected):
    x = T.vector("x")
    np.testing.assert_allclose(value(sg.grad(T.sum(f(x)), x), {x: X}), expected, atol=1e-15)


@pytest.mark.parametrize("f, expected", CASES.values(), ids=CASES)
def test_nor_does_it_in_the_second_derivative(f, expected):
    x = T.vector("x")
    second = value(sg.grad(T.sum(T.sqr(sg.grad(T.sum(f(x)), x))), x), {x: X})
    assert np.isfinite(second).all()


@pytest.mark.parametrize("f, expected", CASES.values(), ids=CASES)
def test_nor_does_it_forward(f, expected):
    x, v = T.vector("x"), T.vector("v")
    forward = value(T.sum(sg.Rop(f(x), x, v)), {x: X, v: np.array([1.0, 2.0, 3.0])})
    np.testing.assert_allclose(forward, expected @ [1, 2, 3], rtol=1e-14)


def test_a_branch_that_is_used_keeps_its_infinite_derivative():
    x = T.scalar("x")
    g = sg.grad(T.switch(x >= 0, T.sqrt(x), 0.0), x)
    assert value(g, {x: 0.0}) == np.inf


@pytest.mark.parametrize(
    ("f", "at", "slope"),
    [
        (lambda x: T.abs(x), 0.0, 0),
        (lambda x: T.nnet.relu(x), 0.0, 0),
        (lambda x: T.maximum(x, 1.0), 1.0, 1),
        (lambda x: T.maximum(1.0, x), 1.0, 0),
        (lambda x: T.minimum(x, 1.0), 1.0, 1),
        (lambda x: T.clip(x, 0.0, 1.0), 0.0, 1),
        (lambda x: T.clip(x, 0.0, 1.0), 1.0, 1),
        (lambda x: x**0, 0.0, 0),
        (lambda x: x**1, 0.0, 1),
        (lambda x: x**2, 0.0, 0),
        (lambda x: x ** T.constant(0.0), 0.0, 0),
        (lambda x: T.max(T.stack([x, x, -x])), 0.0, 1 / 3),
    ],
)
def test_kinks_have_the_derivative_that_is_documented(f, at, slope):
    x = T.scalar("x")
    np.testing.assert_allclose(value(sg.grad(f(x), x), {x: at}), slope)
