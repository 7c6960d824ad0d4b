"""Formulas: brackets where they are needed, names where parts repeat."""

import ast
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T
from symgraph import pprint

x, y, z = T.dscalar("x"), T.dscalar("y"), T.dscalar("z")
v = T.dvector("v")


@pytest.mark.parametrize(
    "expression, text",
    [
        (x, "x"),
        (T.dscalar(), "<float64 scalar>"),
        (x + y, "x + y"),
        (x + y * z, "x + y * z"),
        ((x + y) * z, "(x + y) * z"),
        (x - (y - z), "x - (y - z)"),
        (x - y - z, "x - y - z"),
        (x / (y * z), "x / (y * z)"),
        (x**y**z, "x ** y ** z"),
        ((x**y) ** z, "(x ** y) ** z"),
        (-x, "-x"),
        (-(x + y), "-(x + y)"),
        ((-x) ** y, "(-x) ** y"),
        (-(x**y), "-x ** y"),
        (x - -y, "x - -y"),
        (1 / (1 + T.exp(-x)), "1.0 / (1.0 + exp(-x))"),
        (T.lt(x, y), "x < y"),
        (T.lt(x, y) & T.gt(x, z), "(x < y) & (x > z)"),
        (T.maximum(x, y), "maximum(x, y)"),
        (T.constant(-2.0) ** y, "(-2.0) ** y"),
        (v + x, "v + x"),
        (T.tanh(v * 2.0), "tanh(v * 2.0)"),
        (sg.shared(1.0, "w") * x, "w * x"),
    ],
)
def test_how_expressions_are_written(expression, text):
    assert pprint(expression) == text


def test_other_operations_are_calls():
    m = T.dmatrix("m")
    assert pprint(T.dot(m, v)) == "Dot(m, v)"
    assert pprint(m.T).endswith("(m)")
    assert pprint(v[2]).endswith("(v, 2)")


def test_parts_with_names_stand_by_them():
    h = T.tanh(x)
    h.name = "h"
    out = h * y + h
    out.name = "out"
    assert pprint(out) == "h * y + h\nwhere h = tanh(x)"
    g = out * 2
    assert pprint(g) == "out * 2.0\nwhere out = h * y + h\n      h = tanh(x)"


def test_long_formulas_name_what_they_repeat():
    value, taken = x, T.dscalar("t0")
    for _ in range(100):
        value = T.tanh(value * value) + taken
    lines = pprint(value).splitlines()
    assert lines[0].startswith("tanh(t") and "t0" in lines[0]
    assert lines[1].startswith("where t")
    assert sum(map(len, lines)) < 5000
    definitions = dict(line[6:].split(" = ") for line in lines[1:])
    assert len(definitions) == 99
    assert "t0" not in definitions


def test_short_formulas_repeat():
    square = x * x
    assert pprint(square * square) == "x * x * (x * x)"


def test_a_long_formula_without_repetition_is_written_out():
    value = x
    for _ in range(2000):
        value = T.sin(value)
    assert pprint(value) == "sin(" * 2000 + "x" + ")" * 2000


OPERATORS = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b]


@st.composite
def expressions(draw, depth=4):
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return (
            draw(st.sampled_from([x, y, z]))
            if draw(st.booleans())
            else T.constant(draw(st.sampled_from([2.0, -3.0, 0.5])))
        )
    if draw(st.integers(0, 4)) == 0:
        return -draw(expressions(depth=depth - 1))
    operator = draw(st.sampled_from(OPERATORS))
    return operator(draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1)))


@given(expressions())
def test_python_reads_a_formula_as_the_expression_it_is(expression):
    """Evaluated as Python, the text gives the expression's own value."""
    values = {x: 1.7, y: -0.3, z: 2.9}
    text = pprint(expression)
    ast.parse(text)
    # Python divides its own numbers by zero differently: those of constants are NumPy's too.
    numbers = re.sub(r"(?<![\w.])\d+(\.\d+)?(e[+-]?\d+)?", r"number(\g<0>)", text)
    names = {v.name: np.float64(value) for v, value in values.items()}
    with np.errstate(all="ignore"):
        read = eval(numbers, {"number": np.float64, **names})
    used = {v: values[v] for v in sg.graph.graph_inputs([expression]) if v in values}
    # Rewriting would round otherwise: it multiplies the constants of a product first.
    with sg.config.change_flags(optimizer="None"):
        np.testing.assert_array_equal(read, expression.eval(used, mode="reference"))
