"""Draws: sizes, parameters, dtypes, back ends that agree, messages."""

import numpy as np
import pytest
from scipy import special
from support.random_numbers import MODES, drawn
from symgraph.backends.llvm import supports

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Constant, FunctionGraph, graph_inputs
from symgraph.lower import lower
from symgraph.lower.program.types import NumpyCall
from symgraph.ops import Permutation
from symgraph.ops.quantiles import normal_quantile

EVERY = {
    "uniform": lambda r, n, d: r.uniform(n, dtype=d),
    "normal": lambda r, n, d: r.normal(n, dtype=d),
    "truncated_normal": lambda r, n, d: r.truncated_normal(n, dtype=d),
    "exponential": lambda r, n, d: r.exponential(n, dtype=d),
    "laplace": lambda r, n, d: r.laplace(n, dtype=d),
    "gumbel": lambda r, n, d: r.gumbel(n, dtype=d),
    "gamma": lambda r, n, d: r.gamma(n, 0.8, dtype=d),
    "beta": lambda r, n, d: r.beta(n, 2.0, 3.0, dtype=d),
    "standard_t": lambda r, n, d: r.standard_t(n, 3.0, dtype=d),
    "bernoulli": lambda r, n, d: r.bernoulli(n, 0.4, dtype=d),
    "binomial": lambda r, n, d: r.binomial(n, 50, 0.4, dtype=d),
    "binomial small": lambda r, n, d: r.binomial(n, 5, 0.4, dtype=d),
    "poisson": lambda r, n, d: r.poisson(n, 3.0, dtype=d),
    "poisson large": lambda r, n, d: r.poisson(n, 30.0, dtype=d),
    "random_integers": lambda r, n, d: r.random_integers(n, 2, 90, dtype=d),
    "choice": lambda r, n, d: r.choice(n, 90, dtype=d),
    "choice by p": lambda r, n, d: r.choice(n, 3, p=[0.2, 0.5, 0.3], dtype=d),
    "multinomial": lambda r, n, d: r.multinomial(n, 1, [0.2, 0.5, 0.3], dtype=d),
    "multinomial of several": lambda r, n, d: r.multinomial(n, 40, [0.2, 0.5, 0.3], dtype=d),
    "permutation": lambda r, n, d: r.permutation(n, 6, dtype=d),
}
# Only integer arithmetic, one multiplication by a power of two, comparisons.
EXACT = {"uniform", "bernoulli", "random_integers", "choice", "choice by p", "permutation"}
WHOLE = {name for name in EVERY if name.split()[0] in ("binomial", "poisson", "multinomial")}
# Computed by their logarithms, whose last digit is worth so much more where they are large.
LOGARITHMS = {"gamma", "beta", "standard_t"}
REAL = [name for name in EVERY if name not in EXACT | WHOLE or name == "uniform"]
SIZES = ((), (0,), (1,), (1037,), (13, 1, 17), (3, 0))
DTYPES = {True: ("float16", "float32", "float64"), False: ("int8", "int64", "float32", "bool")}


@pytest.mark.parametrize("name", EVERY)
def test_back_ends_agree(name):
    make = EVERY[name]
    for dtype in DTYPES[name in REAL]:
        both = [
            sg.function([], [make(sg.RandomStreams(3), n, dtype) for n in SIZES], mode=mode)()
            for mode in ("reference", "llvm")
        ]
        for size, reference, native in zip(SIZES, *both, strict=True):
            assert reference.dtype == native.dtype == dtype
            assert reference.shape == native.shape
            assert reference.shape[: len(size)] == size
            if name in EXACT | WHOLE or dtype == "float16":
                limit = 0 if name in EXACT | WHOLE else 1
                off = np.abs(reference.astype("float64") - native.astype("float64"))
                assert (off <= limit * 2.0**-9 * np.abs(reference)).all()
            else:
                digits = 200 if name in LOGARITHMS else 40
                np.testing.assert_allclose(native, reference, rtol=digits * np.finfo(dtype).eps)


@pytest.mark.parametrize("name", EVERY)
def test_draws_are_native_code(name):
    x = EVERY[name](sg.RandomStreams(1), (5, T.lscalar()), "float64")
    graph = FunctionGraph([v for v in graph_inputs([x]) if not isinstance(v, Constant)], [x])
    statements = lower(graph, "f", supports).program.body
    assert not any(isinstance(s, NumpyCall) for s in statements)


