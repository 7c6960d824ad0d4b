"""Loops within which a loop makes no iteration."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Op, TensorType
from symgraph.lower import register
from symgraph.lower.program.values import Literal


class LastElement(Op):
    """The last element of a matrix; 7 for one without columns, 5 for one without rows."""

    def output_types(self, x):
        return [TensorType("float64", ())]

    def infer_shape(self, node, shapes):
        return [()]

    def perform(self, node, x):
        return (np.array(x[-1, -1] if x.size else 7.0 if len(x) else 5.0),)


def last_element(b, node):
    """Each row begins anew with 7, whatever the rows before left."""
    x, out = b.buffer(node.inputs[0]), b.home(node.outputs[0])

    def row(i, _before):
        return b.loop(x.extents[1], lambda j, _: [b.load(x, (i, j))], [Literal(7.0, x.dtype)])

    with b.kernel():
        (last,) = b.loop(x.extents[0], row, [Literal(5.0, x.dtype)])
        b.store(out, (), last)
    b.bind(node.outputs[0], out)


register(LastElement, last_element)


@pytest.mark.parametrize("shape", [(2, 3), (2, 0), (0, 3), (0, 0)], ids=str)
def test_a_row_without_elements_counts_where_it_leaves_something(shape):
    x = T.dmatrix("x")
    native, reference = (sg.function([x], LastElement()(x), mode=m) for m in ("llvm", "reference"))
    value = np.arange(float(np.prod(shape))).reshape(shape)
    assert native(value) == reference(value)
