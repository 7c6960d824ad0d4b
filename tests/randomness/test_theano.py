"""Theano's numbers: those that its tutorial prints, NumPy's, and MRG31k3p's."""

import itertools
import pickle

import numpy as np
import pytest
from scipy import stats
from support.random_numbers import MODES, RARE

import symgraph as sg
import symgraph.tensor as T
from symgraph.compat.theano import MRG_RandomStreams, RandomStreams
from symgraph.compat.theano.mrg31k3p import M1, M2, STREAM, jumped, step, substreams
from symgraph.compat.theano.sandbox import rng_mrg
from symgraph.gradient import NullTypeGradError

FIRST = [[0.12672381, 0.97091597], [0.13989098, 0.88754825]]
SECOND = [[0.31971415, 0.47584377], [0.24129163, 0.42046081]]


def numpy_streams(seed: int, count: int) -> list[np.random.RandomState]:
    """The generators of the first variables of a RandomStreams object."""
    seeds = np.random.RandomState(seed)
    return [np.random.RandomState(int(seeds.randint(2**30))) for _ in range(count)]


@pytest.mark.parametrize("mode", MODES)
def test_the_numbers_of_the_tutorial(mode):
    streams = RandomStreams(seed=234)
    u, v = streams.uniform((2, 2)), streams.normal((2, 2))
    f = sg.function([], u, mode=mode)
    g = sg.function([], v, no_default_updates=True, mode=mode)
    near_zeros = sg.function([], u + u - 2 * u, mode=mode)
    np.testing.assert_allclose(f(), FIRST, atol=5e-9)
    np.testing.assert_allclose(f(), SECOND, atol=5e-9)
    np.testing.assert_array_equal(g(), g())
    assert (near_zeros() == 0).all()
    rng = u.rng.get_value(borrow=True)
    rng.seed(89234)
    u.rng.set_value(rng, borrow=True)
    np.testing.assert_array_equal(f(), np.random.RandomState(89234).uniform(size=(2, 2)))
    streams.seed(234)
    np.testing.assert_allclose(f(), FIRST, atol=5e-9)