@pytest.mark.parametrize("p", [[0.5, 0.25, 0.15, 0.1], [0.0, 0.25, 0.75, 0.0], None])
def test_choices_without_replacement_are_native_code(p):
    results = []
    for mode in MODES:
        count = T.lscalar()
        f = sg.function([count], sg.RandomStreams(1).choice((count,), 4, False, p), mode=mode)
        if mode == "llvm":
            assert not f.fallbacks()
        possible = 4 if p is None else np.count_nonzero(p)
        results.append([f(n).tolist() for n in (1, 2, possible)])
    assert all(result == results[0] for result in results)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("rows", "count"), [((), 2000), ((7,), 64), ((2, 3), 1), ((3,), 0)])
def test_permutations(mode, rows, count):
    places = T.TensorType("int64", (None,) * (len(rows) + 1))()
    f = sg.function([places], Permutation()(places), mode=mode)
    rng = np.random.default_rng(1)
    given = (rng.random((*rows, count)) * np.arange(1, count + 1)).astype("int64")
    found = f(given)
    for row, chosen in zip(
        found.reshape(-1, count or 1), given.reshape(-1, count or 1), strict=True
    ):
        expected = list(range(count))
        for i in range(count - 1, -1, -1):
            expected[i], expected[chosen[i]] = expected[chosen[i]], expected[i]
        assert row.tolist() == expected


@pytest.mark.parametrize("mode", MODES)
def test_symbolic_sizes(mode):
    x, n, v = T.matrix("x"), T.lscalar("n"), T.lvector("v")
    streams = sg.RandomStreams(1)
    outs = [
        streams.uniform(x.shape),
        streams.normal((n, 3)),
        streams.uniform(v, ndim=2),
        streams.bernoulli(x.shape[1], 0.5),
        streams.random_integers((n,), 0, n),
        streams.permutation((2,), n),
        streams.multinomial((n,), 1, x[0] / x[0].sum()),
        streams.choice((n,), x[0] / x[0].sum()),
    ]
    f = sg.function([x, n, v], outs, mode=mode)
    shapes = [o.shape for o in f(np.ones((2, 4)), 5, [3, 1])]
    assert shapes == [(2, 4), (5, 3), (3, 1), (4,), (5,), (2, 5), (5, 4), (5,)]
    shapes = [o.shape for o in f(np.ones((1, 3)), 0, [0, 2])]
    assert shapes == [(1, 3), (0, 3), (0, 2), (3,), (0,), (2, 0), (0, 3), (0,)]
    with pytest.raises(ValueError, match=r"negative size|cannot have the shape"):
        f(np.ones((2, 4)), -1, [3, 1])


@pytest.mark.parametrize("mode", MODES)
def test_parameters_broadcast(mode):
    rows, columns = T.col("rows"), T.row("columns")
    streams = sg.RandomStreams(1)
    outs = [
        streams.normal(None, rows, columns),
        streams.uniform((3, 4), rows, rows + columns),
        streams.poisson(None, rows * columns),
        streams.binomial((3, 4), 1, columns / 1000),
        streams.gamma(None, rows, columns),
    ]
    f = sg.function([rows, columns], outs, mode=mode)
    r, c = np.array([[1.0], [50.0], [400.0]]), np.array([[0.0, 1e-3, 1.0, 1000.0]])
    normal, uniform, poisson, binomial, gamma = f(r, c)
    np.testing.assert_array_equal(normal[:, 0], r[:, 0])
    assert (np.abs(normal[:, 1] - r[:, 0]) < 0.01).all()
    assert (uniform >= r).all()
    assert (uniform <= r + c).all()
    assert (poisson[:, 0] == 0).all()
    assert abs(poisson[2, 3] - 400_000) < 4000
    assert (binomial[:, 0] == 0).all()
    assert (binomial[:, 3] == 1).all()
    assert (gamma[:, 0] == 0).all()
    assert (gamma[:, 3] > 0).all()


