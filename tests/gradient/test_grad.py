"""Reverse derivatives: values, types, and what the arguments of grad mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gradient_ops import Halves, Sorted, value

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient import (
    DisconnectedInputError,
    DisconnectedType,
    NullTypeGradError,
    verify_grad,
)
from symgraph.graph import toposort

POINT = np.array([0.3, -1.2, 2.0])


def ops(variable):
    return [str(node.op) for node in toposort([variable])]


def test_the_gradient_of_a_sum_of_squares_is_one_product():
    x = T.vector("x")
    for cost in (T.sum(x**2), T.sum(T.sqr(x))):
        g = sg.grad(cost, x)
        assert ops(g) == ["mul"]
        np.testing.assert_array_equal(value(g, {x: POINT}), 2 * POINT)


def test_the_gradient_of_a_variable_by_itself_is_one():
    x = T.fscalar("x")
    g = sg.grad(x, x)
    assert g.type == x.type
    assert value(g, {x: np.float32(3)}) == 1


def test_no_product_by_one_where_it_repeats_or_widens():
    """1 * p keeps p's shape and dtype only sometimes: here the ones are of a larger shape."""
    x, y = T.matrix("x"), T.matrix("y")
    g = sg.grad(T.sum(x * y), x)
    result = value(g, {x: np.ones((3, 1)), y: np.ones((1, 4))})
    np.testing.assert_array_equal(result, np.full((3, 1), 4.0))


@pytest.mark.parametrize("shapes", [((3, 4), (3, 4)), ((3, 1), (1, 4)), ((1, 1), (3, 4))])
@pytest.mark.parametrize("f", [T.mul, T.sub, T.true_div, T.maximum, T.logaddexp])
def test_gradients_sum_back_over_what_was_repeated_at_run_time(f, shapes):
    rng = np.random.default_rng(1)
    a, b = T.matrix("a"), T.matrix("b")
    x, y = rng.uniform(0.5, 2, shapes[0]), rng.uniform(0.5, 2, shapes[1])
    ga, gb = sg.grad(T.sum(T.sqr(f(a, b))), [a, b])
    da, db = value([ga, gb], {a: x, b: y})
    assert da.shape == x.shape
    assert db.shape == y.shape
    step = 1e-6
    numeric = [
        (
            value(T.sum(T.sqr(f(a, b))), {a: x + step * u, b: y + step * v})
            - value(T.sum(T.sqr(f(a, b))), {a: x - step * u, b: y - step * v})
        )
        / (2 * step)
        for u, v in [(np.ones_like(x), 0), (0, np.ones_like(y))]
    ]
    np.testing.assert_allclose([da.sum(), db.sum()], numeric, rtol=1e-7)


def test_cotangents_of_all_clients_are_added():
    x = T.scalar("x")
    cost = x * x + T.sin(x) * x + x
    expected = 2 * 0.7 + np.cos(0.7) * 0.7 + np.sin(0.7) + 1
    np.testing.assert_allclose(value(sg.grad(cost, x), {x: 0.7}), expected, rtol=1e-14)