@pytest.mark.parametrize("mode", MODES)
def test_each_distribution_is_numpys(mode):
    streams, n = RandomStreams(7), T.lscalar("n")
    pvals = np.array([[0.2, 0.8], [0.6, 0.4]])
    outs = [
        streams.uniform((n, 2), -1.0, 3.0),
        streams.normal((3,), 1.0, 2.0),
        streams.binomial((3,), 10, 0.3),
        streams.poisson((3,), 4.0),
        streams.random_integers((n,), 1, 6),
        streams.choice((3,), 5, False),
        streams.choice((3,), [1.0, 5.0], p=[0.3, 0.7], dtype="float64"),
        streams.permutation((2,), n),
        streams.permutation(n=5),
        streams.multinomial((2,), 3, [0.2, 0.8]),
        streams.multinomial(None, 4, pvals),
        streams.shuffle_row_elements(np.arange(6.0).reshape(2, 3)),
    ]
    f = sg.function([n], outs, mode=mode)
    r = numpy_streams(7, len(outs))
    for _ in range(2):
        expected = [
            r[0].uniform(-1, 3, (4, 2)),
            r[1].normal(1, 2, 3),
            r[2].binomial(10, 0.3, 3),
            r[3].poisson(4, 3),
            r[4].randint(1, 7, 4),
            r[5].choice(5, 3, False),
            r[6].choice([1.0, 5.0], 3, p=[0.3, 0.7]),
            [r[7].permutation(4) for _ in range(2)],
            r[8].permutation(5),
            r[9].multinomial(3, [0.2, 0.8], 2),
            [r[10].multinomial(4, p) for p in pvals],
            [np.arange(3.0)[r[11].permutation(3)] + 3 * row for row in range(2)],
        ]
        for found, wanted in zip(f(4), expected, strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_the_kept_normal_number_is_part_of_the_state():
    streams = RandomStreams(1)
    x = streams.normal((3,))
    f = sg.function([], x)
    found = np.concatenate([f(), f()])
    np.testing.assert_array_equal(found, numpy_streams(1, 1)[0].normal(size=6))
    y = pickle.loads(pickle.dumps(x))
    np.testing.assert_array_equal(f(), sg.function([], y)())


def test_numpys_samples_have_no_derivative():
    a = T.vector("a")
    with pytest.raises(NullTypeGradError, match="samples of normal that NumPy draws have no deriv"):
        sg.grad(RandomStreams(1).normal(None, a).sum(), a)
    with pytest.raises(TypeError, match=r"the state of a stream is a numpy.random.RandomState"):
        RandomStreams(1).uniform(()).rng.set_value(np.zeros(3))


def plainly(x1: list[int], x2: list[int]) -> int:
    """One step of both recurrences, as the paper has them; histories, latest last, grow by one."""
    x1.append((2**22 * x1[-2] + (2**7 + 1) * x1[-3]) % (2**31 - 1))
    x2.append((2**15 * x2[-1] + (2**15 + 1) * x2[-3]) % (2**31 - 21069))
    return (x1[-1] - x2[-1]) % (2**31 - 1) or 2**31 - 1


def test_the_recurrences():
    state = np.array([[3, 1, 4, 1, 5, 9], [M1 - 1] * 3 + [M2 - 1] * 3], "int64")
    histories = [(row[2::-1].tolist(), row[:2:-1].tolist()) for row in state]
    for _ in range(500):
        state, found = step(state)
        assert found.tolist() == [plainly(*history) for history in histories]


def test_jumps():
    state = np.array([[3, 1, 4, 1, 5, 9], [12345] * 6], "int64")
    walked = state
    for _ in range(2**10):
        walked, _ = step(walked)
    np.testing.assert_array_equal(jumped(state, 10), walked)
    parts = substreams(state[0], 5)
    for one, following in itertools.pairwise(parts):
        np.testing.assert_array_equal(jumped(one[None], 72)[0], following)


@pytest.mark.parametrize("mode", MODES)
def test_uniform_numbers_are_those_of_the_parts_in_turn(mode):
    streams = MRG_RandomStreams(seed=12345)
    x = streams.uniform((5, 2), dtype="float64", nstreams=4)
    f = sg.function([], x, mode=mode)
    parts = substreams(np.full(6, 12345), 4)
    histories = [(row[2::-1].tolist(), row[:2:-1].tolist()) for row in parts]
    for _ in range(2):
        expected = [plainly(*histories[i % 4]) * 2.0**-31 for i in range(10)]
        np.testing.assert_array_equal(f().ravel(), expected)
    streams.seed(12345)
    histories = [(row[2::-1].tolist(), row[:2:-1].tolist()) for row in parts]
    assert f()[0, 0] == plainly(*histories[0]) * 2.0**-31


def test_samples_of_streams_and_their_parts():
    """Of streams 1, 2 and 12, each of 7 parts of which 5 numbers are taken, as the authors' own
    program (SSJ, which Theano's tests hold its numbers against) gives them."""
    state, samples = np.full((1, 6), 12345), []
    for _ in range(12):
        for part in substreams(state[0], 7)[:, None]:
            for _ in range(5):
                part, z = step(part)
                samples.append(z[0] * 2.0**-31)
        state = jumped(state, STREAM)
    found = [samples[place] for place in (0, 1, 4, 5, 34, 35, 419)]
    wanted = [
        0.7353244530968368, 0.61420744, 0.36619443260133266, 0.2585685825906694,
        0.8276205519214272, 0.5180770065635443, 0.18852565623819828,
    ]  # fmt: skip
    np.testing.assert_allclose(found, wanted, rtol=2e-8)


def test_the_numbers_of_theanos_generator():
    """As Aesara 2.9.3, which Theano became, gives them in two calls."""
    streams = MRG_RandomStreams(1234)
    u = streams.uniform((20,), dtype="float64")
    between = streams.uniform((2, 2), -1.0, 3.0, dtype="float64")
    normal = MRG_RandomStreams(1234).normal((3, 4), avg=1.0, std=2.0, dtype="float64")
    f = sg.function([], [u[:4], between.ravel(), normal.ravel()[:4]])
    first = [
        [0.372571111657, 0.657685837708, 0.592506782152, 0.360464315861],
        [-0.328840881586, -0.629799481481, 0.303447557613, 2.286129681394],
        [-0.7837190945, -0.372294755674, -1.043936333194, 3.943380419059],
    ]
    second = [
        [0.362446488347, 0.287900580093, 0.565403856803, 0.350448583718],
        [2.062374083325, -0.846706911922, -0.428889144212, 0.931452840567],
        [-0.344145264528, 3.638328168531, 1.220168812495, 0.698669133267],
    ]
    for expected in (first, second):
        np.testing.assert_allclose(f(), expected, rtol=0, atol=5e-12)


def test_truncated_normals_of_theanos_generator():
    """As Aesara 2.9.3 gives them, of which some are drawn anew; and the stream made behind them."""
    streams = MRG_RandomStreams(1234)
    outs = [
        streams.truncated_normal((3, 5), dtype="float64"),
        streams.uniform((2,), dtype="float64"),
    ]
    f = sg.function([], outs)
    first = [-1.5957179288095298, 1.0136480348061172, -0.06387228433545199, -0.5901017265480618,
             0.7317050427990978, 0.611131632993456, -1.178540956901483, 1.8070448412200688,
             0.07596552222378779, -0.2358795011529281, 1.1613824086278797, -1.6132514617655747,
             -0.3279184044589154, 0.24136971505544666, -0.8819358089963636]  # fmt: skip
    numbers, behind = f()
    np.testing.assert_allclose(numbers.ravel(), first, rtol=1e-14)
    np.testing.assert_allclose(behind, [0.9036436844617128, 0.05821386957541108], rtol=1e-14)
    numbers, behind = f()
    np.testing.assert_allclose(
        numbers[0, :2], [0.3430928384238309, -1.2089322337576192], rtol=1e-14
    )
    np.testing.assert_allclose(behind, [0.3319930275902152, 0.02922759018838406], rtol=1e-14)
    assert np.abs(sg.function([], streams.truncated_normal((10_001,)))()).max() < 2.2737


def test_choices_of_theanos_generator():
    """As Aesara 2.9.3 gives them."""
    p = np.array([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1], [0, 0.5, 0.5, 0]])
    two = sg.function([], MRG_RandomStreams(77).choice(size=2, replace=False, p=p))
    assert two().tolist() == [[1, 2], [0, 3], [1, 2]]
    assert two().tolist() == [[1, 3], [3, 0], [1, 2]]
    three = MRG_RandomStreams(77).multinomial_wo_replacement(n=3, pvals=p[:2])
    assert sg.function([], three)().tolist() == [[1, 2, 3], [0, 1, 3]]
    many = np.random.RandomState(0).rand(50, 20).astype("float32")
    many /= many.sum(axis=1, keepdims=True)
    n = T.lscalar()
    f = sg.function([n], MRG_RandomStreams(5).choice(n, replace=False, p=many))
    found = f(19)
    assert found[2].tolist() == [
        14, 2, 15, 10, 4, 5, 12, 16, 18, 11, 6, 1, 9, 0, 19, 13, 17, 3, 8
    ]  # fmt: skip
    assert all(len(set(row)) == 19 for row in found.tolist())
    with pytest.raises(ValueError, match="there are 20 to choose from without replacement, not 21"):
        f(21)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"p": [[0.5, 0.5]]}, NotImplementedError, "chooses without replacement only"),
        ({"a": 3, "replace": False}, TypeError, "a is left out"),
        ({"replace": False}, TypeError, "p is a real matrix, not missing"),
        ({"p": [0.5, 0.5], "replace": False}, TypeError, "p is a real matrix, not .*vector"),
        ({"p": [[1.0]], "replace": False, "ndim": 1}, ValueError, "ndim is left out"),
        ({"p": [[1.0]], "replace": False, "size": (2, 2)}, TypeError, "size is an integer, not"),
    ],
)
def test_what_theanos_generator_does_not_choose(given, error, message):
    with pytest.raises(error, match=message):
        MRG_RandomStreams(1).choice(**given)


