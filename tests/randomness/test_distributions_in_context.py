"""Distributions hold for parameters of each element's own, for sizes that are only known when a
function is called, and within loops and branches."""

import numpy as np
import pytest
from scipy import stats
from support.random_numbers import RARE, SEED

import symgraph as sg
import symgraph.tensor as T

# Parameters a and b, a column and a row, of all that is drawn; the size is their common shape.
A = np.array([0.4, 1.0, 2.5, 12.0])
COLUMNS = 5000
DRAWS = {
    "uniform": (
        lambda r, n, a, b: r.uniform(n, -a, a + b), lambda a, b: stats.uniform(-a, 2 * a + b)
    ),
    "normal": (lambda r, n, a, b: r.normal(n, a, b), stats.norm),
    "truncated_normal": (
        lambda r, n, a, b: r.truncated_normal(n, a, b), lambda a, b: stats.truncnorm(-2, 2, a, b)
    ),
    "laplace": (lambda r, n, a, b: r.laplace(n, a, b), stats.laplace),
    "gumbel": (lambda r, n, a, b: r.gumbel(n, a, b), stats.gumbel_r),
    "exponential": (lambda r, n, a, b: r.exponential(n, a * b), lambda a, b: stats.expon(0, a * b)),
    "gamma": (lambda r, n, a, b: r.gamma(n, a, b), lambda a, b: stats.gamma(a, scale=b)),
    "beta": (lambda r, n, a, b: r.beta(n, a, b), stats.beta),
    "standard_t": (lambda r, n, a, b: r.standard_t(n, a + b), lambda a, b: stats.t(a + b)),
    "bernoulli": (
        lambda r, n, a, b: r.bernoulli(n, 1 / (a + b)), lambda a, b: stats.bernoulli(1 / (a + b))
    ),
    "binomial": (
        lambda r, n, a, b: r.binomial(n, 40, 1 / (a + b)), lambda a, b: stats.binom(40, 1 / (a + b))
    ),
    "poisson": (lambda r, n, a, b: r.poisson(n, a * b), lambda a, b: stats.poisson(a * b)),
    "random_integers": (
        lambda r, n, a, b: r.random_integers(n, T.cast(a, "int64"), T.cast(a + 9 * b, "int64")),
        lambda a, b: stats.randint(np.floor(a), np.floor(a + 9 * b) + 1),
    ),
}  # fmt: skip


def spread(values, law, random):
    """Numbers that are uniform if the values follow the law: jumps of its distribution function
    are filled evenly."""
    high = law.cdf(values)
    low = law.cdf(values - 1) if hasattr(law.dist, "pmf") else high
    return (low + (high - low) * random.uniform(size=values.shape)).ravel()


def drawn(name, place, a, b):
    make, _ = DRAWS[name]
    streams, column, row, steps = sg.RandomStreams(SEED), T.dcol("a"), T.drow("b"), T.lscalar("n")
    size = (column.shape[0], row.shape[1])
    if place == "call":
        f = sg.function([column, row, steps], make(streams, size, column, row) + 0 * steps)
    elif place == "parameters":
        f = sg.function([column, row, steps], make(streams, None, column, row) + 0 * steps)
    elif place == "loop":
        # Each step draws one row of parameters.
        found, updates = sg.scan(
            lambda one: make(streams, row.shape[1:], one[0], row[0]), sequences=column
        )
        f = sg.function([column, row, steps], found + 0 * steps, updates=updates)
    else:
        one, other = (make(streams, size, column, row) for _ in range(2))
        f = sg.function([column, row, steps], sg.ifelse(steps > 0, one, other))
    return [f(a, b, turn) for turn in (0, 1)]


@pytest.mark.parametrize("place", ["call", "parameters", "loop", "branch"])
@pytest.mark.parametrize("name", DRAWS)
def test_distributions(name, place):
    random = np.random.default_rng(1)
    a, b = A[:, None], random.uniform(0.7, 2.0, size=(1, COLUMNS))
    law = DRAWS[name][1](a, b)
    parts = [spread(np.asarray(x, "float64"), law, random) for x in drawn(name, place, a, b)]
    for part in parts:
        assert len(part) == A.size * COLUMNS
        assert stats.kstest(part, stats.uniform().cdf).pvalue > RARE
    assert stats.pearsonr(*parts).pvalue > RARE