def test_second_and_third_derivatives():
    x = T.scalar("x")
    first = sg.grad(T.exp(T.sin(x)), x)
    second = sg.grad(first, x)
    third = sg.grad(second, x)
    s, c, e = np.sin(0.4), np.cos(0.4), np.exp(np.sin(0.4))
    got = value([first, second, third], {x: 0.4})
    expected = [e * c, e * (c**2 - s), e * c * (c**2 - 3 * s - 1)]
    np.testing.assert_allclose(got, expected, rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_gradient_has_the_dtype_of_its_variable(dtype):
    x, other = T.TensorType(dtype, (None,))("x"), T.dvector("other")
    g = sg.grad(T.sum(T.tanh(x * other)), x)
    assert g.type == x.type
    assert value(g, {x: np.ones(3, dtype), other: np.ones(3)}).dtype == dtype


def test_a_list_gives_a_list_a_tuple_a_tuple_and_a_variable_a_variable():
    x, y = T.scalars("x", "y")
    assert isinstance(sg.grad(x * y, [x, y]), list)
    assert isinstance(sg.grad(x * y, (x, y)), tuple)
    assert sg.grad(x * y, x).type == x.type
    assert sg.grad(x * y, []) == []


def test_wrt_may_be_in_the_middle_of_the_graph_and_its_own_ancestor_too():
    x = T.scalar("x")
    y = T.sqr(x)
    gx, gy = sg.grad(T.exp(y), [x, y])
    np.testing.assert_allclose(value([gx, gy], {x: 0.5}), [np.exp(0.25), np.exp(0.25)])


def test_results_are_named_after_cost_and_variable():
    x, cost = T.scalar("x"), T.scalar("y") ** 2
    cost = T.sqr(x) * x
    cost.name = "cost"
    assert sg.grad(cost, x).name == "(dcost/dx)"
    assert sg.grad(cost, x, add_names=False).name is None


def test_naming_leaves_alone_what_was_there_before():
    x, y = T.scalars("x", "y")
    inner = T.exp(y)
    cost = x * inner
    cost.name = "cost"
    assert sg.grad(cost, x) is inner
    assert inner.name is None


def test_considered_constant_stops_the_derivative_but_has_one_itself():
    x = T.scalar("x")
    y = T.sqr(x)
    cost = x * y
    g = sg.grad(cost, x, consider_constant=[y])
    assert value(g, {x: 3.0}) == 9.0
    gx, gy = sg.grad(cost, [x, y], consider_constant=[y])
    assert value([gx, gy], {x: 3.0}) == [9.0, 3.0]


def test_known_gradients_take_the_place_of_a_cost():
    x = T.vector("x")
    y = T.sqr(x)
    g = sg.grad(None, x, known_grads={y: T.constant([1.0, 10.0, 100.0])})
    np.testing.assert_allclose(value(g, {x: POINT}), 2 * POINT * [1, 10, 100])


def test_known_gradients_are_complete_nothing_is_added_to_them():
    x = T.scalar("x")
    y = T.sqr(x)
    cost = 5 * y
    assert value(sg.grad(cost, x, known_grads={y: T.constant(7.0)}), {x: 2.0}) == 28.0
    assert value(sg.grad(cost, y, known_grads=[(y, 7.0)]), {x: 2.0}) == 7.0
    assert value(sg.grad(cost, x, known_grads={cost: 2.0}), {x: 2.0}) == 40.0


def test_a_known_gradient_may_be_that_there_is_none():
    x, y = T.scalars("x", "y")
    inner = T.sqr(x)
    cost = inner + x * y
    none = sg.gradient.DisconnectedType()()
    assert value(sg.grad(cost, x, known_grads={inner: none}), {x: 2.0, y: 3.0}) == 3
    for wanted, known in ((x, {cost: none}), (inner, {inner: none}), (y, {y: none})):
        with pytest.raises(sg.gradient.DisconnectedInputError):
            sg.grad(cost, wanted, known_grads=known)
        with pytest.raises(sg.gradient.DisconnectedInputError):
            sg.grad(None, wanted, known_grads=known)
    found = sg.grad(cost, x, known_grads={cost: none}, disconnected_inputs="ignore")
    assert value(found, {x: 2.0, y: 3.0}) == 0


def test_an_op_with_several_outputs_gets_none_for_those_unused():
    x = T.vector("x")
    two, three = Halves()(x)
    np.testing.assert_array_equal(value(sg.grad(two.sum(), x), {x: POINT}), np.full(3, 2.0))
    both = sg.grad((two * three).sum(), x)
    np.testing.assert_allclose(value(both, {x: POINT}), 12 * POINT)


def test_one_output_considered_constant_leaves_the_other():
    x = T.vector("x")
    two, three = Halves()(x)
    g = sg.grad((two * three).sum(), x, consider_constant=[two])
    np.testing.assert_allclose(value(g, {x: POINT}), 6 * POINT)


def test_integer_outputs_of_an_op_have_no_cotangent():
    x = T.vector("x")
    values, order = Sorted()(x)
    g = sg.grad((values * T.arange(3.0) + order).sum(), x)
    np.testing.assert_array_equal(value(g, {x: POINT}), [1, 0, 2])


@pytest.mark.parametrize(
    "path",
    [
        lambda x: T.switch(x > 0, 1.0, 2.0),
        lambda x: T.cast(T.cast(x, "int32"), "float64"),
        lambda x: T.eq(x, 0).astype("float64"),
        T.floor,
    ],
)
def test_a_path_through_truth_values_or_integers_has_derivative_zero(path):
    x = T.vector("x")
    np.testing.assert_array_equal(value(sg.grad(path(x).sum(), x), {x: POINT}), np.zeros(3))


FORMULAS = {
    "product": lambda n, x: n * x,
    "power": lambda n, x: x**n,
    "quotient": lambda n, x: x / (n + 4.0),
    "truth": lambda n, x: T.eq(n, 1) * x,
    "sine": lambda n, x: T.sin(n) + x,
}
WRAPPED = {
    "scan": lambda f, n, x: sg.scan(f, non_sequences=[n, x], n_steps=1)[0][0],
    "state": lambda f, n, x: sg.scan(lambda y, n: f(n, y), None, x, n, n_steps=1)[0][-1],
    "rows": lambda f, n, x: sg.scan(lambda y, n: f(n, y), [x.dimshuffle("x", 0)], None, n)[0][0],
    "ifelse": lambda f, n, x: sg.ifelse(x[0] > 1, f(n, x), x),
    "function of a graph": lambda f, n, x: sg.OpFromGraph([n, x], [f(n, x)])(n, x),
    "loop in a function": lambda f, n, x: sg.OpFromGraph([n, x], [WRAPPED["scan"](f, n, x)])(n, x),
}


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("way", WRAPPED)
@given(
    number=st.lists(st.integers(-3, 3), min_size=1, max_size=4),
    first=st.floats(0.5, 2.0),
    dtype=st.sampled_from(["int8", "int64", "uint8"]),
)
@settings(max_examples=5)
def test_integers_inside_inner_graphs_count_as_numbers_as_outside(
    way, formula, number, first, dtype
):
    n, x = T.vector("n", dtype=dtype), T.dvector("x")
    numbers = np.abs(number).astype(dtype) if dtype == "uint8" else np.array(number, dtype)
    given = {n: numbers, x: np.linspace(first, 2.5, len(number))}
    inner = WRAPPED[way](FORMULAS[formula], n, x)
    plain = FORMULAS[formula](n, x)
    if way == "ifelse":
        plain = T.switch(x[0] > 1, plain, x)
    by_inner = sg.grad(T.sum(inner * inner), n)
    by_plain = sg.grad(T.sum(plain * plain), n)
    assert by_inner.type.dtype == "float64"
    np.testing.assert_allclose(value(by_inner, given), value(by_plain, given), rtol=1e-9)


@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_what_is_undefined_by_floats_is_undefined_by_integers(dtype):
    order, x = T.scalar("order", dtype=dtype), T.dvector("x")
    with pytest.raises(NullTypeGradError, match="gammainc"):
        sg.grad(T.sum(T.gammainc(order, x)), order)


@pytest.mark.parametrize("way", ["scan", "function of a graph"])
def test_positions_inside_inner_graphs_have_no_derivative(way):
    n, x, table = T.lvector("n"), T.dvector("x"), T.constant([1.0, 2.0])
    with pytest.raises(DisconnectedInputError, match="declare it as a float, or cast it"):
        sg.grad(T.sum(WRAPPED[way](lambda n, x: table[n] * x, n, x)), n)


@pytest.mark.parametrize("formula", FORMULAS)
def test_entries_of_integers_that_a_step_reads_have_the_derivative_zero(formula):
    n, x = T.lvector("n"), T.dvector("x")
    for ys in (
        sg.scan(FORMULAS[formula], [n, x])[0],
        sg.scan(lambda x, n: (FORMULAS[formula](n, x), n + 1), [x], [None, n[0]])[0][0],
    ):
        by_n = sg.grad(T.sum(ys * ys), n)
        assert by_n.type.dtype == "float64"
        np.testing.assert_array_equal(value(by_n, {n: [1, 2, 3], x: POINT}), np.zeros(3))


def test_what_stands_for_a_disconnected_variable():
    x, y = T.vector("x"), T.ivector("y")
    cost = T.sum(T.vector("z"))
    found = {
        kind: sg.grad(cost, [x, y], disconnected_inputs="ignore", return_disconnected=kind)
        for kind in ("zero", "none", "disconnected")
    }
    zero_x, zero_y = found["zero"]
    assert zero_x.type == x.type
    assert zero_y.type == T.dvector().type
    np.testing.assert_array_equal(value(zero_x, {x: POINT}), np.zeros(3))
    assert found["none"] == [None, None]
    assert all(v.type == DisconnectedType() for v in found["disconnected"])


def test_a_warning_for_a_disconnected_variable_points_at_the_caller():
    x, z = T.vectors("x", "z")
    with pytest.warns(UserWarning, match="does not depend on it") as caught:
        sg.grad(T.sum(z), x, disconnected_inputs="warn")
    assert caught[0].filename == __file__


def test_shape_is_no_connection():
    x = T.vector("x")
    with pytest.raises(DisconnectedInputError, match="ShapeOf.*passes no derivative on"):
        sg.grad(x.shape[0] * 2.0, x)
    np.testing.assert_allclose(value(sg.grad(T.mean(x), x), {x: POINT}), np.full(3, 1 / 3))


def test_lop_of_outputs_that_depend_on_one_another_adds_up():
    x, u, v = T.scalars("x", "u", "v")
    y = T.sqr(x)
    z = y * x
    g = sg.Lop([y, z], x, [u, v])
    assert value(g, {x: 2.0, u: 10.0, v: 1.0}) == 10 * 4 + 12
    assert value(sg.Lop([y, y], x, [u, v]), {x: 2.0, u: 10.0, v: 1.0}) == 44


def test_lop_is_a_vector_times_the_jacobian():
    x, u = T.vectors("x", "u")
    W = T.matrix("W")
    rng = np.random.default_rng(2)
    a, b, c = rng.normal(size=3), rng.normal(size=4), rng.normal(size=(3, 4))
    got = value(sg.Lop(T.dot(x, W), x, u), {x: a, u: b, W: c})
    np.testing.assert_allclose(got, c @ b)


def test_gradient_of_gradient_of_every_kind_of_layer():
    """Second order, checked against differences of the first."""
    rng = np.random.default_rng(3)
    W = T.constant(rng.normal(size=(3, 3)))

    def slope(x):
        cost = T.sum(T.nnet.softmax(T.tanh(T.dot(x, W))) ** 2) + T.max(T.sigmoid(x), axis=1).sum()
        return sg.grad(cost, x)

    verify_grad(slope, [rng.normal(size=(2, 3))])


def test_derivatives_by_a_constant_of_the_program():
    """It stays in the expression, also where it is broadcast; equal numbers beside it do not."""
    step, w = T.constant(2.0), T.dvector("w")
    cost = T.sum((1 + step * w) ** 2.0)
    np.testing.assert_array_equal(sg.grad(cost, step).eval({w: [1.0, 2.0]}), 26)
    row = T.constant(np.array([1.0, 2.0]))
    g = sg.grad(T.sum(T.dmatrix("x") * row), row)
    np.testing.assert_array_equal(g.eval({"x": np.ones((3, 2))}), [3, 3])