def test_draws_inside_larger_expressions():
    """Fused with what uses them, broadcast, reduced: the numbers stay the same."""
    x = T.matrix("x")
    value = np.arange(12.0).reshape(3, 4)

    def outputs():
        u = sg.RandomStreams(2).uniform((1, 4))
        v = sg.RandomStreams(3).normal(x.shape)
        w = sg.RandomStreams(4).uniform((3,))
        return [x * u, (x + v).sum(axis=1), T.nnet.softmax(x * v), v.T + w, (v * v).sum(), u, v, w]

    reference, native = (sg.function([x], outputs(), mode=m)(value) for m in ("reference", "llvm"))
    u, v, w = native[-3:]
    np.testing.assert_array_equal(native[0], value * u)
    np.testing.assert_allclose(native[3], v.T + w, rtol=1e-14)
    for found, expected in zip(native, reference, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_symbolic_extents_that_turn_out_to_be_1():
    x, n = T.matrix("x"), T.lscalar("n")
    for mode in MODES:
        f = sg.function([x, n], x + sg.RandomStreams(2).gamma((n, 4), 1.5), mode=mode)
        wide = f(np.zeros((3, 4)), 1)
        assert wide.shape == (3, 4)
        np.testing.assert_array_equal(wide[0], wide[2])
        assert f(np.zeros((1, 4)), 2).shape == (2, 4)


@pytest.mark.parametrize("mode", MODES)
def test_parameters_at_the_ends(mode):
    assert drawn(lambda r: r.gamma((2,), 0.0), mode=mode).tolist() == [0, 0]
    assert drawn(lambda r: r.poisson((2,), 0.0), mode=mode).tolist() == [0, 0]
    assert drawn(lambda r: r.normal((2,), 3.0, 0.0), mode=mode).tolist() == [3, 3]
    assert drawn(lambda r: r.uniform((2,), 4.0, 4.0), mode=mode).tolist() == [4, 4]
    found = drawn(lambda r: r.binomial((3,), [0, 7, 70], [0.5, 1.0, 1.0]), mode=mode)
    assert found.tolist() == [0, 7, 70]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda r: r.normal((2,), 0.0, -1.0), "normal: std is at least 0 and finite, not -1.0"),
        (
            lambda r: r.normal((2,), [1.0, np.nan]),
            r"normal: avg is a finite .*, not nan \(at \[1",
        ),
        (
            lambda r: r.exponential((2,), -2.0),
            "exponential: scale is at least 0 and finite, not -2.0",
        ),
        (lambda r: r.laplace((2,), 0.0, -2.0), "laplace: scale is at least 0 and finite, not -2.0"),
        (lambda r: r.uniform((2,), 3.0, 2.0), "uniform: high is at least low, not 2.0"),
        (lambda r: r.uniform((2,), 0.0, np.inf), "uniform: high is a finite number, not inf"),
        (lambda r: r.gamma((2,), -0.5), "gamma: shape is at least 0 and finite, not -0.5"),
        (lambda r: r.beta((2,), 1.0, 0.0), "beta: b is above 0 and finite, not 0.0"),
        (lambda r: r.standard_t((2,), 0), "standard_t: df is above 0 and finite, not 0"),
        (lambda r: r.bernoulli((2,), 1.5), "bernoulli: p is a probability, between 0 and 1, not 1"),
        (lambda r: r.binomial((2,), 1, -0.5), "binomial: p is a probability, .* not -0.5"),
        (lambda r: r.binomial((2,), -3, 0.5), "binomial: n is an integer, at least 0, not -3"),
        (lambda r: r.binomial((2,), 2.5, 0.5), "binomial: n is an integer, at least 0, not 2"),
        (lambda r: r.poisson((1, 2), [[1.0, -1.0]]), r"poisson: lam .* not -1.0 \(at \[0, 1\]\)"),
        (
            lambda r: r.multinomial((2,), 1, [0.5, -0.5]),
            r"multinomial: pvals is a probability, .* not -0.5 \(at \[1\]\)",
        ),
        (
            lambda r: r.multinomial((2,), 1, [0.0, 0.0]),
            "multinomial: the sum of pvals is 1 .*, not 0.0",
        ),
        (lambda r: r.choice((2,), 2, p=[0.0, 0.0]), "choice: the sum of p is 1 .*, not 0.0"),
        (lambda r: r.permutation((2,), -1), "permutation: n is an integer, at least 0, not -1"),
        (
            lambda r: r.gumbel_softmax((2,), [0.0, 1.0], 0.0),
            "temperature is above 0 and finite, not 0.0",
        ),
        (
            lambda r: r.random_integers((2,), [1, 5], 3),
            r"random_integers: high is at least low, not 3 \(at \[1\]\)",
        ),
    ],
)
def test_numbers_that_are_no_parameters_are_refused_at_once(make, message):
    with pytest.raises(ValueError, match=message):
        make(sg.RandomStreams(1))


