"""The passes of lowering and of rewriting: their names, their contracts, and their checks."""

import re

import pytest

import symgraph.tensor as T
from symgraph import rewrite
from symgraph.graph import FunctionGraph, Pass, Watch, pass_of, run_passes
from symgraph.lower import lower, pipeline
from symgraph.lower.pipeline import PASSES
from symgraph.lower.verifier import VerificationError
from symgraph.lower.watching import checked
from symgraph.rewrite import pipeline as rewriting

NAMES = [step.name for step in PASSES]


def listed(module):
    """The names of the numbered list in a module's docstring."""
    return re.findall(r"^\d+\. (\w+):", module.__doc__, re.M)


def test_the_list_of_passes_is_what_runs():
    assert listed(pipeline) == NAMES


def test_the_list_of_phases_is_what_runs():
    phases = [phase.name for phase in rewrite.phases() if phase.rules or phase.passes]
    assert listed(rewriting) == phases


def test_every_pass_has_a_contract():
    contracts = [step.contract for step in PASSES]
    contracts += [phase.contract for phase in rewrite.phases() if phase.rules or phase.passes]
    for contract in contracts:
        assert re.match(r"[A-Z].*\.$", contract)


def test_passes_run_in_order_and_are_watched():
    def add(state):
        """Append one. Takes anything."""
        state.append(1)

    def double(state):
        """Repeat all."""
        state += state

    state, seen = [], []
    watch = Watch(str, "add", lambda state: seen.append(len(state)))
    run_passes([pass_of(add), pass_of(double), Pass("again", add, "Append.")], state, watch)
    assert state == [1, 1, 1]
    assert seen == [1, 2, 3]
    assert [(run.name, run.text) for run in watch.runs] == [
        ("add", "[1]"), ("double", None), ("again", None)
    ]  # fmt: skip
    assert watch.runs[0].contract == "Append one. Takes anything."
    assert re.fullmatch(r"add +\d+\.\d\d ms  Append one", str(watch.runs[0]))


@pytest.mark.parametrize("broken", NAMES[NAMES.index("write") :])
def test_a_program_that_a_pass_breaks_is_told_behind_that_pass(broken, monkeypatch):
    def breaks(step):
        def run(state):
            step.run(state)
            state.program.body.append(state.program.body[-1])

        return Pass(step.name, run, step.contract) if step.name == broken else step

    monkeypatch.setattr(pipeline, "PASSES", tuple(map(breaks, PASSES)))
    x = T.dmatrix("x")
    watch = checked(repr)
    with pytest.raises(VerificationError):
        lower(FunctionGraph([x], [T.exp(x).sum()]), "broken", lambda node: True, watch=watch)
    assert [step.name for step in PASSES][len(watch.runs)] == broken
