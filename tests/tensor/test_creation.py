"""Arrays of given values and sizes, beside NumPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, derivatives_agree, everywhere, run, same, scalars
from support.op_checks import variables as symbols

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Constant, TensorType, config, toposort

SHAPES = st.lists(st.integers(0, 3), max_size=3).map(tuple)
DTYPES = st.sampled_from([None, "bool", "int8", "float32", "complex64"])


@given(st.data())
def test_of_one_value(data):
    shape, dtype = data.draw(SHAPES), data.draw(DTYPES)
    values = {}
    extents = tuple(data.draw(scalars(extent, values)) for extent in shape)
    same(run(T.zeros(extents, dtype), values), np.zeros(shape, dtype or "float64"))
    same(run(T.ones(extents, dtype), values), np.ones(shape, dtype or "float64"))
    same(run(T.empty(extents, dtype), values), np.zeros(shape, dtype or "float64"))
    same(run(T.full(extents, 3, dtype), values), np.full(shape, 3, dtype or "int64"))
    same(run(T.alloc(np.float32(2), *extents), values), np.full(shape, 2, "float32"))
    known = tuple(e if isinstance(e, int) else None for e in extents)
    assert T.zeros(extents).type.shape == known


@given(st.data())
def test_of_the_shape_of_another(data):
    array, dtype = data.draw(arrays(SHAPES)), data.draw(DTYPES)
    x = data.draw(symbols(array))
    values = {x: array}
    same(run(T.zeros_like(x, dtype), values), np.zeros_like(array, dtype))
    same(run(T.ones_like(x, dtype), values), np.ones_like(array, dtype))
    same(run(T.full_like(x, 1, dtype), values), np.full_like(array, 1, dtype))
    same(run(T.fill(x, np.int16(7)), values), np.full(array.shape, 7, "int16"))
    same(run(x.fill(2.5), values), np.full(array.shape, 2.5).astype(T.fill(x, 2.5).type.dtype))


def test_a_shape_is_an_int_a_sequence_or_a_vector():
    n, v, x = T.lscalar("n"), TensorType("int64", (2,))("v"), T.dmatrix("x")
    values = {n: 2, v: [2, 3], x: np.zeros((2, 3))}
    for shape, expected in (
        (3, 3),
        (n, 2),
        ([n, 3], (2, 3)),
        (v, (2, 3)),
        (x.shape, (2, 3)),
        ((), ()),
    ):
        same(run(T.zeros(shape), values), np.zeros(expected))
    same(run(T.alloc(0.5, n, 3), values), np.full((2, 3), 0.5))
    same(run(T.alloc(0.5, (n, 3)), values), np.full((2, 3), 0.5))


def test_values_that_are_arrays_are_repeated():
    n, row = T.lscalar("n"), T.dvector("row")
    values = {n: 2, row: [1.0, 2, 3]}
    same(run(T.full((n, 3), row), values), np.tile(values[row], (2, 1)))
    same(run(T.alloc(row, n, 3), values), np.tile(values[row], (2, 1)))
    same(run(T.full_like(T.zeros((n, 3)), row), values), np.tile(values[row], (2, 1)))
    same(run(T.full((2,), [n, 5]), values), np.array([2, 5]))
    derivatives_agree(lambda r, s: T.full((2, 3), r) * T.full((2, 3), s), np.ones(3), np.array(2.0))


def test_floatX_is_the_default():
    with config.change_flags(floatX="float32"):
        assert {f(3).type.dtype for f in (T.zeros, T.ones, T.empty, T.eye, T.tri)} == {"float32"}
        assert T.full(3, 1.5).type.dtype == "float32"
        assert T.arange(0, 1, 0.25).type.dtype == "float32"


def test_values_of_the_model_are_not_looked_at():
    x = T.dvector("x")
    for like in (T.zeros_like(x), T.ones_like(x), T.full_like(x, 3)):
        with pytest.raises(sg.gradient.DisconnectedInputError):
            sg.grad(like.sum(), x)
        assert {str(n.op) for n in toposort([like]) if x in n.inputs} == {"ShapeOf{axis=0}"}


@given(st.data())
def test_arange(data):
    numbers = data.draw(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 4)))
    count = data.draw(st.integers(1, 3))
    numbers = numbers[1:2] if count == 1 else numbers[:count]
    values = {}
    given = [data.draw(scalars(number, values)) for number in numbers]
    dtype = data.draw(st.sampled_from([None, "int8", "float32"]))
    same(run(T.arange(*given, dtype=dtype), values), np.arange(*numbers, dtype=dtype or "int64"))


def test_arange_of_floats():
    same(run(T.arange(0.5, 3), {}), np.arange(0.5, 3))
    same(run(T.arange(3.0, 0, -0.5), {}), np.arange(3.0, 0, -0.5))
    same(run(T.arange(2.5, dtype="int64"), {}), np.array([0, 1, 2]))
    n = T.fscalar("n")
    same(run(T.arange(n), {n: 2.5}), np.arange(2.5, dtype="float32"))
    assert isinstance(T.arange(5).owner.inputs[1], Constant)
    assert T.arange(5).type.shape == (5,)


@given(st.data())
def test_eye_and_identity_like(data):
    n, m, k = data.draw(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(-4, 4)))
    values = {}
    rows, columns, diagonal = (data.draw(scalars(number, values)) for number in (n, m, k))
    dtype = data.draw(DTYPES)
    same(run(T.eye(rows, columns, diagonal, dtype), values), np.eye(n, m, k, dtype or "float64"))
    same(run(T.eye(rows), values), np.eye(n))
    x = T.fmatrix("x")
    same(run(T.identity_like(x), {x: np.zeros((n, m))}), np.eye(n, m, dtype="float32"))
    same(run(T.identity_like(x, "int8"), {x: np.zeros((n, m))}), np.eye(n, m, dtype="int8"))


@given(st.data())
def test_triangles(data):
    array = data.draw(arrays(st.lists(st.integers(0, 4), min_size=2, max_size=3).map(tuple)))
    x, values = data.draw(symbols(array)), {}
    number = data.draw(st.integers(-4, 4))
    k = data.draw(scalars(number, values))
    values[x] = array
    same(run(T.tril(x, k), values), np.tril(array, number))
    same(run(T.triu(x, k), values), np.triu(array, number))
    n, m = array.shape[-2:]
    same(run(T.tri(n, m, k, "int8"), values), np.tri(n, m, number, "int8"))
    same(run(T.tri(n), values), np.tri(n))


def test_derivatives_of_triangles():
    point = np.arange(1.0, 7).reshape(2, 3)
    derivatives_agree(lambda x: T.tril(x) ** 2 + T.triu(x, 1) * 3.0, point)


def test_what_a_triangle_leaves_out_has_no_influence():
    x = T.dmatrix("x")
    values = {x: [[0.0, np.inf], [np.nan, 4.0]]}
    same(run(T.tril(T.triu(x)), values), [[0, 0], [0, 4.0]])
    same(run(sg.grad(T.triu(T.sqrt(x))[1].sum(), x), values), [[0, 0], [0, 0.25]])


def test_every_back_end_makes_arrays():
    n, m, k, x = T.lscalar("n"), T.bscalar("m"), T.lscalar("k"), T.fmatrix("x")
    outputs = [
        T.zeros((n, m)),
        T.ones(n, "int8"),
        T.full((m, n), k),
        T.arange(n),
        T.arange(k, n, m),
    ]
    outputs += [T.eye(n, m, k), T.eye(n, dtype="bool"), T.tril(x, k), T.triu(x), T.tri(n, m, k)]
    outputs += [
        T.zeros_like(x),
        T.full_like(x, k),
        T.fill(x, m),
        T.identity_like(x),
        T.alloc(x, n, 2, 3),
    ]
    everywhere(
        outputs,
        *(
            {n: a, m: b, k: c, x: np.ones((2, 3))}
            for a, b, c in ((3, 2, 0), (0, 1, 5), (2, 4, -2), (1, 1, 1))
        ),
    )
    for output in (T.zeros((n, m)), T.eye(n, m), T.arange(k, n, m)):
        everywhere([output], {n: -1, m: 2, k: 0}, {n: 2, m: 0, k: 1})


def test_every_back_end_makes_aranges_of_floats():
    a, b, c = T.fscalars("a", "b", "c")
    rng = np.random.default_rng(0)
    points = [dict(zip((a, b, c), rng.integers(-20, 20, 3) / 10, strict=True)) for _ in range(30)]
    everywhere([T.arange(a, b, c)], *points, {a: 0, b: np.inf, c: 1}, {a: 0, b: np.nan, c: 1})


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (lambda: T.zeros(-1), ValueError, "the extent -1 is negative"),
        (lambda: T.zeros((2, 2.5)), TypeError, "an extent must be an integer scalar, not 2.5"),
        (lambda: T.ones(T.lvector("v")), TypeError, "the length of the shape v .* is not known"),
        (lambda: T.full((2, 3), T.dvector("v").reshape((4,))), ValueError, "cannot be broadcast"),
        (lambda: T.full(3, "a"), TypeError, "holds no numbers"),
        (lambda: T.zeros(3, "text"), TypeError, "'text' names no dtype"),
        (lambda: T.arange(0, 3, 0), ValueError, "arange: the step is zero"),
        (
            lambda: T.arange(T.dvector("x")),
            TypeError,
            r"arange takes real scalars, not x \(float64 v",
        ),
        (lambda: T.arange(1j), TypeError, "arange takes real scalars"),
        (lambda: T.eye(2.0), TypeError, "eye: the rows must be an integer scalar, not 2.0"),
        (lambda: T.eye(2, k=0.5), TypeError, "eye: the diagonal must be an integer scalar"),
        (
            lambda: T.tril(T.dvector("x")),
            TypeError,
            r"tril takes a matrix, not x \(float64 vector\)",
        ),
        (lambda: T.identity_like(T.dvector("x")), TypeError, "identity_like takes a matrix, not x"),
    ],
)
def test_errors(use, error, message):
    with pytest.raises(error, match=message):
        use()
