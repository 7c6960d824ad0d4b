"""Operations made of expressions: native, differentiable, with derivatives of their own."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import derivatives_agree

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient import DisconnectedType
from symgraph.graph import NullType

INLINE = pytest.mark.parametrize("inline", [False, True])
MODES = pytest.mark.parametrize("mode", ["llvm", "reference"])
ONES = np.ones((2, 2))


@INLINE
@MODES
def test_it_computes_the_expression(inline, mode):
    x, y, z = T.dmatrices("x", "y", "z")
    s = sg.shared(np.array([[1.0, 2.0], [3.0, 4.0]]))
    op = sg.OpFromGraph([x, y, z], [x + y * z + s, x - s], inline=inline)
    f = sg.function([x, y, z], [op(x, y, z)[0] - op(y, z, x)[0], op(x, y, z)[1]], mode=mode)
    assert f.fallbacks() == []
    for _ in range(2):
        difference, other = f(ONES, 3 * ONES, 5 * ONES)
        np.testing.assert_array_equal(difference, 8 * ONES)
        np.testing.assert_array_equal(other, 1 - s.get_value())
    s.set_value(ONES)
    np.testing.assert_array_equal(f(ONES, ONES, ONES)[1], 0 * ONES)


@INLINE
@MODES
def test_extents_may_differ_from_call_to_call(inline, mode):
    x, y, z = T.dmatrices("x", "y", "z")
    op = sg.OpFromGraph([x, y], [T.dot(x, y)], inline=inline)
    f = sg.function([x, y, z], op(x, op(y, z)), mode=mode)
    np.testing.assert_array_equal(
        f(np.ones((2, 3)), 3 * np.ones((3, 4)), 5 * np.ones((4, 5))), np.full((2, 5), 180.0)
    )
    with pytest.raises(ValueError, match="dot: shapes do not fit"):
        f(np.ones((2, 3)), np.ones((2, 4)), np.ones((4, 5)))
    assert f(np.ones((0, 3)), np.ones((3, 0)), np.ones((0, 1))).shape == (0, 1)


@INLINE
def test_derivatives(inline):
    x, w = T.dmatrix("x"), T.dvector("w")
    s = sg.shared(np.array([0.3, -0.2]))
    fixed = sg.OpFromGraph([x, w], [T.tanh(T.dot(x, w) * 0.3), T.exp(w)], inline=inline)
    derivatives_agree(
        lambda x, w: fixed(x, w)[0].sum() + (fixed(x, w)[1] ** 2).sum(),
        np.array([[0.5, -1.0], [2.0, 0.1]]),
        np.array([0.2, 0.7]),
    )
    op = sg.OpFromGraph([x, w], [T.tanh(T.dot(x, w) * s)], inline=inline)
    by_s = sg.grad(op(x, w).sum(), s)
    wanted = sg.grad(T.tanh(T.dot(x, w) * s).sum(), s)
    values = {x: ONES, w: np.array([0.1, 0.2])}
    np.testing.assert_allclose(by_s.eval(values), wanted.eval(values))


@INLINE
def test_second_derivatives_of_derivatives(inline):
    x, y = T.dvectors("x", "y")
    op = sg.OpFromGraph([x, y], [x * y**2], inline=inline)
    first = sg.grad(op(x, y).sum(), y)
    second = sg.grad(first.sum(), y)
    f = sg.function([x, y], [first, second], mode="llvm", on_unused_input="ignore")
    by_y, twice = f([1.0, 2.0], [3.0, 4.0])
    np.testing.assert_allclose(by_y, [6.0, 16.0])
    np.testing.assert_allclose(twice, [2.0, 4.0])


@INLINE
def test_reverse_derivatives_of_its_own(inline):
    x, y, b, g = T.dvectors("x", "y", "b", "g")

    def both(inputs, cotangents):
        x, y = inputs
        (g,) = cotangents
        return [g * y * 2, g * x * 1.5]

    as_op = sg.OpFromGraph([x, y, g], both([x, y], [g]), inline=inline)
    for rule in (both, as_op):
        op = sg.OpFromGraph([x, y], [x * y], inline=inline, grad_overrides=rule)
        by_x, by_y = sg.grad(op(x, y).sum(), [x, y])
        np.testing.assert_allclose(by_x.eval({y: [1.0, 3.0], x: [2.0, 2.0]}), [2.0, 6.0])
        np.testing.assert_allclose(by_y.eval({y: [1.0, 3.0], x: [2.0, 2.0]}), [3.0, 3.0])
    rules = [lambda i, c: c[0] * i[1] * 2, "default", "default"]
    op = sg.OpFromGraph([x, y, b], [x * y + b], inline=inline, grad_overrides=rules)
    f = sg.function([x, y, b], sg.grad(op(x, y, b).sum(), [x, y, b]), on_unused_input="ignore")
    for found, wanted in zip(f([1.0], [2.0], [3.0]), (4.0, 1.0, 1.0), strict=True):
        np.testing.assert_allclose(found, [wanted])


@INLINE
def test_undefined_and_disconnected_derivatives(inline):
    x, y = T.dvectors("x", "y")
    rules = [NullType("no way")(), DisconnectedType()()]
    op = sg.OpFromGraph([x, y], [x * y], inline=inline, grad_overrides=rules)
    by_x, by_y = sg.grad(
        op(x, y).sum(),
        [x, y],
        null_gradients="return",
        disconnected_inputs="ignore",
        return_disconnected="disconnected",
    )
    assert isinstance(by_x.type, NullType)
    assert isinstance(by_y.type, DisconnectedType)
    with pytest.raises(TypeError, match="no way"):
        sg.grad(op(x, y).sum(), x)


@INLINE
def test_derivatives_by_outputs(inline):
    x, y, g = T.dvectors("x", "y", "g")

    def rule(inputs, outputs, cotangents):
        return [2.0 * outputs[0] * (1 - outputs[0]) * cotangents[0]]

    as_op = sg.OpFromGraph([x, y, g], rule([x], [y], [g]), inline=inline)
    for overrides in (rule, as_op):
        op = sg.OpFromGraph([x], [1 / (1 + T.exp(-x))], inline=inline, lop_overrides=overrides)
        found = sg.grad(op(x).sum(), x).eval({x: [0.0, 1.0]})
        wanted = 2 * sg.grad(T.sigmoid(x).sum(), x).eval({x: [0.0, 1.0]})
        np.testing.assert_allclose(found, wanted)


@INLINE
def test_forward_derivatives_of_its_own(inline):
    x, y, u, v = T.dvectors("x", "y", "u", "v")

    def rule(inputs, tangents):
        return [tangents[0] * inputs[1] * 2.0 + inputs[0] * tangents[1] * 1.5]

    as_op = sg.OpFromGraph([x, y, u, v], rule([x, y], [u, v]), inline=inline)
    for overrides in (rule, as_op, [lambda i, t: rule(i, t)[0]]):
        op = sg.OpFromGraph([x, y], [x * y], inline=inline, rop_overrides=overrides)
        f = sg.function([x, y, u, v], sg.Rop(op(x, y), [x, y], [u, v]))
        assert f([2.0], [3.0], [5.0], [7.0]) == [5 * 3 * 2 + 2 * 7 * 1.5]
        assert sg.Rop(op(x, y), x, u).eval({x: [2.0], y: [3.0], u: [5.0]}) == [30.0]


@INLINE
def test_connections(inline):
    x, y, z = T.dmatrices("x", "y", "z")
    op = sg.OpFromGraph([x, y, z], [x * y, y * z], inline=inline)
    assert op.connection_pattern(None) == [[True, False], [True, True], [False, True]]
    pattern = [[True], [False]]
    op = sg.OpFromGraph(
        [x, y],
        [y + T.round(y)],
        inline=inline,
        grad_overrides=lambda inputs, cotangents: [cotangents[0], None],
        connection_pattern=pattern,
        on_unused_input="ignore",
    )
    assert op.connection_pattern(None) == pattern
    np.testing.assert_array_equal(sg.grad(op(x, y).sum(), x).eval({x: ONES, y: ONES}), ONES)


@INLINE
def test_nested_vectorised_and_in_loops(inline):
    x, y = T.dvectors("x", "y")
    forth = sg.OpFromGraph([x, y], [x + y, x - y], inline=inline)
    back = sg.OpFromGraph([x, y], forth(x / 2, y / 2), inline=inline)
    many = T.dmatrix("many")
    f = sg.function([x, y], back(*forth(x, y)), mode="llvm")
    one, two = f([1.0, 2.0], [3.0, 5.0])
    np.testing.assert_allclose((one, two), ([1.0, 2.0], [3.0, 5.0]))
    total = back(x, y)[0].sum()
    rows = sg.function([many, y], sg.vectorize_graph(total, {x: many}))
    np.testing.assert_allclose(rows([[1.0, 2.0], [0.0, 1.0]], [3.0, 5.0]), [5.5, 4.5])
    turned = sg.scan(lambda row: forth(row, y)[0], sequences=[many])[0]
    g = sg.function([many, y], [turned, sg.grad(turned.sum(), y)], mode="llvm")
    assert g.fallbacks() == []
    np.testing.assert_allclose(g(ONES, [3.0, 5.0])[0], [[4.0, 6.0]] * 2)


def test_its_shape_takes_no_value():
    x, y = T.dmatrix("x"), T.dmatrix("y")
    op = sg.OpFromGraph([x, y], [T.exp(x).sum(axis=0), y[1:]], name="part")
    f = sg.function([x, y], [op(x, y)[0].shape, op(x, y)[1].shape], mode="llvm")
    assert [list(s) for s in f(np.ones((2, 3)), np.ones((4, 1)))] == [[3], [3, 1]]
    assert "exp" not in f.describe()


def test_inputs_are_checked_and_converted():
    x, y = T.dvector("x"), T.dscalar("y")
    op = sg.OpFromGraph([x, y], [x * y], name="scaled")
    np.testing.assert_array_equal(op([1, 2], 3).eval(), [3.0, 6.0])
    assert str(op) == "OpFromGraph{scaled}"
    with pytest.raises(TypeError, match=r"scaled.: input 0: m .float64 matrix. must be a"):
        op(T.dmatrix("m"), y)
    with pytest.raises(TypeError, match="must be a float64 vector; cast it"):
        op(T.zvector("c"), y)
    with pytest.raises(TypeError, match="takes 2 inputs, not 1"):
        op(x)
    with pytest.raises(sg.MissingInputError):
        sg.OpFromGraph([x], [x * y])
    with pytest.raises(TypeError, match="outputs must be a list of variables"):
        sg.OpFromGraph([x], x + 1)
    with pytest.raises(ValueError, match="not both"):
        sg.OpFromGraph([x], [x], grad_overrides=list, lop_overrides=list)


def test_functions_with_it_are_pickled():
    x = T.dvector("x")
    op = sg.OpFromGraph([x], [x + 1])
    f = pickle.loads(pickle.dumps(sg.function([x], op(op(x)))))
    np.testing.assert_array_equal(f([1.0]), [3.0])


@given(st.integers(0, 3), st.integers(0, 3), st.booleans())
def test_it_is_the_expression(rows, columns, inline):
    x, y = T.dmatrices("x", "y")
    value = np.arange(rows * columns, dtype="float64").reshape(rows, columns) / 7
    expression = T.nnet.softmax(x * 3) + T.sum(y, axis=0)
    op = sg.OpFromGraph([x, y], [expression], inline=inline)
    wanted = sg.function([x, y], [expression, sg.grad(expression.sum(), y)], mode="reference")
    for mode in ("llvm", "reference"):
        f = sg.function([x, y], [op(x, y), sg.grad(op(x, y).sum(), y)], mode=mode)
        for found, right in zip(f(value, value), wanted(value, value), strict=True):
            np.testing.assert_allclose(found, right, rtol=1e-12)
