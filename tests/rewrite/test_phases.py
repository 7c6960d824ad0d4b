"""Graphs mean the same with the phases of rewriting left out, one by one and several at once."""

import pytest
from hypothesis import given
from support.agreement import (
    TRUTH,
    assert_same_outcome,
    assert_same_results,
    budget,
    call,
    compile_variant,
)
from support.graph_drawing import graphs

import symgraph as sg
from symgraph.rewrite import phases

NAMES = [phase.name for phase in phases()]
LEFT_OUT = [
    *([name] for name in NAMES),
    # Each phase as the last that runs.
    *(NAMES[position:] for position in range(1, len(NAMES) - 1)),
]


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("left_out", LEFT_OUT, ids=":".join)
@budget(0.5)
@given(graphs(min_steps=2, max_steps=8))
def test_phases_may_be_left_out(mode, left_out, drawn):
    expected = call(compile_variant(TRUTH, drawn.inputs, drawn.outputs), drawn.values)
    with sg.config.change_flags(optimizer_excluding=":".join(left_out), mode=mode):
        f = sg.function(drawn.inputs, list(drawn.outputs), on_unused_input="ignore")
    found = call(f, drawn.values)
    assert_same_outcome(f"without {left_out}", expected, found)
    if expected.results is not None:
        assert_same_results(
            drawn.inputs, drawn.outputs, drawn.values, expected.results, found.results, "phases"
        )
