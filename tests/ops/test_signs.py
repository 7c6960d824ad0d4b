"""What is known of signs from expressions alone."""

import pytest

import symgraph.tensor as T
from symgraph.ops.signs import exceeds_a_constant, is_nonnegative

x, y = T.vectors("x", "y")
m = T.matrix("m")
i = T.lvector("i")

NEVER_NEGATIVE = {
    "a square": T.sqr(x),
    "a product with itself": x * x,
    "a product written twice": (x - 3) * (x - 3),
    "an even power": x**4,
    "a power of a square": (x**2) ** 1.3,
    "a dot product with itself": T.dot(x, x),
    "a mean of squares": T.mean(T.sqr(m), axis=(0, 1)),
    "a variance": T.var(m, axis=0, ddof=1),
    "a norm": m.norm(3, axis=1),
    "a maximum with a constant": T.maximum(x, 0.5),
    "sums of what is not": T.exp(x) + abs(y) + 2.0,
}
MAY_BE_NEGATIVE = {
    "a variable": x,
    "a product": x * y,
    "an odd power": x**3,
    "a dot product": T.dot(x, y),
    "a product of a matrix with itself": T.dot(m, m),
    "a difference": T.sqr(x) - T.sqr(y),
    "a maximum with a variable": T.maximum(x, y),
    "a square of integers, which may wrap around": T.cast(i * i, "float64"),
    "a product of integers": T.cast(i * 3, "float64"),
}


@pytest.mark.parametrize("name", NEVER_NEGATIVE)
def test_what_is_never_negative(name):
    assert is_nonnegative(NEVER_NEGATIVE[name])


@pytest.mark.parametrize("name", MAY_BE_NEGATIVE)
def test_what_may_be(name):
    assert not is_nonnegative(MAY_BE_NEGATIVE[name])


def test_sums_with_a_positive_constant_are_positive():
    assert exceeds_a_constant(T.sqr(x) + 1e-8)
    assert exceeds_a_constant(T.sqr(x) + (1e-8 + T.sqr(y)))
    assert not exceeds_a_constant(T.sqr(x) + 0.0)
    assert not exceeds_a_constant(T.sqr(x))
    assert not exceeds_a_constant(T.sqr(x) * 3.0)