def test_dtypes_of_parameters():
    streams = sg.RandomStreams(1)
    f, d = T.fvector(), T.dvector()
    with sg.config.change_flags(floatX="float32"):
        assert streams.uniform((2,)).dtype == "float32"
        assert streams.normal(None, d, f).dtype == "float64"
        assert streams.normal(None, f, 2.0).dtype == "float32"
        assert streams.normal((3,), d, dtype="float32").dtype == "float32"
        assert streams.gamma(None, f).dtype == "float32"
    assert streams.binomial((2,), 3, 0.5, dtype="floatX").dtype == sg.config.floatX


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda r: r.uniform((2,), dtype="int32"), TypeError, "uniform: .* the dtype int32 has"),
        (lambda r: r.uniform((-1,)), ValueError, "uniform: the extent -1 is negative"),
        (lambda r: r.normal((2.5,)), TypeError, "normal: an extent must be an integer scalar"),
        (lambda r: r.normal(T.lvector("s")), TypeError, "the length of the shape s .* not known"),
        (lambda r: r.normal((2,), np.zeros((3, 2))), ValueError, "has more dimensions than the"),
        (lambda r: r.normal((2,), np.zeros(3)), ValueError, "a parameter does not fit the size"),
        (lambda r: r.normal((2,), ndim=3), ValueError, "normal: 1 extents given, but ndim=3"),
        (lambda r: r.random_integers((2,), 5, 3), ValueError, "high is at least low, not 3"),
        (lambda r: r.random_integers((2,), 0.5), TypeError, "random_integers: low is no integer"),
        (lambda r: r.choice((2,), 0), ValueError, "choice: there is nothing to choose from"),
        (lambda r: r.choice((2,), np.eye(2)), TypeError, "choice: a is a number or a vector"),
        (lambda r: r.choice((2,), 3, p=[0.5, 0.5]), ValueError, "axis 0 has the extent 2, not 3"),
        (lambda r: r.multinomial((2,), 1, 0.5), TypeError, "multinomial: probabilities are a vec"),
        (lambda r: r.multinomial((), 1, []), ValueError, "multinomial: there are no categories"),
    ],
)
def test_messages(make, error, message):
    with pytest.raises(error, match=message):
        make(sg.RandomStreams(1))


@pytest.mark.parametrize("replace", [True, False])
def test_as_many_probabilities_as_choices(replace):
    p = T.dvector()
    f = sg.function([p], sg.RandomStreams(1).choice((2,), 3, replace, p))
    assert f([0.0, 0.5, 0.5]).min() > 0
    with pytest.raises(ValueError, match="2 .*was specified to|shape \\(2,\\) was specified"):
        f([0.5, 0.5])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("dtype", "last", "tolerance"), [("float64", 64, 1e-14), ("float32", 32, 5e-7)]
)
def test_normal_quantiles(mode, dtype, last, tolerance):
    """In the middle, and in the tails to the last place that draws come to."""
    x, tail = (T.TensorType(dtype, (None,))() for _ in range(2))
    f = sg.function([x, tail], normal_quantile(x, tail), mode=mode)
    middle = np.linspace(-0.9, 0.9, 2001).astype(dtype)
    wanted = np.sqrt(2) * special.erfinv(middle.astype(float))
    np.testing.assert_allclose(f(middle, 1 - abs(middle)), wanted, tolerance)
    tails = np.exp2(-np.linspace(1, last, 2001)).astype(dtype)
    for sign in (1, -1):
        wanted = -sign * special.ndtri(tails.astype(float) / 2)
        np.testing.assert_allclose(f(sign * (1 - tails), tails), wanted, tolerance)


def test_truncated_normals_stay_inside():
    found = drawn(lambda r: r.truncated_normal((100_000,)))
    assert np.abs(found).max() <= 2
    assert np.abs(found).max() > 1.999


def test_more_choices_than_there_are():
    n = T.lscalar()
    f = sg.function([n], sg.RandomStreams(1).choice((n,), 3, False))
    assert sorted(f(3).tolist()) == [0, 1, 2]
    with pytest.raises(
        ValueError, match="choice: a is at least the size, without replacement, not 3"
    ):
        f(4)


def test_shuffled_rows():
    x = T.matrix()
    f = sg.function([x], sg.RandomStreams(1).shuffle_row_elements(x))
    value = np.arange(40.0).reshape(4, 10)
    found = f(value)
    np.testing.assert_array_equal(np.sort(found, axis=1), value)
    assert len({tuple(row) for row in found % 10}) == 4
