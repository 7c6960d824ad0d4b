"""A rule that fails is left out with a warning that names it; the program runs without it."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import FunctionGraph
from symgraph.rewrite import NotSettled, RuleFailed
from symgraph.rewrite.engine import RuleSet, apply_rules, node_rule
from symgraph.rewrite.pipeline import Phase, Pipeline, _included


@node_rule("broken", "exp")
def broken(node):
    """exp(x) → an error"""
    raise OverflowError("cannot convert float infinity to integer")


@node_rule("wrong_type", "exp")
def wrong_type(node):
    """exp(x) → a vector of vectors"""
    return node.inputs[0].dimshuffle(0, "x")


@node_rule("sound", "exp")
def sound(node):
    """exp(x) → expm1(x) + 1"""
    return T.expm1(node.inputs[0]) + 1


def graph():
    x = T.dvector("x")
    return x, FunctionGraph([x], [T.exp(x)])


@pytest.mark.parametrize("rule", [broken, wrong_type])
def test_the_warning_names_the_rule_the_node_the_line_and_a_remedy(rule):
    _, inner = graph()
    with pytest.warns(RuleFailed) as caught:
        assert apply_rules(inner, RuleSet([rule, sound]), "canonicalize") == 1
    (warning,) = caught
    message = str(warning.message)
    for part in (rule.name, "exp", "float64 vector", __file__, f"optimizer_excluding={rule.name}"):
        assert part in message
    inner.check_integrity()
    assert str(inner.outputs[0].owner.op) == "add"


def test_in_our_tests_it_is_an_error():
    with pytest.raises(RuleFailed, match="OverflowError: cannot convert"):
        apply_rules(graph()[1], RuleSet([broken]), "canonicalize")


def test_a_pass_that_fails_is_left_out_too(monkeypatch):
    def fails(graph, phase, record):
        raise KeyError("nothing")

    step = type("Step", (), {"name": "broken_pass", "__call__": staticmethod(fails)})()
    _, inner = graph()
    included = (*_included(frozenset(), frozenset()), (Phase("more", (), (step,)), RuleSet([])))
    monkeypatch.setattr("symgraph.rewrite.pipeline._included", lambda *names: included)
    with pytest.warns(RuleFailed, match="'broken_pass' failed: KeyError"):
        Pipeline().run(inner)
    inner.check_integrity()


def test_rules_that_undo_each_other_end_the_phase():
    @node_rule("there", "exp")
    def there(node):
        """exp(x) → exp2(x)"""
        return T.exp2(node.inputs[0])

    @node_rule("back", "exp2")
    def back(node):
        """exp2(x) → exp(x)"""
        return T.exp(node.inputs[0])

    with pytest.warns(NotSettled, match="replacements in phase canonicalize"):
        apply_rules(graph()[1], RuleSet([there, back]), "canonicalize")


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("exponent", [np.inf, -np.inf, np.nan, 1e6, 1e300])
def test_powers_that_are_no_whole_number(exponent, dtype):
    x = T.vector("x", dtype=dtype)
    with np.errstate(all="ignore"):
        constant = np.asarray(exponent, dtype)
        value = np.array([0.5, 1, 2], dtype)
        expected = value**constant
    for mode in ("reference", "llvm"):
        np.testing.assert_array_equal(sg.function([x], x**constant, mode=mode)(value), expected)
