"""Derivatives of the scalar functions: against differences, at kinks, and where they are steep."""

import math

import numpy as np
import pytest
from support.op_checks import derivatives_agree, run, same
from support.scalar_cases import CASES, apply, arity

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType, toposort

inf, nan = math.inf, math.nan
SMOOTH = [name for name in sorted(CASES) if CASES[name].points is not None]
# The condition of a switch, what is only filled, and orders are not differentiated by.
FIRST = {"switch": 1, "second": 1, "betainc": 2}
FIRST |= dict.fromkeys(("jv", "iv", "gammainc", "gammaincc", "polygamma"), 1)
# Their second derivative is zero everywhere, or there is none.
FLAT = {"add", "sub", "neg", "abs", "sgn", "ceil", "floor", "trunc", "round", "round_half_away"}
FLAT |= {"deg2rad", "rad2deg", "relu", "maximum", "minimum", "clip", "switch", "identity", "second"}
FLAT |= {"mod", "floor_div"}


def in_free_operands(name):
    """The function of those operands that it can be differentiated by, and their points."""
    fixed = FIRST.get(name, 0)
    held = [np.array(row) for row in CASES[name].points[:fixed]]
    points = [np.array(row) for row in CASES[name].points[fixed:]]
    return (lambda *x: apply(name, *held, *x)), points


@pytest.mark.parametrize("name", SMOOTH)
def test_first_derivatives(name):
    f, points = in_free_operands(name)
    derivatives_agree(f, *points)


@pytest.mark.parametrize("name", [name for name in SMOOTH if name not in FLAT])
def test_second_derivatives(name):
    f, points = in_free_operands(name)
    for position in range(len(points)):
        derivatives_agree(lambda *x, by=position: sg.grad(f(*x).sum(), x[by]), *points)


@pytest.mark.parametrize("name", sorted(FLAT))
def test_second_derivatives_that_are_zero(name):
    f, points = in_free_operands(name)
    x = [T.dvector() for _ in points]
    first = sg.grad(f(*x).sum(), x)
    weighted = sum((g * (i + 1.0)).sum() for i, g in enumerate(first))
    for by, g in zip(x, sg.grad(weighted, x, disconnected_inputs="ignore"), strict=True):
        same(run(g, dict(zip(x, points, strict=True))), np.zeros(len(points[0])))
        assert g.type == by.type


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives_are_computed_in_the_dtype_of_the_function(name, dtype):
    x = [TensorType(dtype, (None,))() for _ in range(arity(name))]
    by = x[FIRST.get(name, 0) :]
    gradients = sg.grad(apply(name, *x).sum(), by)
    for node in toposort([*gradients, sg.Rop(apply(name, *x), by, by)]):
        assert all(v.type.dtype in (dtype, "bool", "int64") for v in node.outputs), f"{node.op}"
    assert all(g.type == v.type for g, v in zip(gradients, by, strict=True))


@pytest.mark.parametrize("name", SMOOTH)
def test_integers_beside_floats_have_no_derivative(name):
    if arity(name) != 2:
        return
    i, x = T.lvector("i"), T.fvector("x")
    g = sg.grad(apply(name, i, x).sum(), x)
    assert g.type == x.type
    assert np.isfinite(run(g, {i: [1, 2, 3], x: [0.5, 1.5, 2.5]})).all()


@pytest.mark.parametrize("name", SMOOTH)
def test_where_a_function_was_not_chosen_it_has_no_influence(name):
    """Not even where its value or slope is infinite or nan."""
    rows = np.array([0.0, -0.0, 1, -1, 2, inf, -inf, nan, 1e300, -3])
    x = [T.dvector() for _ in range(arity(name))]
    by = x[FIRST.get(name, 0) :]
    chosen = T.lvector("chosen")
    gradients = sg.grad(T.switch(chosen, apply(name, *x), 0.0).sum(), by)
    points = [np.roll(rows, position) for position in range(arity(name))]
    values = dict(zip(x, points, strict=True))
    plain = sg.grad(apply(name, *x).sum(), by)
    for g, unguarded in zip(gradients, plain, strict=True):
        same(run(g, {**values, chosen: np.zeros(10)}), np.zeros(10))
        same(run(g, {**values, chosen: np.ones(10)}), run(unguarded, values))


def slope(name, *at, by=0):
    x = [T.dscalar() for _ in at]
    g = sg.grad(apply(name, *x), x[by])
    return float(run(g, dict(zip(x, at, strict=True))))


KINKS = [
    ("abs", (0.0,), 0, 0),
    ("relu", (0.0,), 0, 0),
    ("sgn", (0.0,), 0, 0),
    ("floor", (1.0,), 0, 0),
    ("round", (0.5,), 0, 0),
    ("maximum", (1.0, 1.0), 0, 1),
    ("maximum", (1.0, 1.0), 1, 0),
    ("minimum", (1.0, 1.0), 0, 1),
    ("minimum", (1.0, 1.0), 1, 0),
    ("clip", (0.0, 0.0, 1.0), 0, 1),
    ("clip", (0.0, 0.0, 1.0), 1, 0),
    ("clip", (1.0, 0.0, 1.0), 0, 1),
    ("clip", (1.0, 0.0, 1.0), 2, 0),
    ("clip", (5.0, 2.0, 1.0), 0, 0),
    ("clip", (5.0, 2.0, 1.0), 2, 1),
    ("pow", (0.0, 0.0), 0, 0),
    ("pow", (0.0, 0.0), 1, 0),
    ("pow", (0.0, 1.0), 0, 1),
    ("pow", (0.0, 0.5), 0, inf),
    ("pow", (0.0, 2.5), 1, 0),
    ("pow", (-2.0, 3.0), 0, 12),
    ("hypot", (0.0, 0.0), 0, 0),
    ("sqrt", (0.0,), 0, inf),
    ("xlogy", (0.0, 0.0), 1, 0),
    ("mul_zero", (0.0, 2.0), 0, 2),
    ("mod", (6.0, 3.0), 0, 1),
    ("mod", (6.5, 3.0), 1, -2),
]


