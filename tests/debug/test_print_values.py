"""Values are printed when a function runs, once for each time that they are computed."""

import numpy as np
import pytest
from support.op_checks import derivatives_agree

import symgraph as sg
import symgraph.tensor as T
from symgraph.debug.printing import Print

MODES = pytest.mark.parametrize("mode", ["llvm", "reference"])


@MODES
def test_what_is_printed(mode, capsys):
    x = T.dvector("x")
    f = sg.function([x], (Print("x", ["shape", "max"])(x * 2) ** 2).sum(), mode=mode)
    assert capsys.readouterr().out == ""
    for _ in range(3):
        assert f([1.0, 2.0]) == 20
        assert capsys.readouterr().out == "x shape = (2,)\nx max = 4.0\n"


@MODES
def test_constants_are_printed_when_the_function_runs(mode, capsys):
    f = sg.function([], Print("c")(2.5) + 1, mode=mode)
    assert capsys.readouterr().out == ""
    assert f() == 3.5
    assert capsys.readouterr().out == "c __str__ = 2.5\n"


def test_what_nothing_uses_is_not_printed(capsys):
    x = T.dscalar("x")
    Print("unused")(x)
    f = sg.function([x], [Print("seen")(x) + 1, Print("seen")(x) * 2])
    f(1.0)
    assert capsys.readouterr().out == "seen __str__ = 1.0\n"


@MODES
def test_each_step_of_a_scan_prints(mode, capsys):
    x = T.dvector("x")
    total, _ = sg.scan(lambda e, t: Print("t")(t + e), sequences=x, outputs_info=T.constant(0.0))
    sg.function([x], total[-1], mode=mode)([1.0, 2.0])
    assert capsys.readouterr().out == "t __str__ = 1.0\nt __str__ = 3.0\n"


def test_derivatives_and_batches_pass(capsys):
    derivatives_agree(lambda x: Print()(x) ** 2, np.array([1.0, -2.0]))
    x, many = T.dvector("x"), T.dmatrix("many")
    batch = sg.vectorize_graph(Print()(x).sum(), {x: many})
    np.testing.assert_array_equal(batch.eval({many: [[1.0, 2.0], [3.0, 4.0]]}), [3.0, 7.0])
    assert capsys.readouterr().out


def test_values_of_other_types_are_printed(capsys):
    g = sg.generic("g")
    assert sg.function([g], Print("g")(g))({1: 2}) == {1: 2}
    assert capsys.readouterr().out == "g __str__ = {1: 2}\n"


def test_the_shape_prints_nothing(capsys):
    x = T.dmatrix("x")
    sg.function([x], Print()(x).shape)(np.ones((2, 3)))
    assert capsys.readouterr().out == ""


def test_attributes_are_a_sequence_of_names():
    with pytest.raises(TypeError, match="Print: attrs is a sequence of names, not 'shape'"):
        Print("x", "shape")
