"""Products of arrays of any ranks, beside NumPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, derivatives_agree, everywhere, run, same
from support.op_checks import variables as symbols

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

DTYPES = st.sampled_from(["bool", "int8", "int64", "uint16", "float32", "float64", "complex64"])
EXTENT = st.integers(0, 3)


def extents(draw, max_size=2):
    return tuple(draw(st.lists(EXTENT, max_size=max_size)))


@given(st.data())
def test_dot(data):
    inner = data.draw(EXTENT)
    left = (*extents(data.draw), inner)
    last = () if data.draw(st.booleans()) else (data.draw(EXTENT),)
    right = (*extents(data.draw), inner, *last) if last else (inner,)
    a, b = data.draw(arrays(left, DTYPES)), data.draw(arrays(right, DTYPES))
    x, y = data.draw(symbols(a)), data.draw(symbols(b))
    values = {x: a, y: b}
    same(run(T.dot(x, y), values), np.dot(a, b))
    same(run(x.dot(y), values), np.dot(a, b))
    scalar = np.float32(2)
    same(run(T.dot(x, scalar), values), np.dot(a, scalar))
    same(run(T.dot(2, y), values), np.asarray(b * 2))


@given(st.data())
def test_matmul(data):
    """Stacks of matrices broadcast, also where an extent is only found to be 1."""
    n, inner, m = (data.draw(EXTENT) for _ in range(3))
    wide = extents(data.draw)
    stacks = [
        tuple(e if data.draw(st.booleans()) else 1 for e in wide)[data.draw(st.integers(0, 2)) :]
        for _ in range(2)
    ]
    left = (inner,) if data.draw(st.booleans()) else (*stacks[0], n, inner)
    right = (inner,) if data.draw(st.booleans()) else (*stacks[1], inner, m)
    a, b = data.draw(arrays(left, DTYPES)), data.draw(arrays(right, DTYPES))
    x, y = data.draw(symbols(a)), data.draw(symbols(b))
    same(run(T.matmul(x, y), {x: a, y: b}), np.asarray(a @ b))


@given(st.data())
def test_tensordot(data):
    a = data.draw(arrays(st.lists(st.integers(1, 3), max_size=3).map(tuple), DTYPES))
    count = data.draw(st.integers(0, a.ndim))
    over_a = data.draw(st.permutations(range(a.ndim)))[:count]
    free = extents(data.draw)
    order = data.draw(st.permutations(range(count + len(free))))
    shape = tuple((*(a.shape[axis] for axis in over_a), *free)[axis] for axis in order)
    over_b = [order.index(position) for position in range(count)]
    b = data.draw(arrays(shape, DTYPES))
    signs = [data.draw(st.booleans()) for _ in over_a]
    over_a = [axis - a.ndim if sign else axis for axis, sign in zip(over_a, signs, strict=True)]
    x, y = data.draw(symbols(a)), data.draw(symbols(b))
    values = {x: a, y: b}
    same(run(T.tensordot(x, y, (over_a, over_b)), values), np.tensordot(a, b, (over_a, over_b)))
    if len(over_a) == 1:
        one = (over_a[0], over_b[0])
        same(run(T.tensordot(x, y, one), values), np.tensordot(a, b, one))


@pytest.mark.parametrize("axes", [0, 1, 2])
def test_tensordot_over_the_last_and_first_axes(axes):
    a, b = np.arange(24.0).reshape(4, 2, 3), np.arange(18.0).reshape(2, 3, 3)
    b = b if axes == 2 else b.transpose(1, 0, 2)
    x, y = T.dtensor3("x"), T.dtensor3("y")
    same(run(T.tensordot(x, y, axes), {x: a, y: b}), np.tensordot(a, b, axes))


@given(st.data())
def test_outer(data):
    a, b = (data.draw(arrays(extents(data.draw), DTYPES)) for _ in range(2))
    x, y = data.draw(symbols(a)), data.draw(symbols(b))
    same(run(T.outer(x, y), {x: a, y: b}), np.outer(a, b))


@given(st.data())
def test_batched_dot(data):
    batch, n, inner, m = (data.draw(EXTENT) for _ in range(4))
    left = (batch, inner) if data.draw(st.booleans()) else (batch, n, inner)
    right = (batch, inner) if data.draw(st.booleans()) else (batch, inner, m)
    a, b = data.draw(arrays(left, "float32")), data.draw(arrays(right, "float32"))
    x, y = data.draw(symbols(a)), data.draw(symbols(b))
    number = data.draw(arrays((batch,), "float32"))
    s = data.draw(symbols(number))
    scaled = number.reshape(batch, *[1] * (a.ndim - 1)) * a
    same(run(T.batched_dot(s, x), {s: number, x: a}), scaled)
    same(run(T.batched_dot(x, s), {s: number, x: a}), scaled)
    rows, columns = ("" if array.ndim == 2 else name for array, name in ((a, "n"), (b, "m")))
    expected = np.einsum(f"b{rows}i,bi{columns}->b{rows}{columns}", a, b)
    same(run(T.batched_dot(x, y), {x: a, y: b}), expected)


def test_derivatives():
    rng = np.random.default_rng(0)
    a, b, v = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 4, 3)), rng.normal(size=4)
    derivatives_agree(lambda x, y: T.dot(x, y) ** 2, a, b)
    derivatives_agree(lambda x, y: (x @ y) ** 2, a, b[:1])
    derivatives_agree(lambda x, y: (x @ y) ** 2, a, v)
    derivatives_agree(lambda x, y: (x @ y) ** 2, v, b)
    derivatives_agree(lambda x, y: T.tensordot(x, y, ([2, 0], [1, 0])) ** 2, a, b)
    derivatives_agree(lambda x, y: T.outer(x, y) ** 2, a, v)
    derivatives_agree(lambda x, y: T.batched_dot(x, y) ** 2, a, b)
    derivatives_agree(lambda x, y: sg.grad((T.dot(x, y) ** 3).sum(), y), a[0], v)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "float16"])
def test_every_back_end_multiplies(dtype):
    x, y = (TensorType(dtype, (None,) * 3)(name) for name in "xy")
    a, b, v = x[0], y[0], y[0, :, 0]
    outputs = [T.dot(a, b), T.dot(a, v), T.dot(v, b), T.dot(v, v), T.dot(a.T, a), T.dot(a[::-1], b)]
    outputs += [T.dot(x, y), x @ y, x @ v, T.batched_dot(x, y), T.outer(v, v)]
    outputs += [T.tensordot(x, y, ([0, 2], [0, 1])), T.dot(a, b) + T.dot(a, b).sum()]
    if dtype.startswith("float"):
        outputs += [sg.grad((T.dot(a, b) ** 2).sum(), x), sg.grad((x @ y).sum(), [x, y])[1]]
    rng = np.random.default_rng(0)
    shapes = [
        ((2, 3, 4), (2, 4, 5)),
        ((1, 1, 1), (1, 1, 1)),
        ((3, 0, 2), (3, 2, 0)),
        ((1, 2, 0), (1, 0, 3)),
    ]
    everywhere(
        outputs, *({x: rng.integers(-4, 5, a), y: rng.integers(-4, 5, b)} for a, b in shapes)
    )


def test_float16_is_multiplied_in_float32():
    x, y = (TensorType("float16", (None,) * 3)(name) for name in "xy")
    values = {x: [[[300, 300, 1]]], y: [[[300], [-300], [1]]]}
    same(run(x @ y, values), np.ones((1, 1, 1), "float16"))
    same(run(T.dot(x[0], y[0]), values), np.ones((1, 1), "float16"))


def test_every_back_end_refuses_products_that_do_not_fit():
    x, y = T.dtensor3("x"), T.dtensor3("y")
    for output in (T.dot(x[0], y[0]), x @ y, T.batched_dot(x, y), T.tensordot(x, y, ([1], [1]))):
        for left, right in (((2, 3, 4), (2, 3, 4)), ((2, 3, 1), (2, 3, 1)), ((2, 3, 3), (1, 3, 3))):
            everywhere([output], {x: np.ones(left), y: np.ones(right)})


def test_products_over_an_axis_of_1_do_not_broadcast():
    """An inner extent of 1 beside another is an error as in NumPy, not a sum of repeats."""
    x, y = T.dtensor3("x"), T.dtensor3("y")
    values = {x: np.ones((2, 3, 1)), y: np.ones((2, 4, 5))}
    for output in (x @ y, T.batched_dot(x, y), T.dot(x, y)):
        with pytest.raises(ValueError, match="was specified to have|shapes do not fit"):
            run(output, values)
    with pytest.raises(ValueError, match="was specified to have"):
        run(T.batched_dot(x, y), {x: np.ones((1, 3, 4)), y: np.ones((2, 4, 5))})


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (lambda s, v, m: m @ s, TypeError, r"matmul takes no scalar such as s; use \*"),
        (lambda s, v, m: s @ m, TypeError, r"matmul takes no scalar such as s; use \*"),
        (lambda s, v, m: T.batched_dot(s, m), TypeError, r"batched_dot takes 1 to 3 dim.*not s \("),
        (
            lambda s, v, m: T.tensordot(v, m, 2),
            ValueError,
            r"tensordot over 2 axes of v \(float64 v",
        ),
        (lambda s, v, m: T.tensordot(v, m, ([0], [0, 1])), ValueError, "1 axes of v, but 2 of m"),
        (lambda s, v, m: T.tensordot(v, m, ([1], [0])), ValueError, "tensordot: axis 1 is out of"),
        (lambda s, v, m: T.tensordot(v, m, ([0, 0], [0, 1])), ValueError, "an axis is named twice"),
        (lambda s, v, m: T.dot(v, "a"), TypeError, "holds no numbers"),
    ],
)
def test_errors(use, error, message):
    with pytest.raises(error, match=message):
        use(T.dscalar("s"), T.dvector("v"), T.dmatrix("m"))


def test_known_extents_that_do_not_fit_are_refused_at_once():
    a, b = TensorType("float64", (2, 3, 4))("a"), TensorType("float64", (2, 3, 4))("b")
    for product, name in ((T.matmul, "matmul"), (T.batched_dot, "matmul"), (T.dot, "tensordot")):
        with pytest.raises(
            ValueError, match=rf"{name}: shapes do not fit: a \(.*\) and b \(.* the extents 4 and 3"
        ):
            product(a, b)
