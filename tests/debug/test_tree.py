"""Indented trees, and pictures."""

import inspect
import io
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph import debugprint, function, shared
from symgraph.debug import draw, to_dot, to_svg
from symgraph.graph import FunctionGraph, Op


@pytest.fixture
def expression():
    x, w = T.dvector("x"), shared(np.ones(2), "w")
    h = T.tanh(x * w)
    h.name = "h"
    return h + h * 2.0


def test_a_tree_shows_types_names_and_repetition(expression):
    assert debugprint(expression, file="str") == (
        "add [id A] <float64 vector>\n"
        " |tanh [id B] <float64 vector> 'h'\n"
        " | |mul [id C] <float64 vector>\n"
        " | | |x <float64 vector>\n"
        " | | |w <float64 vector> shared\n"
        " |mul [id D] <float64 vector>\n"
        " | |tanh [id B] 'h' ...\n"
        " | |2.0 <float64 vector (1)> constant"
    )


def test_parts_of_a_tree(expression):
    assert debugprint(expression, depth=1, print_type=False, file="str") == (
        "add [id A]\n |tanh [id B] 'h'\n |mul [id C]"
    )
    assert debugprint(expression, stop_on_name=True, print_type=False, file="str") == (
        "add [id A]\n |tanh [id B] 'h'\n |mul [id C]\n | |tanh [id B] 'h' ...\n | |2.0 constant"
    )


def test_a_tree_is_printed_or_written(expression, capsys):
    assert debugprint(expression) is None
    text = capsys.readouterr().out
    file = io.StringIO()
    debugprint(expression, file=file)
    assert text == file.getvalue() == debugprint(expression, file="str") + "\n"


def test_what_has_a_tree(expression):
    x, s = T.dscalar("x"), shared(1.0, "s")
    f = function([sg.In(x, value=1.0, update=x * 2)], x + s, updates={s: s + 1}, mode="reference")
    tree = debugprint(f, print_type=False, file="str")
    assert tree == (
        "add [id A]\n |x\n |s shared\n"
        "mul [id B]  (next x)\n |x\n |2.0 constant\n"
        "add [id C]  (update of s)\n |s shared\n |1.0 constant"
    )
    assert debugprint(f.maker.fgraph, file="str").startswith("add [id A] <float64 scalar>\n")
    assert debugprint([expression, expression], depth=0, file="str").count("add [id A]") == 2
    with pytest.raises(TypeError, match="expected a variable, a list of variables, .* not 3"):
        debugprint(3)
    with pytest.raises(TypeError, match="expected a variable"):
        debugprint([1, 2])


class Two(Op):
    """Two outputs."""

    def output_types(self, x):
        return [x.type, x.type]

    def perform(self, node, x):
        return x, x


def test_operations_of_several_outputs_appear_once():
    a = b = T.dscalar("x")
    for _ in range(50):
        a, b = Two()(a + b)
    tree = debugprint(a, print_type=False, file="str")
    assert tree.startswith("Two.0 [id A]\n |add [id B]\n | |Two.0 [id C]")
    assert len(tree.splitlines()) == 50 * 3 + 1
    assert "[id ZZ]" not in tree and "[id AA]" in tree


def test_deep_nodes_tell_their_depth_by_a_number():
    value = T.dscalar("x")
    for _ in range(100):
        value = T.sin(value)
    lines = debugprint(value, print_type=False, file="str").splitlines()
    assert lines[30] == " |" * 30 + "sin [id AE]"
    assert lines[31] == " |" * 30 + " |(31) sin [id AF]"
    assert lines[100] == " |" * 30 + " |(100) x"


def test_dot_text(expression):
    text = to_dot(expression)
    assert text.startswith("digraph {")
    assert '[label="x\\nfloat64 vector", shape=box, fillcolor="#cfe2f3"];' in text
    assert "[label=\"tanh\\n'h'\", shape=ellipse" in text
    assert '[label="w\\nfloat64 vector", shape=box, fillcolor="#d9ead3"];' in text
    # Of seven operands, tanh's has no number; and the output.
    assert text.count(" -> ") == 7 + 1
    assert text.count("[label=") == 8 + 7
    assert 'n3 -> n6 [label="0: float64 vector"];' in text


def test_dot_text_is_quoted():
    x = T.dscalar('a "quoted\\name"')
    assert '"a \\"quoted\\\\name\\"\\nfloat64 scalar"' in to_dot(x + 1)


def test_an_svg_is_a_picture_of_all_nodes(expression):
    root = ElementTree.fromstring(to_svg(expression))
    space = "{http://www.w3.org/2000/svg}"
    texts = [element.text for element in root.iter(f"{space}text")]
    assert {"x", "w", "tanh", "'h'", "mul", "add", "2.0", "output"} <= set(texts)
    boxes = [
        [float(rect.get(key)) for key in ("x", "y", "width", "height")]
        for rect in root.iter(f"{space}rect")
    ]
    # Nothing overlaps, and all is inside.
    for number, (x1, y1, w1, h1) in enumerate(boxes):
        assert x1 >= 0 and x1 + w1 <= float(root.get("width"))
        assert y1 >= 0 and y1 + h1 <= float(root.get("height"))
        for x2, y2, w2, h2 in boxes[:number]:
            assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1


def test_pictures_of_functions_and_graphs(expression):
    x, s = T.dscalar("x"), shared(1.0, "s")
    f = function([x], [x + s, x * s], updates={s: s + 1}, mode="reference")
    for text in (to_dot(f), to_svg(f)):
        assert "output 0" in text and "output 1" in text and "update of s" in text
    assert "update of s" not in to_dot(FunctionGraph([x], [x + 1]))
    assert to_dot(x).count(" -> ") == 1
    assert ElementTree.fromstring(to_svg([])) is not None


def test_pictures_are_written_to_files(expression, tmp_path):
    draw(expression, tmp_path / "graph.svg")
    draw(expression, str(tmp_path / "graph.dot"))
    assert (tmp_path / "graph.svg").read_text() == to_svg(expression)
    assert (tmp_path / "graph.dot").read_text() == to_dot(expression)
    with pytest.raises(ValueError, match="draw: a picture ends in .svg or .dot, not 'graph.bmp'"):
        draw(expression, tmp_path / "graph.bmp")


def test_names_as_theano_has_them():
    bare = inspect.unwrap
    assert bare(sg.printing.debugprint) is bare(debugprint)
    assert bare(sg.printing.pp) is bare(sg.printing.pprint) is bare(sg.pp) is bare(sg.pprint)
