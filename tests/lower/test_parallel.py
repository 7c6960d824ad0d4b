"""Along which loops kernels are cut, and that ranges of those may come in any order."""

import numpy as np
import pytest
from support.lowering import TARGET, assert_lowers, lowered

import symgraph.tensor as T
from symgraph.lower.parallel import cut_of
from symgraph.lower.program.walk import kernels

x = T.TensorType("float64", (400, 300))("x")
y = T.TensorType("float64", (200, 300))("y")
z = T.TensorType("float64", (40, 250, 20))("z")
i = T.TensorType("int64", (200,))("i")
many = T.TensorType("int64", (300_000,))("many")


def cuts(inputs, output):
    """For each parallel kernel, the extents of the loops that it is cut along."""
    found = [kernel for kernel in kernels(lowered(inputs, [output]).program.body) if kernel.work]
    return [
        sorted({loop.extent.value for loop in cut_of(kernel, TARGET).loops}) for kernel in found
    ]


@pytest.mark.parametrize(
    ("inputs", "output", "along"),
    [
        ([x], T.tanh(x).sum(axis=1), [[400]]),
        ([x], T.tanh(x).sum(axis=0), [[300]]),
        ([x], x.max(axis=0), [[300]]),
        ([z], T.exp(z).sum(axis=(0, 2)), [[250]]),
        ([z], T.exp(z).sum(axis=0), [[250 * 20]]),
        # Looking for wrong indices; not adding: two threads might add to one element.
        ([many], T.inc_subtensor(T.zeros(5)[many], T.tanh(many * 1.0)), [[300_000]]),
        # Copying x; then writing rows, by columns.
        ([x, y, i], T.set_subtensor(x[i], T.exp(y)), [[400], [300]]),
    ],
)
def test_what_kernels_are_cut_along(inputs, output, along):
    assert cuts(inputs, output) == along


def test_values_that_meet_stay_in_order():
    """Rows that are written twice, by ranges of columns that come backwards."""
    rows, columns = 3, 700
    w = T.TensorType("float64", (rows, columns))("w")
    v = T.TensorType("float64", (90, columns))("v")
    k = T.TensorType("int64", (90,))("k")
    values = [
        np.zeros((rows, columns)),
        np.random.default_rng(0).normal(size=(90, columns)),
        np.arange(90) % rows,
    ]
    for write in (T.set_subtensor, T.inc_subtensor):
        program = assert_lowers([w, v, k], [write(w[k], T.tanh(v))], values)
        assert any(kernel.work for kernel in kernels(program.body))
