"""Samples of each distribution against the distributions of SciPy, with fixed seeds."""

import numpy as np
import pytest
from scipy import stats
from support.random_numbers import RARE, drawn

import symgraph as sg

COUNT = 20_000
SIZE = (100, COUNT // 100)

CONTINUOUS = {
    "uniform": (lambda r, d: r.uniform(SIZE, dtype=d), stats.uniform()),
    "uniform between": (lambda r, d: r.uniform(SIZE, -3, 5.5, dtype=d), stats.uniform(-3, 8.5)),
    "normal": (lambda r, d: r.normal(SIZE, dtype=d), stats.norm()),
    "normal of others": (lambda r, d: r.normal(SIZE, -2.0, 0.3, dtype=d), stats.norm(-2, 0.3)),
    "truncated": (lambda r, d: r.truncated_normal(SIZE, dtype=d), stats.truncnorm(-2, 2)),
    "truncated of others": (
        lambda r, d: r.truncated_normal(SIZE, 1, 0.5, dtype=d),
        stats.truncnorm(-2, 2, 1, 0.5),
    ),
    "exponential": (lambda r, d: r.exponential(SIZE, dtype=d), stats.expon()),
    "exponential of scale": (lambda r, d: r.exponential(SIZE, 2.5, dtype=d), stats.expon(0, 2.5)),
    "laplace": (lambda r, d: r.laplace(SIZE, 1.0, 2.0, dtype=d), stats.laplace(1, 2)),
    "gumbel": (lambda r, d: r.gumbel(SIZE, -1.0, 0.5, dtype=d), stats.gumbel_r(-1, 0.5)),
    "gamma below 1": (lambda r, d: r.gamma(SIZE, 0.3, dtype=d), stats.gamma(0.3)),
    "gamma of 1": (lambda r, d: r.gamma(SIZE, 1.0, 3.0, dtype=d), stats.gamma(1, scale=3)),
    "gamma": (lambda r, d: r.gamma(SIZE, 7.5, dtype=d), stats.gamma(7.5)),
    "beta": (lambda r, d: r.beta(SIZE, 2.0, 5.0, dtype=d), stats.beta(2, 5)),
    "beta below 1": (lambda r, d: r.beta(SIZE, 0.5, 0.4, dtype=d), stats.beta(0.5, 0.4)),
    "t of 1": (lambda r, d: r.standard_t(SIZE, 1.0, dtype=d), stats.t(1)),
    "t": (lambda r, d: r.standard_t(SIZE, 6.0, dtype=d), stats.t(6)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CONTINUOUS)
def test_distribution_functions(name, dtype):
    make, expected = CONTINUOUS[name]
    found = drawn(lambda r: make(r, dtype))
    assert found.shape == SIZE
    assert found.dtype == dtype
    values = found.ravel().astype("float64")
    if name == "beta below 1" and dtype == "float32":
        # Half of what is near 1 is 1 in float32.
        values = np.where(values == 1, 1 - 2.0**-26, values)
    assert stats.kstest(values, expected.cdf).pvalue > RARE


@pytest.mark.parametrize("name", [n for n in CONTINUOUS if n not in ("t of 1",)])
def test_means_and_variances(name):
    make, expected = CONTINUOUS[name]
    found = drawn(lambda r: make(r, "float64")).ravel()
    mean, variance, _, excess = (float(m) for m in expected.stats("mvsk"))
    assert abs(found.mean() - mean) < 4 * np.sqrt(variance / COUNT)
    if np.isfinite(excess):
        spread = np.sqrt((excess + 2) / COUNT) * variance
        assert abs(found.var() - variance) < 4.5 * spread


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_tails(dtype):
    """Of a million numbers as many beyond 4 as there should be, and some beyond 4.5."""
    found = np.abs(drawn(lambda r: r.normal((1_000_000,), dtype=dtype)))
    beyond = (found > 4).sum()
    expected = 2e6 * stats.norm.sf(4)
    assert abs(beyond - expected) < 4 * np.sqrt(expected)
    assert 0 < (found > 4.5).sum() < 25
    assert found.max() < 7


def test_float16_is_float32_rounded():
    for name in ("uniform", "normal", "exponential", "laplace", "gumbel"):
        half = drawn(lambda r, n=name: getattr(r, n)((500,), dtype="float16"))
        full = drawn(lambda r, n=name: getattr(r, n)((500,), dtype="float32"))
        assert half.dtype == "float16"
        limit = 2.0**-11 if name == "uniform" else 2.0**-10 * np.abs(full) + 1e-4
        assert (np.abs(half.astype("float32") - full) <= limit).all()


@pytest.mark.parametrize(("dtype", "digits"), [("float16", 11), ("float32", 24), ("float64", 53)])
def test_uniform_numbers_have_all_digits(dtype, digits):
    scaled = drawn(lambda r: r.uniform((50_000,), dtype=dtype)).astype("float64") * 2.0**digits
    assert (scaled == np.floor(scaled)).all()
    assert scaled.min() >= 0
    assert scaled.max() < 2.0**digits
    whole = scaled.astype("uint64")
    for place in range(digits):
        ones = int(((whole >> np.uint64(place)) & np.uint64(1)).sum())
        assert abs(ones - 25_000) < 4.5 * np.sqrt(50_000 / 4), place


# Distribution, and the smallest and the largest of the values that are counted each.
DISCRETE = {
    "bernoulli": (lambda r: r.bernoulli(SIZE, 0.3), stats.bernoulli(0.3), 0, 1),
    "binomial of 1": (lambda r: r.binomial(SIZE, 1, 0.8), stats.bernoulli(0.8), 0, 1),
    "binomial small": (lambda r: r.binomial(SIZE, 10, 0.25), stats.binom(10, 0.25), 0, 7),
    "binomial large": (lambda r: r.binomial(SIZE, 100, 0.4), stats.binom(100, 0.4), 25, 55),
    "binomial flipped": (lambda r: r.binomial(SIZE, 60, 0.7), stats.binom(60, 0.7), 30, 53),
    "binomial rare": (lambda r: r.binomial(SIZE, 10**6, 2e-6), stats.poisson(2.0), 0, 8),
    "poisson small": (lambda r: r.poisson(SIZE, 0.7), stats.poisson(0.7), 0, 5),
    "poisson below 10": (lambda r: r.poisson(SIZE, 9.9), stats.poisson(9.9), 1, 21),
    "poisson from 10": (lambda r: r.poisson(SIZE, 10.0), stats.poisson(10), 2, 21),
    "poisson large": (lambda r: r.poisson(SIZE, 180.0), stats.poisson(180), 150, 210),
    "integers": (lambda r: r.random_integers(SIZE, -3, 6), stats.randint(-3, 7), -3, 6),
    "choice": (lambda r: r.choice(SIZE, 7), stats.randint(0, 7), 0, 6),
    "choice by p": (
        lambda r: r.choice(SIZE, 4, p=[0.1, 0.2, 0.3, 0.4]),
        stats.rv_discrete(values=(range(4), (0.1, 0.2, 0.3, 0.4))),
        0,
        3,
    ),
}


@pytest.mark.parametrize("name", DISCRETE)
def test_frequencies(name):
    make, expected, first, last = DISCRETE[name]
    found = drawn(make)
    assert found.shape == SIZE
    assert found.dtype == "int64"
    values = np.arange(first, last + 1)
    seen = np.array([(found == value).sum() for value in values])
    chances = expected.pmf(values)
    rest = 1 - chances.sum()
    assert found.min() >= expected.support()[0]
    assert found.max() <= expected.support()[1]
    if rest * COUNT > 5:
        seen, chances = np.append(seen, COUNT - seen.sum()), np.append(chances, rest)
    else:
        seen[-1] += COUNT - seen.sum()
        chances = chances / chances.sum()
    kept = chances * COUNT > 5
    seen = np.append(seen[kept], seen[~kept].sum())
    chances = np.append(chances[kept], chances[~kept].sum())
    if chances[-1] == 0:
        seen, chances = seen[:-1], chances[:-1]
    assert stats.chisquare(seen, chances * COUNT).pvalue > RARE


def test_large_integers_and_whole_ranges():
    full = drawn(lambda r: r.random_integers((COUNT,), -(2**63), 2**63 - 1))
    assert stats.kstest(full / 2.0**64, stats.uniform(-0.5, 1).cdf).pvalue > RARE
    wide = drawn(lambda r: r.random_integers((COUNT,), 0, 3 * 2**61))
    assert wide.min() >= 0
    assert stats.kstest(wide / (3 * 2.0**61), stats.uniform().cdf).pvalue > RARE
    assert (drawn(lambda r: r.random_integers((50,), 9, 9)) == 9).all()


def test_multinomial_counts():
    pvals = np.array([0.2, 0.0, 0.5, 0.3])
    for attempts in (1, 12):
        found = drawn(lambda r, n=attempts: r.multinomial((5000,), n, pvals))
        assert found.shape == (5000, 4)
        assert (found.sum(axis=1) == attempts).all()
        assert (found[:, 1] == 0).all()
        for k in (0, 2, 3):
            mean = attempts * pvals[k]
            assert abs(found[:, k].mean() - mean) < 4 * np.sqrt(mean * (1 - pvals[k]) / 5000)
        covariance = -attempts * pvals[0] * pvals[2]
        assert np.cov(found[:, 0], found[:, 2])[0, 1] == pytest.approx(covariance, rel=0.15)


def test_permutations_are_all_as_likely():
    found = drawn(lambda r: r.permutation((12_000,), 4))
    assert (np.sort(found, axis=1) == np.arange(4)).all()
    _, seen = np.unique(found @ [64, 16, 4, 1], return_counts=True)
    assert len(seen) == 24
    assert stats.chisquare(seen).pvalue > RARE


def test_choices_without_replacement():
    several = [drawn(lambda r: r.choice((3,), 5, False), seed) for seed in range(300)]
    assert all(len(set(found.tolist())) == 3 for found in several)
    assert stats.chisquare(np.bincount(np.ravel(several), minlength=5)).pvalue > RARE


def test_weighted_choices_without_replacement():
    """The first is chosen in proportion to the weights, the second among those left."""
    p = np.array([0.5, 0.3, 0.2, 0.0])
    several = [drawn(lambda r: r.choice((2,), 4, False, p), seed) for seed in range(400)]
    pairs = np.array([a * 4 + b for a, b in several])
    expected = {a * 4 + b: p[a] * p[b] / (1 - p[a]) for a in range(3) for b in range(3) if a != b}
    seen = [(pairs == pair).sum() for pair in expected]
    assert sum(seen) == 400
    assert stats.chisquare(seen, np.array(list(expected.values())) * 400).pvalue > RARE


EVERY = {
    **{name: lambda r, make=make: make(r, "float64") for name, (make, _) in CONTINUOUS.items()},
    **{name: make for name, (make, *_) in DISCRETE.items()},
    "multinomial": lambda r: r.multinomial(SIZE, 8, [0.2, 0.5, 0.3])[..., 1],
    "gumbel softmax": lambda r: r.gumbel_softmax(SIZE, [0.0, 1.0, 0.5])[..., 0],
    "permutation": lambda r: r.permutation(SIZE, 5)[..., 0],
}


@pytest.mark.parametrize("name", EVERY)
def test_draws_follow_nothing_that_was_drawn_before(name):
    """Neither the element before, nor the call before, nor another stream, nor another seed tells
    anything of a number: the ranks, and whether they are above the middle, go apart."""
    streams, make = sg.RandomStreams(31), EVERY[name]
    f = sg.function([], [make(streams), make(streams), make(sg.RandomStreams(32))])
    (first, other, seeded), (second, _, _) = ([x.ravel() for x in f()] for _ in range(2))
    pairs = [(first[:-1], first[1:]), (first[:-64], first[64:])]
    pairs += [(first, second), (first, other), (first, seeded)]
    for x, y in pairs:
        assert stats.spearmanr(x, y).pvalue > RARE
        left, right = x > np.median(first), y > np.median(first)
        table = np.histogram2d(left, right, bins=2, range=[[0, 1], [0, 1]])[0]
        if (table > 5).all():
            assert stats.chi2_contingency(table).pvalue > RARE
