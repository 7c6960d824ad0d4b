"""The estimated cost of kernels."""

import numpy as np
import pytest
from support.lowering import TARGET, lowered

import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.lower.cost import (
    cost_of,
    estimate,
    function_cost,
    is_expensive,
)
from symgraph.lower.program.types import Kernel
from symgraph.lower.program.values import Literal, Scalar


def kernels(inputs, outputs):
    return [s for s in lowered(inputs, outputs).program.body if isinstance(s, Kernel)]


def test_the_work_of_a_chain_is_its_functions_and_its_bytes():
    x = T.fvector("x")
    (kernel,) = kernels([x], [T.exp(x) * x])
    (work,) = cost_of(kernel, TARGET)
    moved = 2 * 4 * TARGET.byte_ns
    computed = function_cost("exp", "float32", TARGET) + function_cost("mul", "float32", TARGET)
    assert work.ns == pytest.approx(moved + computed)
    (extent,) = work.extents
    assert isinstance(extent, Scalar)
    assert estimate([work], {extent: 1000}) == pytest.approx(1000 * work.ns)


def test_literal_extents_need_no_telling():
    x = TensorType("float32", (6, 7))("x")
    *_, kernel = kernels([x], [T.tanh(x.T) + x.T])
    work = cost_of(kernel, TARGET)
    assert all(isinstance(extent, Literal) for item in work for extent in item.extents)
    turns = max(np.prod([extent.value for extent in item.extents]) for item in work)
    assert turns == 42
    assert estimate(work, {}) >= 42 * function_cost("tanh", "float32", TARGET)


def test_loops_of_different_depth_are_told_apart():
    x = T.fmatrix("x")
    work = [item for kernel in kernels([x], [x.sum(axis=1)]) for item in cost_of(kernel, TARGET)]
    assert {len(item.extents) for item in work} == {1, 2}


def test_reading_by_an_index_costs_more():
    x, i = T.fmatrix("x"), T.lvector("i")
    found = [item.ns for kernel in kernels([x, i], [x[i]]) for item in cost_of(kernel, TARGET)]
    assert max(found) >= TARGET.scattered_ns


@pytest.mark.parametrize("fn", ["exp", "tanh", "log1p", "pow", "true_div"])
def test_functions_with_polynomials_and_divisions_are_expensive(fn):
    assert is_expensive(fn, "float32", TARGET)
    assert function_cost(fn, "float64", TARGET) > function_cost(fn, "float32", TARGET)


@pytest.mark.parametrize("fn", ["add", "mul", "maximum", "neg", "lt", "switch"])
def test_arithmetic_is_cheap(fn):
    assert not is_expensive(fn, "float32", TARGET)


def test_dividing_integers_is_expensive():
    assert is_expensive("floor_div", "int64", TARGET)
    assert is_expensive("mod", "int32", TARGET)
