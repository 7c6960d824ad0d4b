"""Arrays repeated and turned round, and diagonals, beside NumPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.back_ends import TESTED
from support.op_checks import arrays, derivatives_agree, everywhere, run, same, scalars
from support.op_checks import variables as symbols

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

SHAPES = st.lists(st.integers(0, 3), max_size=3).map(tuple)
MATRICES = st.lists(st.integers(0, 4), min_size=2, max_size=4).map(tuple)


@given(st.data())
def test_tile(data):
    array = data.draw(arrays(SHAPES))
    reps = data.draw(st.lists(st.integers(0, 3), max_size=4))
    x, values = data.draw(symbols(array)), {}
    given = [data.draw(scalars(count, values)) for count in reps]
    values[x] = array
    same(run(T.tile(x, given), values), np.tile(array, reps))
    if len(reps) == 1:
        same(run(T.tile(x, given[0]), values), np.tile(array, reps[0]))


@pytest.mark.parametrize("mode", TESTED)
def test_counts_for_the_last_axes_of_a_result_of_more(mode):
    x, v = T.dmatrix("x"), T.ivector("v")
    outputs = [T.tile(x, 2, 4), T.tile(x, [2, 3], 3), T.tile(x, v, 3)]
    f = sg.function([x, v], outputs, mode=mode)
    array = np.arange(6.0).reshape(2, 3)
    for reps in ([], [2], [3, 2], [2, 1, 3]):
        by_one, by_two, by_vector = f(array, np.array(reps, "int32"))
        same(by_one, np.tile(array, [1, 1, 1, 2]))
        same(by_two, np.tile(array, [1, 2, 3]))
        same(by_vector, np.tile(array, [1] * (3 - len(reps)) + reps))
    with pytest.raises(
        ValueError, match="tile: ndim, where low is the number of counts, is at least low, not 3"
    ):
        f(array, [1, 1, 1, 1])
    for reps, ndim, message in (((2, 3), 1, "below the rank"), ((2, 3, 4), 2, "3 counts given")):
        with pytest.raises(ValueError, match=message):
            T.tile(x, reps, ndim)
    with pytest.raises(TypeError, match="tile: counts are integers, not w"):
        T.tile(x, T.dvector("w"), 3)


def test_tile_by_a_vector():
    x, v = T.dmatrix("x"), T.lvector("v")
    values = {x: np.arange(4.0).reshape(2, 2), v: [2, 1, 3]}
    same(run(T.tile(x, v, 3), values), np.tile(values[x], values[v]))


@given(st.data())
def test_repeat(data):
    array = data.draw(arrays(SHAPES))
    axis = data.draw(st.none() | st.integers(-array.ndim, array.ndim - 1)) if array.ndim else None
    count = data.draw(st.integers(0, 3))
    x, values = data.draw(symbols(array)), {}
    repeats = data.draw(scalars(count, values))
    values[x] = array
    same(run(T.repeat(x, repeats, axis), values), np.repeat(array, count, axis))
    same(run(x.repeat(repeats, axis), values), np.repeat(array, count, axis))


@given(st.data())
def test_roll(data):
    array = data.draw(arrays(SHAPES))
    axis = data.draw(st.none() | st.integers(-array.ndim, array.ndim - 1)) if array.ndim else None
    shift = data.draw(st.integers(-7, 7))
    x, values = data.draw(symbols(array)), {}
    amount = data.draw(scalars(shift, values))
    values[x] = array
    same(run(T.roll(x, amount, axis), values), np.roll(array, shift, axis))


@pytest.mark.parametrize(
    ("shift", "axis"), [((1, 2), (0, 1)), (1, (0, 1)), ((1, 2), 0), ([1, -2, 5], [0, 1, 0])]
)
def test_roll_along_several_axes(shift, axis):
    array = np.arange(12.0).reshape(3, 4)
    x = T.dmatrix("x")
    same(run(T.roll(x, shift, axis), {x: array}), np.roll(array, shift, axis))


@given(st.data())
def test_diagonal_and_trace(data):
    array = data.draw(arrays(MATRICES))
    a, b = data.draw(st.permutations(range(array.ndim)))[:2]
    if data.draw(st.booleans()):
        a -= array.ndim
    offset = data.draw(st.integers(-5, 5))
    x, values = data.draw(symbols(array)), {}
    number = data.draw(scalars(offset, values))
    values[x] = array
    same(run(T.diagonal(x, number, a, b), values), array.diagonal(offset, a, b))
    same(run(x.diagonal(number, a, b), values), array.diagonal(offset, a, b))
    same(run(T.trace(x, number, a, b), values), np.asarray(array.trace(offset, a, b)))
    same(run(x.trace(number, a, b), values), np.asarray(array.trace(offset, a, b)))


@given(st.data())
def test_diag(data):
    array = data.draw(arrays(st.lists(st.integers(0, 4), min_size=1, max_size=2).map(tuple)))
    offset = data.draw(st.integers(-5, 5))
    x, values = data.draw(symbols(array)), {}
    number = data.draw(scalars(offset, values))
    values[x] = array
    same(run(T.diag(x, number), values), np.diag(array, offset))


def test_derivatives():
    point = np.arange(6.0).reshape(2, 3)
    for f in (
        lambda x: T.tile(x, (2, 1, 2)),
        lambda x: T.repeat(x, 3, 1),
        lambda x: T.repeat(x, 2),
        lambda x: T.roll(x, 4, -1),
        lambda x: T.roll(x, -2),
        lambda x: T.diagonal(x, 1),
        lambda x: T.diag(x[0], -1),
        lambda x: T.trace(x),
    ):
        derivatives_agree(lambda x, f=f: f(x) ** 2, point)


def test_every_back_end_repeats():
    x, n, k = TensorType("float32", (None, None))("x"), T.lscalar("n"), T.lscalar("k")
    outputs = [T.tile(x, (n, 2)), T.repeat(x, n, 0), T.repeat(x, n), T.roll(x, k, 1), T.roll(x, k)]
    outputs += [T.diagonal(x, k), T.trace(x, k), T.diag(x[:, 0], k), T.diag(x, k)]
    outputs += [sg.grad((y**2).sum(), x) for y in outputs]
    shapes = [(2, 3), (3, 1), (1, 4)]
    rng = np.random.default_rng(0)
    everywhere(
        outputs,
        *(
            {x: rng.normal(size=shape), n: n_, k: k_}
            for shape in shapes
            for n_, k_ in ((2, 1), (0, -2))
        ),
    )
    everywhere([T.tile(x, (n, 1)), T.roll(x, k, 1)], {x: np.zeros((0, 2)), n: 2, k: 1})
    everywhere([T.repeat(x, n, 0)], {x: np.ones((2, 2)), n: -1})


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (lambda x, v: T.tile(x, v), TypeError, r"tile: the length of the shape v \(int64 vector\)"),
        (lambda x, v: T.tile(x, (2, -1)), ValueError, "tile: the extent -1 is negative"),
        (lambda x, v: T.repeat(x, 0.5), TypeError, "repeat: an extent must be an integer scalar"),
        (lambda x, v: T.repeat(x, x, 0), TypeError, "is an integer or a vector of them, not x"),
        (lambda x, v: T.repeat(x, [0.5], 0), TypeError, "must be an integer, not"),
        (lambda x, v: T.repeat([1, 2], [1, 2, 3]), ValueError, "3"),
        (lambda x, v: T.repeat(x, 2, 2), ValueError, "repeat: axis 2 is out of range for 2 dim"),
        (lambda x, v: T.roll(x, 0.5, 0), TypeError, "roll: the shift must be an integer scalar"),
        (lambda x, v: T.roll(x, (1, 2), (0, 1, 0)), ValueError, "roll: 2 shifts along 3 axes of x"),
        (
            lambda x, v: T.diagonal(x, 0, 1, -1),
            ValueError,
            "axis1 and axis2 are the same axis 1 of x",
        ),
        (lambda x, v: T.diagonal(v), TypeError, r"diagonal takes a matrix, not v \(int64 vector\)"),
        (lambda x, v: T.diag(x[0, 0]), TypeError, "diag takes a vector or a matrix, not"),
        (lambda x, v: T.diag(x, 0.5), TypeError, "the diagonal must be an integer scalar, not 0.5"),
    ],
)
def test_errors(use, error, message):
    with pytest.raises(error, match=message):
        use(T.dmatrix("x"), T.lvector("v"))
