"""What grad, Lop and Rop refuse, and the words they use."""

import re

import numpy as np
import pytest
from support.gradient_ops import Careless, HalfOpaque, Opaque, Refusing, value

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient import (
    DisconnectedInputError,
    NullTypeGradError,
    undefined_grad,
)
from symgraph.graph import NullType, Variable


def here(text):
    """A pattern for a message that names this file before the text."""
    return f"(?s){re.escape(__file__)}.*{text}"


@pytest.mark.parametrize(
    ("cost", "error", "message"),
    [
        (lambda: T.vector("v"), TypeError, r"must be a scalar, but v .* has 1 dimension; take its"),
        (lambda: T.tensor3("t"), TypeError, r"must be a scalar, but t .* has 3 dimensions"),
        (lambda: T.iscalar("i"), TypeError, r"must be real, of a float dtype, but i .* int32"),
        (lambda: T.bscalar("b"), TypeError, r"b .* holds int8: its derivative is zero everywhere"),
        (lambda: T.zscalar("z"), TypeError, r"must be real, but z .* is complex; take its abs"),
        (lambda: 3.0, TypeError, r"must be a variable, not 3\.0"),
        (lambda: NullType("no reason")("n"), ValueError, r"undefined derivative.*no reason"),
        (lambda: None, ValueError, r"grad needs a cost, or known_grads"),
    ],
)
def test_a_cost_must_be_a_real_scalar(cost, error, message):
    with pytest.raises(error, match=message):
        sg.grad(cost(), T.scalar("x"))


def test_the_message_about_a_cost_names_the_users_line():
    cost = T.vector("v")
    with pytest.raises(TypeError, match=here(r"cost = T\.vector")):
        sg.grad(cost, cost)


@pytest.mark.parametrize(
    ("wrt", "message"),
    [
        (3, "wrt must hold variables, not 3"),
        ([3], "wrt must hold variables, not 3"),
        (set(), "wrt must be a variable, list or tuple, not a set"),
        ({}, "wrt must be a variable, list or tuple, not a dict"),
        (NullType("why")("n"), "wrt: n .* is no tensor"),
    ],
)
def test_wrt_must_be_variables(wrt, message):
    x = T.scalar("x")
    with pytest.raises(TypeError, match=message):
        sg.grad(x * x, [wrt] if isinstance(wrt, Variable) else wrt)


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("disconnected_inputs", "raise, warn, ignore"),
        ("return_disconnected", "zero, none, disconnected"),
        ("null_gradients", "raise, return"),
    ],
)
def test_unknown_choices_are_refused_with_those_known(name, choices):
    x = T.scalar("x")
    with pytest.raises(ValueError, match=f"{name}='maybe': it takes one of {choices}"):
        sg.grad(x * x, x, **{name: "maybe"})


def test_a_variable_outside_the_graph_is_named_with_its_line():
    x, y = T.vector("x"), T.vector("y")
    cost = T.sum(y)
    cost.name = "cost"
    with pytest.raises(
        DisconnectedInputError,
        match=r"no derivative of cost with respect to x \(float64 vector, made at .*"
        r'x, y = T\.vector\("x"\), T\.vector\("y"\)\): cost does not depend on it',
    ):
        sg.grad(cost, x)
    with pytest.raises(DisconnectedInputError, match=here("does not depend on it")):
        sg.grad(cost, [y, x])


