"""Givens: what stands in the place of variables, for one function."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph import function, shared


@pytest.fixture(params=[dict, list])
def form(request):
    return request.param


def test_a_given_stands_in_for_any_variable(mode, form):
    x, y = T.dscalars("x", "y")
    s, inner = shared(2.0), x * 3
    assert function([y], x + 1, givens=form([(x, y * 2)]))(5) == 11
    assert function([y], s + y, givens=form([(s, y * 2)]))(5) == 15
    assert function([y], inner + 1, givens=form([(inner, y)]))(5) == 6
    assert function([], x + 1, givens=form([(x, s)]))() == 3
    assert function([], x + 1, givens=form([(x, 4.0)]))() == 5
    assert s.get_value() == 2


def test_givens_are_simultaneous(mode):
    a, b = shared(1.0, "a"), shared(2.0, "b")
    assert function([], [a * 1, b * 1, a - b], givens=[(a, b), (b, a)])() == [2, 1, 1]
    # Each mentions the other: that is no circle, as they are not put into each other.
    assert function([], [a * 1, b * 1], givens={a: b + 10, b: a + 10})() == [12, 11]
    assert function([], a * 1, givens={a: a + 1})() == 2


def test_an_output_may_itself_be_given():
    x, y = T.dscalars("x", "y")
    z = x + 1
    assert function([y], [z, z * 2], givens={z: y})(3) == [3, 6]


def test_givens_reach_updates_but_not_their_targets():
    s, x = shared(1.0), T.dscalar("x")
    f = function([x], s * 1, updates={s: s + 1}, givens={s: x})
    assert f(10) == 10
    assert s.get_value() == 11


def test_givens_reach_updates_of_inputs():
    x, y, state = T.dscalars("x", "y", "state")
    f = function([y, sg.In(state, value=0.0, update=state + x)], state * 1, givens={x: y * 2})
    assert [f(1), f(1), f(1)] == [0, 2, 4]


def test_what_is_narrower_is_cast():
    x, y = T.dvector("x"), T.fvector("y")
    f = function([y], x * 1, givens={x: y})
    assert f(np.ones(2, "float32")).dtype == "float64"


def test_another_type_is_refused_or_retypes_what_depends_on_it(mode):
    x, y = T.fvector("x"), T.dvector("y")
    out = x * 2 + T.exp(x)
    assert out.dtype == "float32"
    with pytest.raises(
        TypeError,
        match=r"x \(float32 vector\) is given as y \(float64 vector\); cast it, or allow new"
        r" types with rebuild_strict=False",
    ):
        function([y], out, givens={x: y})
    result = function([y], out, givens={x: y}, rebuild_strict=False)(np.array([0.1]))
    assert result.dtype == "float64"
    assert result[0] == pytest.approx(0.2 + np.exp(0.1), rel=1e-15)


def test_a_minibatch_of_shared_data(mode):
    """The book's way to train: an index for an input, slices of shared data for givens."""
    data = shared(np.arange(12.0).reshape(6, 2))
    labels = shared(np.arange(6))
    index, x, y = T.lscalar("index"), T.dmatrix("x"), T.lvector("y")
    part = slice(index * 2, (index + 1) * 2)
    f = function([index], [x.sum(), y.sum()], givens={x: data[part], y: labels[part]})
    assert f(0) == [6, 1]
    assert f(2) == [38, 9]


def test_known_extents_of_a_given_may_be_more_or_fewer():
    x = T.TensorType("float64", (3,))("x")
    y = T.dvector("y")
    assert function([y], x.sum(), givens={x: y})([1, 2, 3]) == 6
    assert function([x], y.sum(), givens={y: x})([1, 2, 3]) == 6


def test_what_a_type_tells_of_extents_must_hold_of_what_is_given(mode):
    x, y = T.TensorType("float64", (None, 3))("x"), T.dmatrix("y")
    mean = x.mean(axis=1)
    for f in (
        function([y], mean, givens={x: y}),
        function([y], mean, givens={x: y}, rebuild_strict=False),
        function([y], sg.clone(mean, {x: y})),
        function([y], sg.graph_replace(mean, {x: y})),
        function([y], sg.vectorize_graph(mean, {x: y})),
    ):
        np.testing.assert_array_equal(f(np.ones((2, 3))), [1, 1])
        with pytest.raises(ValueError, match=r"\(2, 4\) was specified to have \(2, 3\)"):
            f(np.ones((2, 4)))
    other = T.TensorType("float64", (2, 4))("other")
    for strict in (True, False):
        with pytest.raises(TypeError, match="the extents on axis 1 differ. Where several are to"):
            function([other], mean, givens={x: other}, rebuild_strict=strict)


def test_a_computed_input_and_what_it_is_computed_from(mode):
    x, y = T.dvectors("x", "y")
    z = x * 2
    assert function([x, z], (x + z).sum())(np.ones(2), np.zeros(2)) == 2
    # The givens end there too, and so does what is given for an ancestor of the input.
    assert function([z], (y + z).sum(), givens={y: z + 1})(np.ones(2)) == 6
    assert function([z], z.sum(), givens={x: y})(np.ones(2)) == 2
    f = function([sg.In(z, value=np.zeros(2), update=z + 1)], z.mean())
    assert [f(), f(), f()] == [0, 1, 2]
    with pytest.raises(sg.MissingInputError, match="the outputs need x .*the inputs are mul"):
        function([z], z + x)
    with pytest.raises(sg.UnusedInputError, match="input 1, x .* is not used"):
        function([z, x], z + 1)
    with pytest.raises(ValueError, match="mul is both an input and given"):
        function([z], z + 1, givens={z: y})


@pytest.mark.parametrize("mode", ["llvm", "reference"])
def test_givens_of_other_ranks(mode):
    x, y, w, s = T.ivector("x"), T.ivector("y"), T.imatrix("w"), T.dscalar("s")
    with pytest.raises(TypeError, match="rebuild_strict=False"):
        sg.function([w, y], x * y, givens=[(x, w)], mode=mode)
    f = sg.function(
        [w, y], [x * y, x.sum(), (x + 1).max()], givens=[(x, w)], rebuild_strict=False, mode=mode
    )
    product, total, largest = f(np.ones((3, 5), "int32"), np.arange(5, dtype="int32"))
    assert product.shape == (3, 5)
    np.testing.assert_array_equal(product, np.tile(np.arange(5), (3, 1)))
    assert (total, largest) == (15, 2)
    v = T.dvector("v")
    g = sg.function([s], T.exp(v) * 2, givens={v: s}, rebuild_strict=False, mode=mode)
    np.testing.assert_allclose(g(0.0), [2.0])
    m = T.dmatrix("m")
    h = sg.function([v], (s * m), givens={s: v, m: T.ones((2, 3))}, rebuild_strict=False, mode=mode)
    np.testing.assert_array_equal(h([1.0, 2.0, 3.0]), [[1, 2, 3]] * 2)
    np.testing.assert_array_equal(
        sg.clone(x * y, {x: w}, strict=False).eval({w: [[1], [2]], y: [3, 4]}), [[3, 4], [6, 8]]
    )
