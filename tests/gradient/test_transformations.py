"""Expressions that keep a value and change its derivative."""

import numpy as np
import pytest
from support.gradient_ops import value

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient import (
    DisconnectedInputError,
    NullTypeGradError,
    consider_constant,
    disconnected_grad,
    grad_clip,
    grad_not_implemented,
    grad_scale,
    undefined_grad,
    zero_grad,
)

POINT = np.array([0.5, -2.0, 3.0])
ALL = {
    "consider_constant": consider_constant,
    "disconnected_grad": disconnected_grad,
    "grad_clip": lambda x: grad_clip(x, -1, 1),
    "grad_scale": lambda x: grad_scale(x, 3.0),
    "undefined_grad": undefined_grad,
    "zero_grad": zero_grad,
}


@pytest.mark.parametrize("f", ALL.values(), ids=ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_value_and_the_type_stay(f, dtype):
    x = T.TensorType(dtype, (None,))("x")
    y = f(x)
    assert y.type == x.type
    np.testing.assert_array_equal(value(y, {x: POINT.astype(dtype)}), POINT.astype(dtype))


def slope(f):
    x = T.vector("x")
    return value(sg.grad(T.sum(f(x)), x), {x: POINT})


def test_zero_and_constant():
    for f in (zero_grad, consider_constant):
        np.testing.assert_array_equal(slope(f), np.zeros(3))
        np.testing.assert_array_equal(slope(lambda x: f(x) * x), POINT)  # noqa: B023


def test_nothing_is_computed_behind_a_derivative_of_zero():
    """Nor to know its shape."""
    x = T.vector("x")
    y = x
    for _ in range(50):
        y = T.exp(y)
    g = sg.grad(T.sum(zero_grad(y) + x), x)
    nodes = sg.function([x], g).maker.fgraph.toposort()
    assert not [node for node in nodes if str(node.op) == "exp"]


def test_disconnected():
    with pytest.raises(DisconnectedInputError, match="DisconnectedGrad at .* passes no derivative"):
        slope(disconnected_grad)
    np.testing.assert_array_equal(slope(lambda x: disconnected_grad(x) * x), POINT)


def test_undefined():
    with pytest.raises(NullTypeGradError, match="its derivative was declared undefined"):
        slope(lambda x: undefined_grad(x) * x)


def test_clip_and_scale():
    np.testing.assert_array_equal(slope(lambda x: T.sqr(grad_clip(x, -2.0, 3.0))), [1, -2, 3])
    np.testing.assert_array_equal(slope(lambda x: T.sqr(grad_scale(x, -0.5))), -POINT)


def test_a_clip_needs_its_bounds_in_order():
    with pytest.raises(ValueError, match=r"lower bound 1\.0 is above the upper bound -1\.0"):
        grad_clip(T.vector("x"), 1, -1)


def test_forward():
    x, v = T.vectors("x", "v")
    given = {x: POINT, v: np.ones(3)}
    np.testing.assert_array_equal(value(sg.Rop(grad_scale(x, 2.0), x, v), given), np.full(3, 2.0))
    np.testing.assert_array_equal(value(sg.Rop(zero_grad(x) * x, x, v), given), POINT)
    with pytest.raises(NullTypeGradError, match="a clipped gradient has no forward derivative"):
        sg.Rop(grad_clip(x, -1, 1), x, v)


def test_the_words_for_a_rule_that_nobody_wrote():
    x = T.vector("x")
    op = T.exp(x).owner.op
    null = grad_not_implemented(op, 0, x, "Too hard.")
    assert null.type.reason == (
        "the derivative of exp by its input 0, x, is not implemented. Too hard."
    )


def test_compiled_functions_do_without_them():
    x = T.dvector("x")
    kept = (sg.gradient.zero_grad, sg.gradient.disconnected_grad, sg.gradient.undefined_grad)
    for change in (*kept, lambda v: sg.gradient.grad_clip(v, -1, 1)):
        f = sg.function([x], T.log(change(T.exp(x))))
        assert f.maker.fgraph.toposort() == []
