"""Draws from a state that is a value are NumPy's."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T
from symgraph.tensor import raw_random as rr

MODES = pytest.mark.parametrize("mode", ["llvm", "reference"])
MAKERS = pytest.mark.parametrize("maker", [np.random.RandomState, np.random.default_rng])
sizes = st.none() | st.lists(st.integers(0, 3), max_size=2).map(tuple)
seeds = st.integers(0, 2**31)

# Draws by their parameters, and what NumPy is asked for.
DRAWS = {
    "uniform": ((-1.5, 2.0), lambda r, s: r.uniform(-1.5, 2.0, s)),
    "normal": ((1.0, 2.0), lambda r, s: r.normal(1.0, 2.0, s)),
    "binomial": ((5, 0.3), lambda r, s: r.binomial(5, 0.3, s)),
    "poisson": ((2.5,), lambda r, s: r.poisson(2.5, s)),
}


@given(st.sampled_from(sorted(DRAWS)), sizes, seeds, st.booleans())
def test_they_are_numpys(name, size, seed, modern):
    maker = np.random.default_rng if modern else np.random.RandomState
    parameters, reference = DRAWS[name]
    state = sg.shared(maker(seed))
    after, drawn = getattr(rr, name)(state, size, *parameters)
    draw = sg.function([], drawn, updates={state: after}, mode="reference")
    rng = maker(seed)
    for _ in range(2):
        wanted = np.asarray(reference(rng, size))
        found = draw()
        assert found.dtype == drawn.type.dtype
        np.testing.assert_array_equal(found, wanted)
    assert state.type.values_eq(state.get_value(), rng)


@MODES
@MAKERS
def test_parameters_broadcast_and_numbers_are_computed_with(maker, mode):
    state = sg.shared(maker(1))
    mean = T.dvector("mean")
    n = T.lscalar("n")
    after, drawn = rr.normal(state, (n, -1), mean, 0.5)
    f = sg.function([n, mean], [T.exp(drawn), drawn.shape], updates=[(state, after)], mode=mode)
    rng = maker(1)
    for _ in range(3):
        values, shape = f(2, [0.0, 1.0, 2.0])
        wanted = np.exp(rng.normal([0.0, 1.0, 2.0], 0.5, size=(2, 3)))
        np.testing.assert_allclose(values, wanted, rtol=1e-12)
        assert list(shape) == [2, 3]


@MAKERS
def test_integers_choices_and_permutations(maker):
    state, rng = sg.shared(maker(5)), maker(5)
    after, numbers = rr.random_integers(state, (4,), 2, 9)
    integers = rng.integers if hasattr(rng, "integers") else rng.randint
    f = sg.function([], numbers, updates={state: after})
    np.testing.assert_array_equal(f(), integers(2, 10, 4))
    low, high = [[0], [10]], [13, 15, 20]
    after, numbers = rr.random_integers(state, None, low, high)
    found = sg.function([], numbers, updates={state: after})()
    np.testing.assert_array_equal(found, [[integers(a[0], b + 1) for b in high] for a in low])


@MAKERS
def test_choices(maker):
    for size, a, replace, p in (
        ((3,), 5, True, None),
        ((2, 2), [1, 5, 7, 9, 11], False, None),
        (None, [3, 4], True, [0.25, 0.75]),
        ((4,), [3, 4], True, [0.25, 0.75]),
    ):
        state, rng = sg.shared(maker(2)), maker(2)
        after, chosen = rr.choice(state, size, a, replace, p)
        found = sg.function([], chosen, updates={state: after})()
        np.testing.assert_array_equal(found, rng.choice(a, size, replace, p))
        assert state.type.values_eq(state.get_value(), rng)


@MAKERS
def test_permutations_and_counts(maker):
    state, rng = sg.shared(maker(2)), maker(2)
    after, turned = rr.permutation(state, (2,), 5)
    found = sg.function([], turned, updates={state: after})()
    np.testing.assert_array_equal(found, [rng.permutation(5), rng.permutation(5)])
    after, one = rr.permutation(state, n=4)
    found = sg.function([], one, updates={state: after})()
    np.testing.assert_array_equal(found, rng.permutation(4))
    chances = np.array([[0.2, 0.8], [0.5, 0.5]])
    after, counts = rr.multinomial(state, (3, -1), [4, 6], chances)
    found = sg.function([], counts, updates={state: after})()
    wanted = [[rng.multinomial(n, p) for n, p in zip([4, 6], chances, strict=True)] for _ in "abc"]
    np.testing.assert_array_equal(found, wanted)
    assert counts.type.shape == (3, None, 2)


def test_dtypes_follow_floatx():
    state = sg.shared(np.random.RandomState(0))
    with sg.config.change_flags(floatX="float32"):
        assert rr.uniform(state, (2,))[1].dtype == "float32"
        assert rr.uniform(state, (2,), T.dscalar())[1].dtype == "float64"
        assert rr.normal(state, (2,), dtype="float64")[1].dtype == "float64"
    assert rr.poisson(state, (2,), dtype="int16")[1].dtype == "int16"


def test_functions_of_ones_own_draw():
    def angles(rng, scale, size):
        return scale * rng.uniform(0, 2 * np.pi, size)

    op = rr.RandomFunction(angles, T.dvector().type)
    state = rr.random_state_type("state")
    size = T.lvector("size")
    f = sg.function([state, size], op(state, size, 2.0))
    given_state = np.random.RandomState(4)
    after, drawn = f(given_state, [3])
    np.testing.assert_array_equal(drawn, 2 * np.random.RandomState(4).uniform(0, 2 * np.pi, 3))
    np.testing.assert_array_equal(f(given_state, [3])[1], drawn)
    assert not state.type.values_eq(given_state, after)
    with pytest.raises(ValueError, match="gave 2 dimensions"):
        f(given_state, [3, 1])


def test_shared_states_are_kept_apart_and_pickled():
    rng = np.random.RandomState(0)
    state = sg.shared(rng)
    rng.uniform()
    assert not state.type.values_eq(state.get_value(), rng)
    assert state.get_value(borrow=True) is state.get_value(borrow=True)
    after, drawn = rr.uniform(state, (2,))
    f = sg.function([], drawn, updates={state: after})
    g = pickle.loads(pickle.dumps(f))
    np.testing.assert_array_equal(f(), g())
    state.set_value(np.random.RandomState(0))
    np.testing.assert_array_equal(f(), np.random.RandomState(0).uniform(size=2))
    with pytest.raises(TypeError, match="expected a numpy.random.RandomState, got 3"):
        state.set_value(3)


def test_sizes_and_states_are_checked():
    state = sg.shared(np.random.RandomState(0))
    with pytest.raises(TypeError, match="draws from the state of a generator, not from 3"):
        rr.uniform(3, (2,))
    with pytest.raises(ValueError, match="is not known: tell ndim"):
        rr.uniform(state, T.lvector("size"))
    assert rr.uniform(state, T.lvector("size"), ndim=2)[1].ndim == 2
    with pytest.raises(ValueError, match="ndim is 1, but the size has 2 axes"):
        rr.uniform(state, (2, 2), ndim=1)
    with pytest.raises(ValueError, match="a parameter has 2 axes, more than the 1"):
        rr.uniform(state, (2,), T.dmatrix())
    with pytest.raises(ValueError, match="an extent is at least 0, not -2"):
        rr.uniform(state, (-2,))
    with pytest.raises(ValueError, match="none has the axis"):
        rr.uniform(state, (-1, 2), T.dvector())
    with pytest.raises(TypeError, match="a is a vector or a number"):
        rr.choice(state, (2,), T.dmatrix())
    with pytest.raises(TypeError, match="has an axis of categories"):
        rr.multinomial(state, (2,), 1, T.dscalar())
    with pytest.raises(TypeError, match="n is a number"):
        rr.permutation(state, (2,), T.lvector())
