"""`variable.eval`, and `clone`: expressions with parts exchanged."""

import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph import clone, shared
from symgraph.graph import equal_computations


def test_a_variable_evaluates_where_its_inputs_are_given(mode):
    x, y = T.dscalars("x", "y")
    z = x - y
    assert z.eval({x: 5, y: 3}) == 2
    assert z.eval({y: 5, x: 3}) == -2
    assert z.eval({"x": 1, y: 1}) == 0
    assert T.constant(3).eval() == 3
    assert (shared(2.0) * 3).eval() == 6
    assert x.eval({x: 7}) == 7


def test_the_function_is_compiled_once_for_each_back_end():
    x = T.dscalar("x")
    y = x * 2
    y.eval({x: 1}, mode="reference")
    (kept,) = y.evaluated.values()
    y.eval({"x": 4}, mode="reference")
    assert list(y.evaluated.values()) == [kept]
    with sg.config.change_flags(mode="reference"):
        y.eval({x: 3})
    assert list(y.evaluated.values()) == [kept]
    y.eval({x: 3}, mode="llvm")
    assert [f.maker.mode.name for f in y.evaluated.values()] == ["reference", "llvm"]


def test_what_eval_cannot_evaluate():
    x, y = T.dscalar("x"), T.dscalar("x")
    with pytest.raises(ValueError, match="eval: of what .*, several are named .x."):
        (x + y).eval({"x": 1})
    with pytest.raises(ValueError, match="eval: of what .*, none is named .w."):
        (x + y).eval({"w": 1})
    with pytest.raises(ValueError, match="eval: one of x, x is given twice"):
        (x * 2).eval({"x": 1, x: 2})
    with pytest.raises(TypeError, match="eval takes a dict of values by variable or name, not 3"):
        (x * 2).eval(3)
    with pytest.raises(sg.MissingInputError, match="missing input: the outputs need x"):
        (x * 2).eval()
    with pytest.raises(sg.UnusedInputError, match="is not used"):
        (x * 2).eval({x: 1, y: 2})
    with pytest.raises(TypeError, match="expected 0 dimensions"):
        (x * 2).eval({x: [1, 2]})


def test_a_clone_has_parts_exchanged():
    x, y = T.dscalars("x", "y")
    z = x * 2 + T.exp(x)
    assert clone(z, {x: y}).eval({y: 0}) == 1
    assert clone(z, [(x, y + 1)]).eval({y: -1}) == 1
    assert clone(z, {x: 0.0}).eval() == 1
    assert z.eval({x: 0}) == 1


def test_exchanges_are_simultaneous():
    x, y = T.dscalars("x", "y")
    swapped = clone(x - y, {x: y, y: x})
    assert swapped.eval({x: 1, y: 5}) == 4


def test_a_clone_has_the_form_of_what_is_cloned():
    x, y = T.dscalars("x", "y")
    assert [type(clone(form, {x: y})) for form in ([x], (x,), {"a": x})] == [list, tuple, dict]
    assert clone({"a": x, "b": x * 2}, {x: y})["a"] is y
    assert clone([x, y], {x: y}) == [y, y]


def test_a_clone_may_have_inputs_of_its_own():
    x, s = T.dscalar("x"), shared(3.0, "s")
    y = x * s
    shares = clone(y)
    assert set(sg.graph.graph_inputs([shares])) >= {x, s}
    own = clone(y, share_inputs=False)
    x2, s2 = (v for v in sg.graph.graph_inputs([own]) if not isinstance(v, sg.Constant))
    assert x2 is not x and s2 is not s
    assert (x2.name, x2.type, x2.location) == ("x", x.type, x.location)
    assert s2.container is s.container
    assert own.eval({x2: 2}) == 6


def test_a_clone_of_other_types():
    x, y = T.fvector("x"), T.dvector("y")
    z = x * 2
    with pytest.raises(
        TypeError,
        match=r"clone: x \(float32 vector\) is given as y \(float64 vector\); cast it, or allow"
        r" new types with strict=False",
    ):
        clone(z, {x: y})
    assert clone(z, {x: y}, strict=False).dtype == "float64"
    assert clone(y * 2, {y: x}).dtype == "float64"


def test_what_cannot_be_cloned():
    x = T.dscalar("x")
    with pytest.raises(TypeError, match="clone: the output must be variables, not 3"):
        clone(3)
    with pytest.raises(TypeError, match="clone: replace exchanges variables, not 'x'"):
        clone(x, {"x": x})
    with pytest.raises(ValueError, match="clone: x is replaced twice"):
        clone(x, [(x, 1.0), (x, 2.0)])
    with pytest.raises(TypeError, match="clone: replace must be a dict or a list of pairs, not 3"):
        clone(x, 3)
    with pytest.raises(TypeError, match="clone: the given for x: expected 0 dimensions"):
        clone(x, {x: [1.0]})


def test_graph_replace_exchanges_what_the_outputs_depend_on():
    x, y, z = T.vectors("x", "y", "z")
    total = x + y
    replaced = sg.graph_replace([total * 2, x], {x: y, total: z})
    assert equal_computations(replaced, [z * 2, y])
    assert sg.graph_replace({"a": total}, {z: x}, strict=False) == {"a": total}
    message = r"graph_replace: the outputs do not depend on z \(float64 vector\); to allow this,"
    with pytest.raises(ValueError, match=message):
        sg.graph_replace(total, {z: x})
    with pytest.raises(TypeError, match=r"graph_replace: x .* is given as m .*; cast it"):
        sg.graph_replace(total, {x: T.matrix("m")})