@pytest.mark.parametrize(("name", "at", "by", "expected"), KINKS)
def test_kinks_have_the_derivative_of_one_side(name, at, by, expected):
    assert slope(name, *at, by=by) == expected


NEAR = 1 - 2.0**-40
STEEP = [
    # Where a plain formula would cancel, overflow or vanish.
    ("arcsin", (NEAR,), 0, 1 / math.sqrt(2.0**-39 - 2.0**-80)),
    ("arccos", (-NEAR,), 0, -1 / math.sqrt(2.0**-39 - 2.0**-80)),
    ("arctanh", (NEAR,), 0, 1 / (2.0**-39 - 2.0**-80)),
    ("arcsinh", (1e200,), 0, 1e-200),
    ("arccosh", (1e200,), 0, 1e-200),
    ("arctan2", (3e-200, 4e-200), 0, 4 / 25 * 1e200),
    ("arctan2", (3e200, 4e200), 1, -3 / 25 * 1e-200),
    ("hypot", (3e200, 4e200), 0, 0.6),
    ("sigmoid", (40.0,), 0, math.exp(-40)),
    ("sigmoid", (-700.0,), 0, math.exp(-700)),
    ("softplus", (-700.0,), 0, math.exp(-700)),
    ("softplus", (700.0,), 0, 1),
    ("logaddexp", (1000.0, 0.0), 0, 1),
    ("logaddexp", (0.0, 30.0), 0, math.exp(-30) / (1 + math.exp(-30))),
    ("log1p", (1e-17,), 0, 1),
    ("tanh", (400.0,), 0, 0),
    ("erf", (30.0,), 0, 0),
    ("expm1", (-700.0,), 0, math.exp(-700)),
]


@pytest.mark.parametrize(("name", "at", "by", "expected"), STEEP)
def test_derivatives_are_right_where_a_plain_formula_is_not(name, at, by, expected):
    np.testing.assert_allclose(slope(name, *at, by=by), expected, rtol=4e-15)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, 0.5, -128])
@pytest.mark.parametrize("dtype", ["int8", "float64", None])
def test_the_derivative_of_a_power_whatever_holds_the_exponent(exponent, dtype):
    """Also where exponent - 1 would leave the exponent's own dtype."""
    x, n = T.dscalar("x"), TensorType(dtype or "float64", ())("n")
    if dtype == "int8" and exponent == 0.5:
        return
    held = exponent if dtype is None else n
    expected = exponent * 1.1 ** (exponent - 1)
    g = sg.grad(x**held, x)
    np.testing.assert_allclose(run(g, {x: 1.1, n: exponent}), expected, rtol=1e-14)
    fixed = sg.grad(x ** T.constant(exponent, n.type.dtype), x)
    np.testing.assert_allclose(run(fixed, {x: 1.1}), expected, rtol=1e-14)


def test_a_power_with_a_constant_array_of_exponents():
    derivatives_agree(lambda x: x ** np.array([0, 1, 2, 3, -2]), np.array([0.5, 1, 2, 3, 4]))
    derivatives_agree(lambda x: x ** np.array([2.0, 2.0]), np.array([0.5, 1]))


ORDERS = {
    "jv": (T.jv, "jv has no derivative by its order"),
    "iv": (T.iv, "iv has no derivative by its order"),
    "gammainc": (T.gammainc, "gammainc has no derivative by its shape"),
    "gammaincc": (T.gammaincc, "gammaincc has no derivative by its shape"),
    "polygamma": (T.polygamma, "polygamma has no derivative by its order"),
    "betainc": (lambda a, x: T.betainc(a, 2.0, x), "betainc has no derivative by its first shape"),
}


@pytest.mark.parametrize("name", ORDERS)
def test_derivatives_by_orders_are_refused_alone(name):
    function, why = ORDERS[name]
    order, x = T.dscalar("order"), T.dscalar("x")
    with pytest.raises(sg.gradient.NullTypeGradError, match=why):
        sg.grad(function(order, x), order)
    with pytest.raises(sg.gradient.NullTypeGradError, match=why):
        sg.Rop(function(order, x), order, x)
    assert np.isfinite(sg.grad(function(order, x), x).eval({order: 2.0, x: 0.5}))
    # What the message proposes.
    a = order * 2
    assert sg.grad(function(a, x) + order, [x, order], consider_constant=[a])


def test_a_real_variable_in_a_complex_expression_is_moved_along_the_real_axis():
    x, z, g = T.dscalar("x"), T.zscalar("z"), T.zscalar("g")
    moved = sg.Lop(x * z, x, g)
    assert moved.type == x.type
    # The real part of g conj(z).
    assert run(moved, {x: 1.0, z: 2 + 3j, g: 1 - 1j}) == -1.0
