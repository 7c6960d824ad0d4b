"""`f.show` tells the passes by which a function was compiled, and what each of them leaves."""

import io
import re

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower.pipeline import PASSES
from symgraph.rewrite import phases

PHASES = [phase.name for phase in phases() if phase.rules or phase.passes]
LOWERING = [step.name for step in PASSES]


def layer(mode="llvm"):
    x = T.fmatrix("x")
    W = sg.shared(np.ones((3, 5), "float32"), "W")
    return sg.function([x], T.nnet.softmax(T.log(T.exp(T.dot(x, W)))), mode=mode)


def names(text):
    return [line.split()[0] for line in text.splitlines()]


def test_the_passes_are_listed_in_order_with_their_time_and_what_they_do():
    lines = layer().show(file="str").splitlines()
    assert names("\n".join(lines)) == [*PHASES, "make_lazy", *LOWERING]
    assert len(set(names("\n".join(lines)))) == len(lines)
    for line in lines:
        assert re.fullmatch(r"\w+ +\d+\.\d\d ms  [A-Z].+[^.]", line)


def test_rewriting_shows_the_graph():
    f = layer()
    assert "log [id" in f.show("canonicalize", file="str")
    assert "log [id" not in f.show("stabilize", file="str")
    with sg.config.change_flags(optimizer_excluding="stabilize:specialize"):
        assert "log [id" in f.show("loops", file="str")


def test_lowering_shows_the_graph_then_its_schedule_then_the_program():
    f = layer()
    assert "Softmax" in f.show("shapes", file="str")
    assert "supremum" in f.show("expand", file="str")
    schedule = f.show("schedule", file="str").splitlines()
    assert schedule[-1].startswith("1: loops over (x.0, 5): supremum")
    assert f.show("write", file="str").startswith("program function(")
    assert f.show("plan_memory", file="str") == f.describe()


def test_it_prints_or_writes(capsys):
    f, file = layer(), io.StringIO()
    assert f.show("write") is None
    assert f.show("write", file=file) is None
    assert capsys.readouterr().out == file.getvalue() == f.show("write", file="str") + "\n"


def test_the_reference_back_end_has_passes_of_rewriting_alone():
    f = layer("reference")
    assert names(f.show(file="str")) == [*PHASES, "make_lazy"]
    with pytest.raises(ValueError, match="there is no pass 'write'"):
        f.show("write")


def test_without_rewriting_there_are_no_phases():
    with sg.config.change_flags(optimizer="None"):
        assert names(layer().show(file="str")) == ["make_lazy", *LOWERING]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("find_region", "'find_region'; did you mean 'find_regions'? The passes are canonicalize,"),
        ("canonicalise", "'canonicalise'; did you mean 'canonicalize'? The passes are canon"),
        ("x", "there is no pass 'x'. The passes are canonicalize, stabilize, "),
    ],
)
def test_an_unknown_name_is_told_with_the_names_there_are(name, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        layer().show(name)


def test_showing_changes_nothing():
    """Neither the program nor what is compiled."""
    f = layer()
    x = np.ones((2, 3), "float32")
    before, program = f(x), f.describe()
    programs = list(f.executable.programs)
    f.show(file="str")
    f.show("find_regions", file="str")
    assert f.executable.programs == programs
    assert f.describe() == program
    np.testing.assert_array_equal(f(x), before)


def test_what_only_one_branch_needs_moves_into_it():
    x, c = T.dvector("x"), T.bscalar("c")
    f = sg.function([x, c], sg.ifelse(c, T.exp(x), x))
    assert f.show("shapes", file="str") != f.show("make_lazy", file="str")
