"""Functions in LLVM IR are part of the programs that call them, for all dtypes and layouts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llvmlite import ir

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.lower import counted, register_llvm

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
    "float32", "float64", "complex64", "complex128",
)  # fmt: skip


class Twice(sg.Op):
    """A matrix and its transpose, of any dtype: two outputs."""

    def output_types(self, x):
        rows, columns = x.type.shape
        return [x.type, x.type.clone(shape=(columns, rows))]

    def perform(self, node, x):
        return x.copy(), x.T.copy()

    def infer_shape(self, node, shapes):
        return [shapes[0], shapes[0][::-1]]


def twice(b, node, inputs, outputs):
    (x,), (same, turned) = inputs, outputs
    with counted(b, x.extents[0]) as i, counted(b, x.extents[1]) as j:
        element = x.load(b, [i, j])
        same.store(b, [i, j], element)
        turned.store(b, [j, i], element)


class Plus(sg.Op):
    """x + amount, of float64; the amount is written into the code."""

    __props__ = ("amount",)
    itypes, otypes = (T.dmatrix,), (T.dmatrix,)

    def __init__(self, amount):
        self.amount = amount

    def perform(self, node, x):
        return (x + self.amount,)

    def infer_shape(self, node, shapes):
        return [shapes[0]]


def plus(b, node, inputs, outputs):
    (x,), (out,) = inputs, outputs
    amount = ir.Constant(ir.DoubleType(), node.op.amount)
    with counted(b, x.extents[0]) as i, counted(b, x.extents[1]) as j:
        out.store(b, [i, j], b.fadd(x.load(b, [i, j]), amount))


register_llvm(Twice, twice)
register_llvm(Plus, plus, ns=2.0)
COMPILED = {}


def compiled(dtype):
    if dtype not in COMPILED:
        x = TensorType(dtype, (None, None))("x")
        outputs = [*Twice()(x), *Twice()(x[::-2].T)]
        COMPILED[dtype] = sg.function([x], outputs, mode="llvm")
        assert COMPILED[dtype].fallbacks() == []
    return COMPILED[dtype]


@given(st.sampled_from(DTYPES), st.integers(0, 4), st.integers(0, 4), st.integers(0, 2**31))
def test_all_dtypes_extents_and_strides(dtype, rows, columns, seed):
    value = np.random.RandomState(seed).randint(0, 3, (rows, columns)).astype(dtype)
    same, turned, other, back = compiled(dtype)(value)
    for found, wanted in ((same, value), (turned, value.T), (other, value[::-2].T)):
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(back, value[::-2])


def test_the_code_decides_what_is_kept():
    """Two programs that differ in the function alone are two."""
    x = T.dmatrix("x")
    for amount in (1.0, 2.0, 1.0):
        f = sg.function([x], Plus(amount)(x), mode="llvm")
        np.testing.assert_array_equal(f([[0.0]]), [[amount]])
    both = sg.function([x], [Plus(1.0)(x), Plus(1.0)(2 * x), Plus(3.0)(x)], mode="llvm")
    assert [float(v[0, 0]) for v in both([[1.0]])] == [2.0, 3.0, 4.0]


def test_beside_products_updates_and_kernels():
    x = T.dmatrix("x")
    w = sg.shared(np.eye(3), name="w")
    product = T.dot(Plus(1.0)(x), T.tanh(w))
    f = sg.function(
        [x], [product, Plus(2.0)(product) * 2], updates=[(w, Plus(0.5)(w) - 0.5)], mode="llvm"
    )
    value = np.arange(6.0).reshape(2, 3)
    for _ in range(3):
        first, second = f(value)
        wanted = (value + 1) @ np.tanh(np.eye(3))
        np.testing.assert_allclose(first, wanted)
        np.testing.assert_allclose(second, (wanted + 2) * 2)
    np.testing.assert_array_equal(w.get_value(), np.eye(3))


def test_every_pass_leaves_a_valid_program():
    x = T.dmatrix("x")
    f = sg.function([x], T.exp(Plus(1.0)(T.dot(x, x))).sum(), mode="llvm")
    text = f.show("plan_memory", file="str")
    assert "ir Plus" in text
    assert "pass" not in f.show("write", file="str")


def test_a_second_rule_is_refused():
    with pytest.raises(ValueError, match="Plus already has a rule"):
        register_llvm(Plus, plus)
