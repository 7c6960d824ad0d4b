"""Random graphs that mostly convolve and pool mean the same on every back end."""

import numpy as np
import pytest
from hypothesis import given
from support.agreement import assert_agree, budget
from support.graph_drawing import graphs
from support.graph_steps import activation, arithmetic, elementwise, reduction
from support.graph_steps_images import IMAGES
from support.graph_steps_layout import LAYOUT

import symgraph as sg

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

STEPS = (*IMAGES * 3, elementwise, arithmetic, arithmetic, activation, reduction, *LAYOUT[:6])


@budget(2)
@given(graphs(min_steps=2, max_steps=6, steps=STEPS, largest=600))
def test_values_dtypes_and_shapes(drawn):
    assert_agree(drawn.inputs, drawn.outputs, drawn.values)


@budget(1)
@given(graphs(min_steps=1, max_steps=4, steps=STEPS, special=True))
def test_infinities_and_nans(drawn):
    assert_agree(drawn.inputs, drawn.outputs, drawn.values)


@budget(1)
@given(
    graphs(min_steps=2, max_steps=4, steps=STEPS, smooth=True, dtypes=("float64",), open_types=True)
)
def test_gradients(drawn):
    costs = [output.sum() for output in drawn.outputs]
    wrt = [x for x in drawn.inputs if x.type.dtype == "float64"]
    weighted = sum(cost * (1.5 + at) for at, cost in enumerate(costs))
    slopes = sg.grad(weighted, wrt, disconnected_inputs="ignore")
    values = [np.asarray(value) for value in drawn.values]
    assert_agree(drawn.inputs, [weighted, *slopes], values)
