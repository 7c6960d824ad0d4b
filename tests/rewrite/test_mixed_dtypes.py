"""Patterns whose operands have several dtypes: what wraps around in one does not in another."""

from contextlib import suppress
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Constant, TensorType, ancestors, clone_replace
from symgraph.rewrite import phases
from symgraph.rewrite.patterns import PatternRule

# Rules that make values better are looked at in test_rules: there floats differ, as they should.
RULES = {
    rule.name: rule
    for phase in phases()
    for rule in phase.rules
    if isinstance(rule, PatternRule) and rule.better is None
}
VALUES = {
    "bool": [False, True],
    "int8": [-128, -127, -2, -1, 0, 1, 3, 127],
    "uint8": [0, 1, 2, 255],
    "int64": [-(2**63), -3, -1, 0, 1, 2, 2**62],
    "float32": [-2.5, -1.0, 0.0, 0.5, 1.0, 3.0],
    "float64": [-2.5, -1.0, 0.0, 0.5, 1.0, 3.0],
}


def _taken(rule, first):
    """The first dtypes from these on, each the next in turn, that the pattern takes; with
    variables of them and the pattern's expression."""
    names = sorted(VALUES)
    for moves in product(range(len(names)), repeat=len(first)):
        dtypes = [names[(i + move) % len(names)] for i, move in zip(first, moves, strict=True)]
        variables = [TensorType(dtype, ())(f"x{i}") for i, dtype in enumerate(dtypes)]
        with suppress(TypeError, OverflowError):
            return dtypes, variables, rule.before(*variables)
    raise AssertionError(f"{rule.name} takes no dtypes at all")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@given(st.data())
def test_operands_of_several_dtypes(rule, data):
    first = data.draw(st.tuples(*(st.integers(0, len(VALUES) - 1) for _ in rule.variables)))
    dtypes, variables, expression = _taken(rule, first)
    kind = np.dtype(expression.type.dtype).kind
    values = [np.array(data.draw(st.sampled_from(VALUES[dtype])), dtype) for dtype in dtypes]
    with sg.config.change_flags(mode="reference", on_unused_input="ignore"):
        rewritten = sg.function(variables, expression)
        with sg.config.change_flags(optimizer="None"):
            plain = sg.function(variables, expression)
    expected, found = plain(*values), rewritten(*values)
    assert found.dtype == expected.dtype
    rtol = {"f": 1e-4}.get(kind, 0)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=0)


def _wide(expression, variables=()):
    """The expression with its constants, and these variables, in float64."""
    constants = {
        v: T.constant(v.data.astype("float64"))
        for v in ancestors([expression])
        if isinstance(v, Constant)
    }
    replaced = {**constants, **{v: T.cast(v, "float64") for v in variables}}
    return clone_replace([expression], replaced)[0]


OF_FLOATS = {
    rule.name: rule
    for phase in phases()
    for rule in phase.rules
    if isinstance(rule, PatternRule)
    and "f" in rule.kinds
    and any(isinstance(v, Constant) for v in ancestors([rule.pattern]))
}


@pytest.mark.parametrize("rule", OF_FLOATS.values(), ids=OF_FLOATS)
def test_constants_that_make_the_result_wide(rule):
    """1 / x of a float32 x and a 1 in float64 is computed in float64."""
    variables = [T.vector(v.name, dtype="float32") for v in rule.variables]
    expression = _wide(rule.before(*variables))
    values = np.random.default_rng(0).uniform(0.1, 0.9, (len(variables), 100)).astype("float32")
    with sg.config.change_flags(mode="reference", on_unused_input="ignore"):
        rewritten = sg.function(variables, expression)
        with sg.config.change_flags(optimizer="None"):
            plain = sg.function(variables, expression)
            exact = sg.function(variables, _wide(expression, variables))
    right, before, after = (f(*values) for f in (exact, plain, rewritten))
    assert after.dtype == before.dtype
    if before.dtype == "float64":
        with np.errstate(invalid="ignore"):
            errors = [np.nanmax(np.abs(found - right)) for found in (before, after)]
        assert errors[1] <= 8 * errors[0] + 1e-12 * np.nanmax(np.abs(right))