def test_integers_count_as_numbers_where_floats_are_computed_from_them():
    i, n, x = T.ivector("i"), T.lscalar("n"), T.vector("x")
    with sg.config.change_flags(floatX="float32"):
        f = T.fvector("f")
        by_i, by_n = sg.grad(T.sum(T.exp(i * f) * n), [i, n])
        assert by_i.type.dtype == by_n.type.dtype == "float32"
        found = sg.function([i, n, f], [by_i, by_n])([1, 2], 3, np.float32([0.5, 0.25]))
    a, m = T.dvector("a"), T.dscalar("m")
    wanted = sg.grad(T.sum(T.exp(a * x) * m), [a, m])
    right = sg.function([a, m, x], wanted)([1, 2], 3, [0.5, 0.25])
    for one, other in zip(found, right, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_what_passes_through_integers_is_zero():
    i, x = T.ivector("i"), T.vector("x")
    for cost in (T.sum((i * 2) * x), T.sum((i > 1) * x)):
        zeros = sg.grad(cost, i)
        assert zeros.type.dtype == "float64"
        assert value(zeros, {i: [1, 2]}).tolist() == [0, 0]
    assert value(sg.grad(None, i, known_grads={i: x}), {i: [1, 2], x: [3.0, 4.0]}).tolist() == [
        3,
        4,
    ]
    n = T.lscalar("n")
    with pytest.raises(
        DisconnectedInputError, match="operation of floats gives no derivative by them"
    ):
        sg.grad(x[n], n)


def test_what_is_considered_constant_is_named_where_it_cuts():
    x = T.scalar("x")
    y = T.exp(x)
    y.name = "y"
    with pytest.raises(
        DisconnectedInputError, match=r"y is considered constant; the way there is x -> exp -> sqr"
    ):
        sg.grad(T.sqr(y), x, consider_constant=[y])


def test_an_op_without_a_derivative_is_named_with_its_line_and_the_way_to_it():
    x, y = T.vectors("x", "y")
    middle = Opaque()(T.exp(x), y)
    cost = T.sum(T.sqr(middle))
    cost.name = "cost"
    with pytest.raises(
        NullTypeGradError,
        match=r"derivative of cost with respect to x \(.*\) is undefined: Opaque at "
        r".*middle = Opaque\(\).*: Opaque has no reverse derivative;"
        r" the way there is x -> exp -> Opaque -> sqr -> sum.* = cost",
    ):
        sg.grad(cost, x)


def test_the_reason_of_a_rule_that_refuses_is_passed_on():
    x, y = T.vectors("x", "y")
    with pytest.raises(NullTypeGradError, match="it is a matter of taste"):
        sg.grad(T.sum(Refusing()(x, y)), y)


def test_an_undefined_derivative_off_the_way_to_wrt_does_no_harm():
    x, y = T.vectors("x", "y")
    cost = T.sum(HalfOpaque()(x, y)) + T.sum(Opaque()(y, y))
    assert value(sg.grad(cost, x), {x: [1.0, 2.0], y: [3.0, 4.0]}).tolist() == [1, 1]
    with pytest.raises(NullTypeGradError, match="no derivative by its input 1, y. Only by x"):
        sg.grad(T.sum(HalfOpaque()(x, y)), y)


def test_undefined_derivatives_can_be_returned():
    x, y = T.vectors("x", "y")
    cost = T.sum(undefined_grad(T.exp(x)) * T.sqr(x)) + T.sum(y)
    gx, gy = sg.grad(cost, [x, y], null_gradients="return")
    assert isinstance(gx.type, NullType)
    assert "was declared undefined" in gx.type.reason
    assert gy.type == y.type


def test_long_ways_are_shortened_in_messages():
    x = T.scalar("x")
    y = Opaque()(x, x)
    for _ in range(100):
        y = T.tanh(y)
    with pytest.raises(NullTypeGradError, match=r"tanh -> \.\.\. 93 more \.\.\. -> tanh"):
        sg.grad(y, x)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("count", r"vjp gave 1 derivatives for 2 inputs"),
        ("rank", r"gave a derivative of type float64 scalar for x, which is a float64 vector"),
    ],
)
def test_a_rule_that_breaks_the_contract_is_blamed(fault, message):
    x, y = T.vectors("x", "y")
    with pytest.raises(TypeError, match=f"Careless.*{message}"):
        sg.grad(T.sum(Careless(fault)(x, y)), x)


def test_a_rule_that_forgets_the_dtype_is_helped():
    x, y = T.fvector("x"), T.fvector("y")
    assert sg.grad(T.sum(Careless("dtype")(x, y)), x).type == x.type


@pytest.mark.parametrize(
    ("known", "message"),
    [
        (lambda x, i: {3: x}, "known_grads: 3 is not a variable"),
        (lambda x, i: {x: i}, "known_grads: the gradient of x .* must be of floats, but i is int"),
        (lambda x, i: {x: 1.0}, "known_grads gave a derivative of type float64 scalar for x"),
    ],
)
def test_known_gradients_are_checked(known, message):
    x, i = T.vector("x"), T.ivector("i")
    with pytest.raises(TypeError, match=message):
        sg.grad(None, x, known_grads=known(x, i))


def test_lop_and_rop_check_their_points():
    x, y, i = T.vector("x"), T.vector("y"), T.ivector("i")
    with pytest.raises(ValueError, match="Lop: 1 outputs but 2 eval_points"):
        sg.Lop(T.exp(x), x, [y, y])
    with pytest.raises(ValueError, match="Rop: 1 variables in wrt but 2 eval_points"):
        sg.Rop(T.exp(x), x, [y, y])
    with pytest.raises(TypeError, match="eval_points gave a derivative of type float64 scalar"):
        sg.Rop(T.exp(x), x, T.scalar("s"))
    with pytest.raises(TypeError, match="Lop: .* holds integers, so it has no derivative"):
        sg.Lop(i + 1, x, y)
    with pytest.raises(TypeError, match="Rop: i .* holds integers: nothing can move it"):
        sg.Rop(T.exp(x), i, y)


@pytest.mark.parametrize(
    "derivative",
    [
        lambda x, y, u: sg.Lop(y, x, u),
        lambda x, y, u: sg.Rop(y, x, u),
        lambda x, y, u: sg.grad(None, x, known_grads={y: u}),
    ],
)
def test_a_point_of_another_shape_is_refused_when_the_function_runs(derivative):
    """It would be repeated silently, and the result have the wrong shape."""
    x, u = T.vectors("x", "u")
    g = derivative(x, T.sqr(x), u)
    assert value(g, {x: [1.0, 2.0], u: [1.0, 1.0]}).tolist() == [2, 4]
    with pytest.raises(ValueError, match=r"shape \(1,\) was specified to have \(2,\)"):
        value(g, {x: [1.0, 2.0], u: [1.0]})


def test_rop_says_what_does_not_move():
    x, y = T.vectors("x", "y")
    with pytest.raises(DisconnectedInputError, match=r"exp .* does not depend on x\. To get zeros"):
        sg.Rop(T.exp(y), x, x)
    with pytest.raises(NullTypeGradError, match="forward derivative of Opaque.* is undefined"):
        sg.Rop(Opaque()(x, y), x, x)
    zeros = sg.Rop(T.exp(y), x, x, disconnected_outputs="ignore")
    assert value(zeros, {y: [1.0, 2.0]}).tolist() == [0, 0]
    kind = {"disconnected_outputs": "ignore", "return_disconnected": "none"}
    assert sg.Rop([T.exp(y)], x, x, **kind) == [None]
