"""Gemm and ScaledDot."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, derivatives_agree, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import Gemm, ScaledDot

DTYPES = st.sampled_from(["bool", "int8", "int64", "uint16", "float32", "float64", "complex64"])
EXTENTS = st.tuples(*[st.integers(0, 3)] * 3)


@st.composite
def operands(draw, dtypes=DTYPES):
    n, k, m = draw(EXTENTS)
    return [draw(arrays(shape, dtypes)) for shape in [(n, m), (), (n, k), (k, m), ()]]


@given(st.data())
def test_product_scaled_and_added(data):
    values = data.draw(operands())
    given = [data.draw(variables(value)) for value in values]
    y = Gemm()(*given)
    dtype = np.result_type(*values)
    c, alpha, a, b, beta = (value.astype(dtype) for value in values)
    with np.errstate(all="ignore"):
        expected = beta * c + alpha * np.dot(a, b)
    same(run(y, dict(zip(given, values, strict=True))), expected)
    (expanded,) = Gemm().expand(y.owner)
    same(run(expanded, dict(zip(given, values, strict=True))), expected)


@given(st.data())
def test_derivatives(data):
    values = data.draw(operands("float64"))
    derivatives_agree(lambda *inputs: Gemm()(*inputs) ** 2, *values)


@given(st.data())
def test_scaled_product(data):
    _, alpha, a, b, _ = values = data.draw(operands())
    given = [data.draw(variables(value)) for value in values[1:4]]
    dtype = np.result_type(*values[1:4])
    with np.errstate(all="ignore"):
        expected = alpha.astype(dtype) * np.dot(a.astype(dtype), b.astype(dtype))
    same(run(ScaledDot()(*given), dict(zip(given, values[1:4], strict=True))), expected)


@given(st.data())
def test_derivatives_of_scaled_products(data):
    values = data.draw(operands("float64"))[1:4]
    derivatives_agree(lambda *inputs: ScaledDot()(*inputs) ** 2, *values)


def test_scaled_products_check_ranks_and_shapes():
    x, v, s = T.dmatrix("x"), T.dvector("v"), T.dscalar("s")
    with pytest.raises(TypeError, match=r"scaled dot: a is a matrix, not v \(float64 vector\)"):
        ScaledDot()(s, v, x)
    with pytest.raises(TypeError, match=r"scaled dot: alpha is a scalar, not x"):
        ScaledDot()(x, x, x)
    f = sg.function([s, x], ScaledDot()(s, x, x))
    with pytest.raises(ValueError, match="dot: shapes do not fit"):
        f(1.0, np.ones((2, 3)))


def test_an_integer_operand_counts_as_a_number():
    i, x, s = T.lmatrix("i"), T.fmatrix("x"), T.fscalar("s")
    y = Gemm()(x, s, i, x, s)
    assert sg.grad(y.sum(), [x, s])[0].type.dtype == "float32"
    assert sg.grad(y.sum(), i).type.dtype == "float64"


def test_ranks_and_shapes_are_checked():
    x, v, s = T.dmatrix("x"), T.dvector("v"), T.dscalar("s")
    with pytest.raises(TypeError, match=r"gemm: a is a matrix, not v \(float64 vector\)"):
        Gemm()(x, s, v, x, s)
    with pytest.raises(TypeError, match=r"gemm: beta is a scalar, not x \(float64 matrix\)"):
        Gemm()(x, s, x, x, x)
    a, b = TensorType("float64", (2, None))("a"), TensorType("float64", (None, 3))("b")
    row = TensorType("float64", (1, 3))("row")
    with pytest.raises(
        ValueError, match=r"gemm: row \(float64 matrix \(1, 3\)\) does not have the shape"
    ):
        Gemm()(row, s, a, b, s)


@pytest.mark.parametrize("mode", ["reference", "llvm"])
def test_what_is_added_is_not_repeated(mode):
    c, a, b, s = T.dmatrix("c"), T.dmatrix("a"), T.dmatrix("b"), T.dscalar("s")
    with sg.config.change_flags(mode=mode):
        f = sg.function([c, s, a, b], Gemm()(c, s, a, b, s))
    at = np.ones((2, 3)), np.ones((3, 4))
    np.testing.assert_array_equal(f(np.ones((2, 4)), 2.0, *at), np.full((2, 4), 8.0))
    with pytest.raises(ValueError, match="shape"):
        f(np.ones((1, 4)), 2.0, *at)


def test_infinities_are_not_hidden_by_zeros():
    c, s = T.dmatrix("c"), T.dscalar("s")
    y = Gemm()(c, s, c, c, s)
    assert np.isnan(run(y, {c: [[np.inf]], s: 0.0})).all()
