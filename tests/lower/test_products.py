"""Matrix products as loop programs: one statement for floats, loops for other dtypes."""

import numpy as np
import pytest
from support.lowering import assert_lowers

import symgraph.tensor as T
from symgraph.graph import TensorType, Variable
from symgraph.lower.program.text import text_of
from symgraph.lower.program.types import Alloc, Kernel, MatMul
from symgraph.ops import Gemm, ScaledDot

DTYPES = ("bool", "int8", "uint16", "int64", "float16", "float32", "float64")


def variable(name, x):
    return Variable(TensorType(x.dtype.name, [None] * x.ndim), name=name)


def small(rng, dtype, *shape):
    """Numbers whose products and sums are exact in any dtype."""
    return rng.integers(-2 if np.dtype(dtype).kind in "if" else 0, 3, shape).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("turned", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("shape", [(3, 4, 5), (1, 4, 5), (3, 4, 1), (3, 0, 2), (0, 4, 3)])
def test_products_of_all_dtypes(dtype, turned, shape):
    rng = np.random.default_rng(0)
    rows, inner, columns = shape
    a, b = small(rng, dtype, rows, inner), small(rng, dtype, inner, columns)
    given = [a.T.copy() if turned[0] else a, b.T.copy() if turned[1] else b]
    x, y = (variable(name, value) for name, value in zip("xy", given, strict=True))
    product = T.dot(x.T if turned[0] else x, y.T if turned[1] else y)
    assert_lowers([x, y], [product], given)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("factors", [(1, 1), (2, 0), (0, 2), (-1, 2)])
def test_sums_with_products_of_all_dtypes(dtype, factors):
    rng = np.random.default_rng(0)
    values = [small(rng, dtype, 3, 5), small(rng, dtype, 3, 4), small(rng, dtype, 4, 5)]
    values += [np.array(factor).astype(dtype) for factor in factors]
    c, a, b, alpha, beta = inputs = [variable(f"x{i}", v) for i, v in enumerate(values)]
    assert_lowers(inputs, [Gemm()(c, alpha, a, b, beta)], values)


@pytest.mark.parametrize("dtype", DTYPES)
def test_scaled_products_of_all_dtypes(dtype):
    rng = np.random.default_rng(0)
    values = [np.array(2).astype(dtype), small(rng, dtype, 3, 4), small(rng, dtype, 4, 5)]
    inputs = [variable(f"x{i}", v) for i, v in enumerate(values)]
    assert_lowers(inputs, [ScaledDot()(*inputs)], values)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_sum_with_a_product_of_transposed_views_is_one_statement(dtype):
    rng = np.random.default_rng(0)
    values = [small(rng, dtype, 5, 3), small(rng, dtype, 4, 3), small(rng, dtype, 10, 4)]
    c, a, b = inputs = [variable(name, value) for name, value in zip("cab", values, strict=True)]
    half = T.constant(np.array(0.5, dtype))
    out = Gemm()(c, half, b[::-2], a, half)
    program = assert_lowers(inputs, [out], values)
    (statement,) = (s for s in program.body if isinstance(s, MatMul))
    assert not any(isinstance(s, Kernel) for s in program.body)
    assert [s.buffer for s in program.body if isinstance(s, Alloc)] == [statement.out.root]
    assert "0.5 * " in text_of(program)


def test_extents_that_do_not_fit_are_refused():
    values = [np.zeros((2, 3)), np.zeros((2, 4)), np.zeros((4, 4))]
    c, a, b = inputs = [variable(name, value) for name, value in zip("cab", values, strict=True)]
    one = T.constant(np.array(1.0))
    with pytest.raises(ValueError, match="what is added has extent 3 on axis 1, the product 4"):
        assert_lowers(inputs, [Gemm()(c, one, a, b, one)], values)
