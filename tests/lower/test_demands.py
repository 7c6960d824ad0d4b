"""Extents that a program demands of its arguments are literals in it, checked before it runs."""

import numpy as np
import pytest
from support.lowering import lowered

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower.program.types import Check
from symgraph.lower.program.values import Literal


def extents(expression, *inputs):
    program = lowered(inputs, [expression]).program
    return [
        tuple(e.value if isinstance(e, Literal) else None for e in buffer.extents)
        for buffer in program.arguments
    ]


x, y = T.dmatrix("x"), T.dmatrix("y")
w = T.TensorType("float64", (7, 3))("w")


@pytest.mark.parametrize(
    ("expression", "inputs", "known"),
    [
        (T.dot(x, w), [x, w], [(None, 7), (7, 3)]),
        (T.dot(w, x), [x, w], [(3, None), (7, 3)]),
        (T.dot(T.tanh(x), w), [x, w], [(None, 7), (7, 3)]),
        (T.dot(x.T, w), [x, w], [(7, None), (7, 3)]),
        (T.dot(T.dot(x, w), y), [x, w, y], [(None, 7), (7, 3), (3, None)]),
        (T.specify_shape(x, (2, y.shape[0])), [x, y], [(2, None), (None, None)]),
        # An extent of 1 is repeated: nothing is demanded.
        (x + w, [x, w], [(None, None), (7, 3)]),
    ],
)
def test_demanded_extents_are_known(expression, inputs, known):
    assert extents(expression, *inputs) == known


def test_each_demand_is_one_check_ahead():
    program = lowered([x, w], [T.dot(x, w), T.dot(T.exp(x), w)]).program
    checks = [s for s in program.body if isinstance(s, Check) and "fit" in s.message]
    assert len(checks) == 1
    assert checks[0].static


def test_other_extents_are_refused_by_the_product():
    f = sg.function([x], T.dot(x, sg.shared(np.zeros((7, 3)), "w")))
    assert f(np.zeros((2, 7))).shape == (2, 3)
    with pytest.raises(ValueError, match=r"dot: shapes do not fit: \(2, 6\) and \(7, 3\)"):
        f(np.zeros((2, 6)))
    g = sg.function([x], T.dot(sg.shared(np.zeros((7, 3)), "w"), x))
    with pytest.raises(ValueError, match=r"dot: shapes do not fit: \(7, 3\) and \(6, 2\)"):
        g(np.zeros((6, 2)))


def test_a_shared_variable_of_another_shape_is_another_demand():
    weights = sg.shared(np.ones((7, 3)))
    f = sg.function([x], T.dot(x, weights))
    for rows in (7, 5, 4, 9, 8, 7):
        weights.set_value(np.ones((rows, 2)))
        np.testing.assert_array_equal(f(np.ones((1, rows))), [[rows, rows]])
    with pytest.raises(ValueError, match="shapes do not fit"):
        f(np.ones((1, 6)))
