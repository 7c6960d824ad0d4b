"""What notebooks display of expressions and functions."""

from xml.etree import ElementTree

import symgraph as sg
import symgraph.tensor as T


def shown(thing):
    """The HTML, which is well formed, and its text."""
    html = thing._repr_html_()
    return html, "".join(ElementTree.fromstring(html).itertext())


def test_a_variable_is_told_by_its_name_and_type():
    html, text = shown(T.dmatrix("x"))
    assert (text, "<svg" in html) == ("x: float64 matrix", False)


def test_an_expression_shows_its_formula_and_its_picture():
    x = T.dvector("x<y")
    html, text = shown(T.tanh(x) * 2 < x)
    assert "expression: bool vector" in text
    assert "tanh(x<y) * 2.0 < x<y" in text
    assert html.count("<svg") == 1
    assert "3 operations" in text


def test_a_function_shows_what_it_computes_and_updates():
    x, s = T.dscalar("x"), sg.shared(1.0, name="s")
    f = sg.function([x], x + s, updates={s: s * 2}, name="f")
    html, text = shown(f)
    assert "f(x)" in text
    assert "x + s" in text
    assert "s * 2" in text
    assert html.count("<svg") == 1


def test_large_graphs_are_told_by_their_number_of_operations():
    y = T.dscalar("x")
    for _ in range(60):
        y = T.sin(y)
    html, text = shown(y)
    assert ("<svg" in html, "sin(sin(" in text) == (False, True)
    for _ in range(5000):
        y = T.sin(y)
    html, text = shown(y)
    assert "5,060 operations: symgraph.debugprint lists them" in text
    assert len(html) < 300