def test_choices_have_no_derivative():
    p = T.matrix()
    choice = MRG_RandomStreams(1).choice(2, replace=False, p=p, dtype="float64")
    with pytest.raises(NullTypeGradError, match="samples of choice have no derivative"):
        sg.grad(choice.sum(), p)


def test_mrg_streams_are_independent_and_of_their_distributions():
    streams = rng_mrg.MRG_RandomStreams(99)
    count = 20_000
    p = np.array([[0.2, 0.3, 0.5]] * 2000)
    outs = [
        streams.uniform((count,), dtype="float32"),
        streams.uniform((100, 200), -1.0, 4.0),
        streams.normal((count + 1,), 2.0, 3.0),
        streams.truncated_normal((count,)),
        streams.binomial((count,), p=0.3),
        streams.binomial((count,), 6, 0.3),
        streams.multinomial(pvals=p, n=5),
        streams.multinomial(pvals=p),
    ]
    f = sg.function([], outs)
    u, between, normal, truncated, coin, several, counts, single = f()
    again = f()[0]
    assert u.dtype == "float32"
    assert 0 < u.min() <= u.max() < 1
    for values, expected in [
        (u, stats.uniform()),
        (between.ravel(), stats.uniform(-1, 5)),
        (normal, stats.norm(2, 3)),
    ]:
        assert stats.kstest(values, expected.cdf).pvalue > RARE
    for x, y in [(u, between.ravel()), (u, again), (u[:-1], u[1:])]:
        assert stats.pearsonr(x, y).pvalue > RARE
    # Theano's method keeps the angle of what it draws anew: that is near the distribution only.
    bound = 1 / stats.truncnorm(-2, 2).std()
    assert np.abs(truncated).max() <= 2 * bound
    assert stats.kstest(truncated, stats.truncnorm(-2, 2, scale=bound).cdf).statistic < 0.02
    assert truncated.std() == pytest.approx(1, abs=0.02)
    assert coin.mean() == pytest.approx(0.3, abs=0.015)
    assert several.mean() == pytest.approx(1.8, abs=0.04)
    assert (counts.sum(axis=1) == 5).all()
    np.testing.assert_allclose(counts.mean(axis=0), 5 * p[0], atol=0.1)
    np.testing.assert_allclose(single.mean(axis=0), p[0], atol=0.05)


