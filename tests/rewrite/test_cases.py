"""Each rule's examples: the graph that comes out, and that it means what the written one did."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import assert_agree, budget, functions
from support.rewrites import (
    cases_blas,
    cases_canonical,
    cases_conditions,
    cases_convolutions,
    cases_lifting,
    cases_linalg,
    cases_masks,
    cases_reductions,
    cases_sorting,
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
    *cases_sorting.CASES,
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


# Compiled once for all examples of a test: a case has two dtypes.
@lru_cache(maxsize=2)
def value_of(position, dtype):
    """The inputs, the value, and its compiled functions."""
    inputs = CASES[position].inputs(dtype)
    outputs = [CASES[position].before(*inputs)]
    return inputs, outputs, functions(inputs, outputs)


@lru_cache(maxsize=1)
def slopes_of(position):
    """The inputs, the derivatives, and their compiled functions."""
    inputs = CASES[position].inputs("float64")
    output = CASES[position].before(*inputs)
    wrt = [v for v in inputs if v.type.dtype == "float64"]
    outputs = list(sg.grad((output * output).sum(), wrt, disconnected_inputs="ignore"))
    return inputs, outputs, functions(inputs, outputs)


@pytest.mark.parametrize("position", range(len(CASES)), ids=NAMES)
@given(data=st.data())
@budget(0.5)
def test_value_dtype_and_shape(position, data):
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    given = data.draw(values(CASES[position], dtype))
    inputs, outputs, compiled = value_of(position, dtype)
    assert assert_agree(inputs, outputs, given, compiled).error is None


DIFFERENTIABLE = [
    position
    for position, case in enumerate(CASES)
    if case.before(*case.inputs("float64")).type.dtype == "float64"
]


@pytest.mark.parametrize("position", DIFFERENTIABLE, ids=[NAMES[at] for at in DIFFERENTIABLE])
@given(data=st.data())
@budget(0.2)
def test_derivative(position, data):
    given = data.draw(values(CASES[position], "float64"))
    given = [np.asarray(np.nan_to_num(v, posinf=1, neginf=1)) for v in given]
    inputs, outputs, compiled = slopes_of(position)
    assert assert_agree(inputs, outputs, given, compiled).error is None


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
