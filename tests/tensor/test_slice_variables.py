"""Indices by variables that hold slices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Constant
from symgraph.graph.other_types import NoneConst
from symgraph.tensor.type_other import make_slice, slicetype

BOUND = st.none() | st.integers(-5, 5)
SLICES = st.builds(slice, BOUND, BOUND, BOUND.filter(lambda step: step != 0))
VALUE = np.arange(12.0).reshape(3, 4)

matrix, part = T.dmatrix("matrix"), slicetype("part")
select = sg.function(
    [matrix, part],
    [
        matrix[part],
        matrix[1, part],
        matrix[part, [0, 3, 1]],
        matrix[part, None, part],
        sg.grad(T.sum(matrix[part] ** 2), matrix),
        T.set_subtensor(matrix[..., part], 0.0),
    ],
)


@given(part=SLICES)
def test_a_slice_that_a_call_gives_selects_what_it_does_in_numpy(part):
    derivative, rest = np.zeros_like(VALUE), VALUE.copy()
    derivative[part] = 2 * VALUE[part]
    rest[..., part] = 0.0
    wanted = [
        VALUE[part],
        VALUE[1, part],
        VALUE[part][:, [0, 3, 1]],
        VALUE[part, None, part],
        derivative,
        rest,
    ]
    for found, expected in zip(select(VALUE, part), wanted, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_slices_that_are_known_are_read_when_the_graph_is_made():
    n = T.lscalar("n")
    assert matrix[make_slice(n, None, None)].eval({matrix: VALUE, n: 1}).shape == (2, 4)
    assert T.ones((3, 4))[Constant(slicetype, slice(1, 2))].type.shape == (1, 4)
    assert matrix[NoneConst].type.ndim == 3


def test_too_many_slices_are_reported():
    with pytest.raises(IndexError, match="too many indices: 3"):
        matrix[part, part, part]
