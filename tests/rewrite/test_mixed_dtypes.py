"""Patterns whose operands have several dtypes: what wraps around in one does not in another."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import symgraph as sg
from symgraph.graph import TensorType
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


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@given(st.data())
def test_operands_of_several_dtypes(rule, data):
    dtypes = [data.draw(st.sampled_from(sorted(VALUES))) for _ in rule.variables]
    variables = [TensorType(dtype, ())(f"x{i}") for i, dtype in enumerate(dtypes)]
    try:
        expression = rule.before(*variables)
    except (TypeError, OverflowError):
        assume(False)
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