@pytest.mark.parametrize("p", [[0.2, 0.2], [0.7, 0.9], [0.0, 0.0]])
def test_mrg_takes_probabilities_of_any_sum(p):
    """A number beyond the sum belongs to no category; the sum is not scaled to 1."""
    count = 20_000
    streams = rng_mrg.MRG_RandomStreams(7)
    drawn = sg.function([], streams.multinomial(pvals=np.tile(p, (count, 1)), n=3))()
    shares = np.diff(np.minimum(np.cumsum([0, *p]), 1))
    np.testing.assert_allclose(drawn.mean(axis=0), 3 * shares, atol=0.05)


def test_mrg_with_symbolic_sizes_and_state():
    streams, x = MRG_RandomStreams(1), T.matrix()
    u = streams.uniform(x.shape)
    n = streams.normal((x.shape[0],), dtype="float32")
    f = sg.function([x], [u, n])
    f(np.zeros((2, 3)))
    state = u.rng.get_value()
    assert state.shape == (15_360, 6)
    first, odd = f(np.zeros((3, 1)))
    assert first.shape == (3, 1)
    assert odd.shape == (3,)
    u.rng.set_value(state)
    np.testing.assert_array_equal(f(np.zeros((3, 1)))[0], first)


@pytest.mark.parametrize(
    ("seed", "error", "message"),
    [
        (0, ValueError, "neither three places of the state may all be 0"),
        (-3, ValueError, "a seed lies between 0 and 2147462578, not -3"),
        (2**31, ValueError, "a seed lies between"),
        ([1, 2], TypeError, "a seed is an integer or six of them"),
        (1.5, TypeError, "a seed is an integer or six of them, not 1.5"),
    ],
)
def test_seeds_that_mrg_does_not_take(seed, error, message):
    with pytest.raises(error, match=message):
        MRG_RandomStreams(seed)


def test_a_size_of_numpys_integers_has_the_most_parts():
    sizes = (36, 2), (np.int64(36), 2)
    streams = [MRG_RandomStreams(3).uniform(size) for size in sizes]
    parts = [len(v.owner.inputs[0].get_value()) for v in streams]
    assert parts == [12, 60 * 256]
