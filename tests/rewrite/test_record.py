"""The steps of rewriting as data; rules and phases switched off and on by name."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.compile.explanation import RewriteLog, explain


def softplus():
    x = T.dvector("x")
    return x, T.log(1 + T.exp(x))


def test_steps_tell_phase_rule_and_the_users_line():
    x, y = softplus()
    history = sg.function([x], y).explain()
    assert [step.rule for step in history] == ["log1p", "softplus"]
    step = history[0]
    assert (step.phase, step.before, step.after) == (
        "stabilize", "log(1.0 + exp(x))", "log1p(exp(x))",
    )  # fmt: skip
    assert "T.log(1 + T.exp(x))" in str(step.location)
    assert str(step).startswith("stabilize, log1p: log(1.0 + exp(x)) → log1p(exp(x))\n    from ")


def test_steps_can_be_browsed_and_counted():
    x, y = softplus()
    w = sg.shared(np.zeros(3), name="w")
    f = sg.function([x], y, updates=[(w, w + x * 1)])
    history = f.explain()
    assert [step.before for step in history.of("mul_one")] == ["x * 1.0"]
    assert history.of("canonicalize") == history.of("mul_one")
    assert history.counts() == {"mul_one": 1, "log1p": 1, "softplus": 1}
    assert str(explain([x])) == "nothing was rewritten"
    assert isinstance(history.of("nothing"), RewriteLog)


def test_explaining_changes_nothing():
    x, y = softplus()
    before = sg.pprint(y)
    f = sg.function([x], y)
    described = f.describe()
    f.explain()
    assert (sg.pprint(y), f.describe()) == (before, described)


def test_rules_of_an_excluded_phase_can_be_included():
    x, y = softplus()
    with sg.config.change_flags(optimizer_excluding="stabilize", optimizer_including="log1p"):
        f = sg.function([x], y)
        assert [step.rule for step in f.explain()] == ["log1p"]
    assert np.isinf(f([1000.0]))
    with (
        sg.config.change_flags(optimizer_including="stabilise"),
        pytest.raises(
            ValueError, match="no rewriting rule or phase is called 'stabilise'; near are stabilize"
        ),
    ):
        sg.function([x], y)
