"""Dot and BatchedDot."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import EVERY, compile_variant
from support.op_checks import arrays, derivatives_agree, everywhere, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import BatchedDot, Dot

DTYPES = st.sampled_from(["bool", "int8", "int64", "uint16", "float32", "float64", "complex64"])


@st.composite
def operands(draw, dtypes=DTYPES):
    inner = draw(st.integers(0, 3))
    left = (*draw(st.lists(st.integers(0, 3), max_size=1)), inner)
    right = (inner, *draw(st.lists(st.integers(0, 3), max_size=1)))
    return draw(arrays(left, dtypes)), draw(arrays(right, dtypes))


@given(st.data())
def test_dot_of_vectors_and_matrices(data):
    a, b = data.draw(operands())
    x, y = data.draw(variables(a)), data.draw(variables(b))
    same(run(Dot()(x, y), {x: a, y: b}), np.dot(a, b))


@given(st.data())
def test_derivatives_of_dot(data):
    a, b = data.draw(operands("float64"))
    derivatives_agree(lambda x, y: Dot()(x, y) ** 2, a, b)


def test_second_derivatives_of_dot():
    x, y = T.dmatrix("x"), T.dmatrix("y")
    rng = np.random.default_rng(0)
    at = [rng.normal(size=(2, 3)), rng.normal(size=(3, 2))]
    cost = (T.dot(x, y) ** 2).sum()
    derivatives_agree(lambda a, b: sg.grad((Dot()(a, b) ** 2).sum(), a), *at)
    assert sg.grad(cost, [x, y])[1].type == y.type


def test_an_integer_operand_has_no_derivative():
    i, x = T.lmatrix("i"), T.fvector("x")
    g = sg.grad(Dot()(i, x).sum(), x)
    assert g.type.dtype == "float32"
    same(run(g, {i: [[1, 2], [3, 4]], x: [1.0, 1.0]}), np.array([4, 6], "float32"))


def test_float16_accumulates_in_float32():
    x = TensorType("float16", (None,))("x")
    same(run(Dot()(x, x), {x: np.ones(4096)}), np.float16(4096))


def test_views_with_any_strides_multiply():
    x = T.dmatrix("x")
    array = np.arange(24.0).reshape(4, 6)
    same(
        run(Dot()(x[::-2, ::3], x[1:3, 5:0:-2]), {x: array}), array[::-2, ::3] @ array[1:3, 5:0:-2]
    )


def test_shapes_that_do_not_fit_are_both_named():
    a, b = TensorType("float64", (None, 3))("a"), TensorType("float32", (2,))("b")
    with pytest.raises(
        ValueError,
        match=r"dot: shapes do not fit: a \(float64 matrix \(\?, 3\)\) and "
        r"b \(float32 vector \(2\)\), summed over the extents 3 and 2",
    ):
        Dot()(a, b)
    x, y = T.dmatrices("x", "y")
    with pytest.raises(
        ValueError,
        match=r"shapes do not fit: \(2, 3\) and \(2, 4\), summed over the extents 3 and 2",
    ):
        run(Dot()(x, y), {x: np.zeros((2, 3)), y: np.zeros((2, 4))})


def test_other_ranks_are_refused():
    with pytest.raises(TypeError, match=r"dot takes vectors and matrices, not s \(.*, v \("):
        Dot()(T.dscalar("s"), T.dvector("v"))


def test_extents_beyond_what_blas_counts_are_refused_before_anything_is_made():
    n = T.lscalar("n")
    f = sg.function([n], Dot()(T.ones((0, n)), T.ones((n, 0))), mode="llvm")
    assert f(3).shape == (0, 0)
    with pytest.raises(ValueError, match="extents up to 2147483647, not 2147483648"):
        f(2**31)


@st.composite
def batches(draw, dtypes):
    count, rows, inner, columns = draw(st.tuples(*[st.integers(0, 3)] * 4))
    return (
        draw(arrays((count, rows, inner), dtypes)), draw(arrays((count, inner, columns), dtypes)),
    )  # fmt: skip


@given(st.data())
def test_products_of_many_matrices(data):
    a, b = data.draw(batches(st.sampled_from(["float32", "float64"])))
    x, y = data.draw(variables(a)), data.draw(variables(b))
    output = BatchedDot()(x, y)
    same(run(output, {x: a, y: b}), np.matmul(a, b))
    everywhere([output], {x: a, y: b})


@given(st.data())
def test_derivatives_of_products_of_many_matrices(data):
    derivatives_agree(lambda x, y: BatchedDot()(x, y) ** 2, *data.draw(batches("float64")))


@pytest.mark.parametrize("mode", ["reference", "llvm"])
def test_many_matrices_that_do_not_fit(mode):
    x, y, i = T.dtensor3("x"), T.dtensor3("y"), T.ltensor3("i")
    with pytest.raises(
        TypeError, match=r"batched dot takes float32 or float64 with three axes, not i \(int64"
    ):
        BatchedDot()(x, i)
    narrow = T.specify_shape(x, (None, None, 2))
    with pytest.raises(ValueError, match="batched dot: shapes do not fit"):
        BatchedDot()(narrow, narrow.dimshuffle(0, 2, 1)[:, :1])
    f = sg.function([x, y], BatchedDot()(x, y), mode=mode)
    for left, right in (((2, 3, 4), (2, 3, 4)), ((2, 3, 4), (3, 4, 5))):
        with pytest.raises(ValueError, match="batched dot: shapes do not fit"):
            f(np.ones(left), np.ones(right))


def defined(a, b):
    """The sums of products one after the other, of vectors and matrices."""
    rows, columns = a.reshape(-1, a.shape[-1]), b.reshape(b.shape[0], -1)
    total = np.zeros((len(rows), columns.shape[1]), a.dtype)
    with np.errstate(all="ignore"):
        for k in range(rows.shape[1]):
            total += rows[:, k : k + 1] * columns[k : k + 1]
    return total.reshape(a.shape[:-1] + b.shape[1:])


SPECIAL = (0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, 2.0, -1.0)
# What a matrix of that extent alone is to BLAS: a number, a vector, and small and large ones.
EXTENTS = (1, 2, 3, 8, 17)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("ranks", list(product((1, 2), (1, 2))), ids=str)
def test_zero_times_infinity_is_nan_in_products_of_all_shapes(ranks, dtype):
    rng = np.random.default_rng(0)
    x, y = (TensorType(dtype, (None,) * rank)() for rank in ranks)
    products = [T.dot(x, y), T.tensordot(x, y, axes=[[ranks[0] - 1], [0]]), 2 * T.dot(x, y) + 1]
    compiled = [compile_variant(variant, [x, y], products) for variant in EVERY]
    for m, k, n in product(EXTENTS, repeat=3):
        shapes = (m, k)[2 - ranks[0] :], (k, n)[: ranks[1]]
        # Rows of few numbers other than 1, and columns of few other than 0.
        a, b = (
            np.where(rng.random(shape) < 0.5, usual, rng.choice(SPECIAL, shape)).astype(dtype)
            for shape, usual in zip(shapes, (1, 0), strict=True)
        )
        expected = defined(a, b)
        for f in compiled:
            got = f(a, b)
            np.testing.assert_array_equal(got[0], expected)
            np.testing.assert_array_equal(got[1], expected)
            np.testing.assert_array_equal(got[2], 2 * expected + 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_zero_times_infinity_is_nan_in_many_products_at_once(dtype):
    x, y = (TensorType(dtype, (None,) * 3)() for _ in range(2))
    for variant in EVERY:
        f = compile_variant(variant, [x, y], [T.batched_dot(x, y)])
        for rows in EXTENTS:
            a = np.full((2, rows, 1), np.inf, dtype)
            assert np.isnan(f(a, np.zeros((2, 1, 1), dtype))[0]).all()
