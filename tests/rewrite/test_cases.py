"""Each rule's examples: the graph that comes out, and that it means what the written one did."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import assert_agree, budget
from support.rewrites import (
    cases_blas,
    cases_canonical,
    cases_conditions,
    cases_convolutions,
    cases_lifting,
    cases_linalg,
    cases_masks,
    cases_reductions,
    cases_useless,
)
from support.rewrites.statements import rewrites_to, rewritten

import symgraph as sg

CASES = [
    *cases_blas.CASES,
    *cases_canonical.CASES,
    *cases_conditions.CASES,
    *cases_convolutions.CASES,
    *cases_reductions.CASES,
    *cases_lifting.CASES,
    *cases_linalg.CASES,
    *cases_masks.CASES,
    *cases_useless.CASES,
]
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan]
NAMES = [f"{case.rule} {position}" for position, case in enumerate(CASES)]


@st.composite
def values(draw, case, dtype):
    """A value for each input."""
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    found = []
    for variable, shape in zip(case.inputs(dtype), case.shapes, strict=True):
        kind = np.dtype(variable.type.dtype).kind
        if kind == "b":
            value = rng.random(shape) < 0.5
        elif kind == "i":
            value = rng.integers(0, 2, shape)
        else:
            value = rng.uniform(0.1, 3, shape) if case.positive else rng.normal(size=shape)
            if not case.better and draw(st.booleans()):
                chosen = rng.random(shape) < 0.2
                value = np.where(chosen, rng.choice(SPECIAL, shape), value)
        found.append(np.asarray(value, variable.type.dtype))
    return found


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@given(data=st.data())
@budget(0.5)
def test_value_dtype_and_shape(case, data):
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    inputs = case.inputs(dtype)
    outcome = assert_agree(inputs, [case.before(*inputs)], data.draw(values(case, dtype)))
    assert outcome.error is None


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@given(data=st.data())
@budget(0.2)
def test_derivative(case, data):
    inputs = case.inputs("float64")
    output = case.before(*inputs)
    wrt = [v for v in inputs if v.type.dtype == "float64"]
    if output.type.dtype != "float64":
        return
    given = [np.nan_to_num(v, posinf=1, neginf=1) for v in data.draw(values(case, "float64"))]
    slopes = sg.grad((output * output).sum(), wrt, disconnected_inputs="ignore")
    outcome = assert_agree(inputs, list(slopes), [np.asarray(v) for v in given])
    assert outcome.error is None


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_graph(case):
    inputs = case.inputs("float64")
    before = case.before(*inputs)
    _, applied, _ = rewritten(before)
    assert case.rule in applied
    if case.after is not None:
        rewrites_to(before, case.after(*inputs))
    _, applied, _ = rewritten(before, exclude=[case.rule])
    assert case.rule not in applied
