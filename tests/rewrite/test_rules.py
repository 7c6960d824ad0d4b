"""From each pattern its property: before and after agree in value, derivative, dtype and shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rewrite.test_cases import CASES
from support.agreement import assert_same_results

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import FunctionGraph, TensorType
from symgraph.rewrite import phases, rewrite_graph, rule_names
from symgraph.rewrite.patterns import PatternRule

PATTERNS = {r.name: r for phase in phases() for r in phase.rules if isinstance(r, PatternRule)}
# Those that hold of some expressions only have examples.
RULES = {n: r for n, r in PATTERNS.items() if r.where is None or r.where(*r.variables)}
# Rules whose tests state what they are for: stability far out, cross-entropies, shapes, demands.
TESTED_BY_MEANING = {
    *("distributed_factor", "guarded_product", "guarded_twice", "log_of_selected", "log_sum_exp"),
    *("product", "product_into_sum_to", "scaled_scatter", "several_axes_softmax"),
    *("sum_of_normalised", "xlogy_softmax"),
}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, 30.0, -30.0]
DTYPES = {"f": ["float32", "float64"], "i": ["int8", "int64"], "u": ["uint8"], "b": ["bool"]}


def plain(inputs, outputs):
    """Without rewriting, node by node."""
    with sg.config.change_flags(optimizer="None"):
        return sg.function(inputs, outputs, mode="reference", on_unused_input="ignore")


@st.composite
def operands(draw, rule):
    """Variables of one dtype that the rule holds for, of shapes that broadcast, and values."""
    kinds = [kind for kind in rule.kinds if kind in DTYPES]
    dtype = draw(st.sampled_from(DTYPES[draw(st.sampled_from(kinds))]))
    shape = draw(st.sampled_from([(), (3,), (2, 3), (0, 2)]))
    variables, values = [], []
    for pattern_variable in rule.variables:
        own = tuple(1 if draw(st.booleans()) and n != 0 else n for n in shape)
        own_dtype = "bool" if pattern_variable.name == "c" else dtype
        if own_dtype.startswith("float"):
            size = int(np.prod(own))
            # A rule that mends overflow or cancellation agrees where neither happens.
            number = st.floats(-3, 3)
            if rule.better is None:
                number = number | st.sampled_from(SPECIAL)
            value = np.array(draw(st.lists(number, min_size=size, max_size=size)), own_dtype)
        else:
            rng = np.random.default_rng(draw(st.integers(0, 1000)))
            value = rng.integers(0, 2 if own_dtype == "bool" else 5, own).astype(own_dtype)
        variables.append(TensorType(own_dtype, (None,) * len(own))(pattern_variable.name))
        values.append(value.reshape(own))
    return variables, values


def agree(rule, variables, values, before, after):
    """Equal but for rounding; a rule that mends something is judged where nothing is broken."""
    assert before.dtype == after.dtype
    assert before.shape == after.shape
    if before.dtype.kind not in "fc":
        np.testing.assert_array_equal(before, after)
        return
    fine = np.full(before.shape, True)
    tolerance = 8 * np.finfo(before.dtype).eps
    if rule.better is not None:
        fine = np.isfinite(before) & np.isfinite(after)
        tolerance *= 100
    scale = np.where(np.isfinite(before), np.abs(before), 0) + 1
    with np.errstate(all="ignore"):
        close = (np.abs(before - after) <= tolerance * scale) | (before == after)
    close |= np.isnan(before) & np.isnan(after)
    if not (close | ~fine).all():
        # Where the written form cancels, as far as its rounding can tell.
        assert_same_results(variables, [rule.before(*variables)], values, [before], [after], rule)


@pytest.mark.parametrize("name", RULES)
@given(data=st.data())
def test_value_dtype_and_shape(name, data):
    rule = RULES[name]
    variables, values = data.draw(operands(rule))
    before = rule.before(*variables)
    graph = FunctionGraph(variables, [before])
    replaced = []
    rewrite_graph(graph, record=lambda phase, rule, *_: replaced.append(rule))
    graph.check_integrity()
    with sg.config.change_flags(optimizer="fast_run"):
        rewritten = sg.function(variables, before, mode="reference", on_unused_input="ignore")
    agree(rule, variables, values, plain(variables, before)(*values), rewritten(*values))
    # Another rule for the same may come first; some rule must.
    assert replaced


@pytest.mark.parametrize(
    "name", [n for n, r in RULES.items() if "f" in r.kinds and n != "switch_same"]
)
def test_derivative(name):
    rule = RULES[name]
    rng = np.random.default_rng(1)
    variables = [T.dvector(v.name) for v in rule.variables]
    values = [rng.uniform(0.2, 0.8, 5) for _ in variables]
    before, after = rule.before(*variables), rule.after(*variables)
    for left, right in zip(
        *(sg.grad(e.sum(), variables, disconnected_inputs="ignore") for e in (before, after)),
        strict=True,
    ):
        np.testing.assert_allclose(
            plain(variables, left)(*values), plain(variables, right)(*values), rtol=1e-9
        )


def test_names_are_unique_within_a_phase():
    for phase in phases():
        names = [rule.name for rule in phase.rules]
        assert len(set(names)) == len(names)
    assert {"canonicalize", "log1p", "constant_folding"} <= set(rule_names())


def test_every_other_rule_has_an_example():
    named = {case.rule for case in CASES}
    assert set(PATTERNS) - set(RULES) <= named
    others = {r.name for phase in phases() for r in phase.rules} - set(PATTERNS)
    elsewhere = {*TESTED_BY_MEANING}
    assert others - named <= elsewhere
    assert not elsewhere & named
