"""`scan` as the Theano tutorial and its users know it."""

import pickle

import numpy as np
import pytest
from support import agreement

import symgraph as sg
import symgraph.tensor as T

MODES = ["reference", "llvm"]


@pytest.fixture(params=MODES, autouse=True)
def mode(request):
    with sg.config.change_flags(mode=request.param):
        yield request.param


def test_power_of_a_vector():
    k, a = T.iscalar("k"), T.dvector("A")
    result, updates = sg.scan(
        lambda prior, a: prior * a, outputs_info=T.ones_like(a), non_sequences=a, n_steps=k
    )
    power = sg.function([a, k], result[-1], updates=updates)
    assert power(np.arange(10.0), 2).tolist() == [n**2 for n in range(10)]
    assert power(np.arange(10.0), 4).tolist() == [n**4 for n in range(10)]


def test_polynomial():
    coefficients, x = T.dvector(), T.dscalar()
    terms, _ = sg.scan(
        lambda c, power, x: c * x**power,
        outputs_info=None,
        sequences=[coefficients, T.arange(10000)],
        non_sequences=x,
    )
    polynomial = sg.function([coefficients, x], [terms.sum(), sg.grad(terms.sum(), x)])
    assert [float(v) for v in polynomial([1, 0, 2], 3)] == [19, 12]


def test_cumulative_sum_and_no_steps_at_all():
    up_to = T.iscalar()
    sums, _ = sg.scan(lambda i, total: total + i, T.arange(up_to), T.constant(0, "int64"))
    f = sg.function([up_to], sums)
    assert f(15).tolist() == np.cumsum(np.arange(15)).tolist()
    assert f(0).tolist() == []


def test_fibonacci_reads_two_steps_back():
    numbers, _ = sg.scan(
        lambda before, last: before + last,
        outputs_info={"initial": np.array([0, 1]), "taps": [-2, -1]},
        n_steps=8,
    )
    assert numbers.eval().tolist() == [1, 2, 3, 5, 8, 13, 21, 34]


def test_until_ends_after_the_step_where_it_is_true():
    limit = T.dscalar()
    powers, _ = sg.scan(
        lambda p, limit: (p * 2, sg.scan_module.until(p * 2 > limit)),
        outputs_info=T.constant(1.0),
        non_sequences=limit,
        n_steps=1024,
    )
    assert powers.eval({limit: 45}).tolist() == [2, 4, 8, 16, 32, 64]
    assert powers.shape[0].eval({limit: 45}) == 6


def test_until_leaves_gradients_at_the_end_where_the_steps_were():
    x = T.dvector("x")
    ys, _ = sg.scan(lambda v: (v**2, sg.until(v > 2)), x)
    slope = sg.function([x], sg.grad(ys.sum(), x))
    assert slope([1, 2, 3, 4, 5]).tolist() == [2, 4, 6, 0, 0]


def test_truncation_keeps_the_shape_of_a_sequence():
    x, s = T.dvector("x"), T.dscalar("s")
    ys, _ = sg.scan(lambda v, s: s + v, x, s, truncate_gradient=2)
    f = sg.function([x, s], [*sg.grad(ys[-1], [x, s]), ys])
    assert [v.tolist() for v in f([1, 2, 3, 4], 0)[:2]] == [[0, 0, 1, 1], 0]
    assert [v.tolist() for v in f([1, 2], 0)[:2]] == [[1, 1], 1]


def test_layers_of_one_unit_and_batches_of_one():
    rng = np.random.default_rng(0)
    x, w, u, h0 = T.dtensor3("x"), T.dmatrix("w"), T.dmatrix("u"), T.dmatrix("h0")
    hs, _ = sg.scan(lambda x, h: T.tanh(T.dot(x, w) + T.dot(h, u)), x, h0)
    slopes = sg.function([x, w, u, h0], sg.grad((hs**2).sum(), [x, w, u, h0]))
    for batch, units in ((1, 1), (3, 1), (1, 2)):
        values = [rng.normal(size=s) for s in ((4, batch, 2), (2, units), (units, units))]
        values.append(rng.normal(size=(batch, units)))
        assert [g.shape for g in slopes(*values)] == [v.shape for v in values]


def test_sequences_go_backwards_with_taps():
    x = T.dvector()
    pairs, _ = sg.scan(
        lambda now, after: now * 10 + after, {"input": x, "taps": [0, 1]}, go_backwards=True
    )
    assert pairs.eval({x: [1, 2, 3, 4]}).tolist() == [34, 23, 12]


def test_derivatives_through_integer_states_are_zeros():
    x, start = T.dvector("x"), T.lscalar("start")
    (ys, counts), _ = sg.scan(lambda v, n: (v * n, n + 1), x, [None, start])
    f = sg.function([x, start], sg.grad(ys.sum(), x))
    assert f([1, 2, 3], 2).tolist() == [2, 3, 4]
    by_start = sg.grad(ys.sum(), start)
    assert by_start.type.dtype == "float64"
    assert by_start.eval() == 0
    assert counts.type.dtype == "int64"


def test_shared_variables_are_states_whose_last_value_is_the_update():
    w, calls = sg.shared(1.0, "w"), sg.shared(0, "calls")
    steps = T.iscalar()
    seen, updates = sg.scan(lambda: (w, {w: w * 2, calls: calls + 1}), n_steps=steps)
    assert list(updates) == [w, calls]
    f = sg.function([steps], seen, updates=updates)
    assert f(3).tolist() == [1, 2, 4]
    assert f(2).tolist() == [8, 16]
    assert (w.get_value(), calls.get_value()) == (32, 5)
    assert f(0).tolist() == []
    assert w.get_value() == 32


@pytest.mark.parametrize(
    "returned", [lambda s: [(s, s + 1)], lambda s: {s: s + 1}, lambda s: ([], {s: s + 1})]
)
def test_a_step_may_return_updates_alone(returned):
    s = sg.shared(0)
    outputs, updates = sg.scan(lambda: returned(s), n_steps=4)
    assert outputs is None
    sg.function([], updates=updates)()
    assert s.get_value() == 4


def test_default_updates_go_on_from_step_to_step():
    s = sg.shared(3)
    s.default_update = s + 1
    seen, updates = sg.scan(lambda: s * 2, n_steps=3)
    f = sg.function([], seen, updates=updates)
    assert f().tolist() == [6, 8, 10]
    assert s.get_value() == 6


def test_updates_of_a_loop_inside_go_through_the_loop_around():
    s = sg.shared(0)

    def row():
        inner, updates = sg.scan(lambda: (s, {s: s + 1}), n_steps=3)
        return inner, updates

    seen, updates = sg.scan(row, n_steps=2)
    f = sg.function([], seen, updates=updates)
    assert f().tolist() == [[0, 1, 2], [3, 4, 5]]
    assert s.get_value() == 6


def test_what_a_step_uses_of_the_graph_around_has_gradients():
    x, outer = T.dvector("x"), T.dscalar("outer")
    w = sg.shared(2.0, "w")
    hidden = T.tanh(outer)
    ys, _ = sg.scan(lambda v: v * hidden * w, x)
    f = sg.function([x, outer], sg.grad(ys.sum(), [hidden, outer, w]))
    h = np.tanh(0.3)
    np.testing.assert_allclose(f([1, 2], 0.3), [6, 6 * (1 - h * h), 3 * h])


def test_forward_derivatives_are_those_of_the_reverse():
    rng = np.random.default_rng(1)
    x, w, h0 = T.dmatrix("x"), T.dmatrix("w"), T.dvector("h0")
    hs, _ = sg.scan(lambda x, h: T.tanh(T.dot(h, w) + x), x, h0)
    values = [rng.normal(size=s) for s in ((3, 2), (2, 2), (2,))]
    moves = [rng.normal(size=v.shape) for v in values]
    forward = sg.Rop(hs, [x, w, h0], [T.constant(m) for m in moves])
    weights = rng.normal(size=(3, 2))
    slopes = sg.grad((hs * weights).sum(), [x, w, h0])
    *reverse, pushed = sg.function([x, w, h0], [*slopes, forward])(*values)
    total = sum((g * m).sum() for g, m in zip(reverse, moves, strict=True))
    np.testing.assert_allclose((pushed * weights).sum(), total)


def test_forward_over_reverse_is_the_second_derivative():
    x = T.dvector("x")
    ys, _ = sg.scan(lambda v, s: T.sin(s * v), x, T.constant(1.0))
    slope = sg.grad(ys.sum(), x)
    direction = np.array([0.5, -1.0, 2.0])
    forward = sg.Rop(slope, x, T.constant(direction))
    reverse = sg.grad((slope * direction).sum(), x)
    f, r = sg.function([x], [forward, reverse])([0.3, 0.6, 0.9])
    np.testing.assert_allclose(f, r)


def test_zero_cotangents_do_not_meet_infinite_derivatives():
    x = T.dvector("x")
    ys, _ = sg.scan(T.sqrt, x)
    assert sg.grad(ys[-1], x).eval({x: [0.0, 4.0]}).tolist() == [0, 0.25]


def test_map_and_folds():
    x = T.dvector()
    assert sg.map(lambda v: v**2, x)[0].eval({x: [1, 2, 3]}).tolist() == [1, 4, 9]
    assert sg.reduce(lambda v, s: v + s, x, 0.0)[0].eval({x: []}) == 0
    assert sg.foldl(lambda v, s: v - s, x, 0.0)[0].eval({x: [1, 2, 4]}) == 3
    assert sg.foldr(lambda v, s: v - s, x, 0.0)[0].eval({x: [1, 2, 4]}) == 1 - (2 - 4)
    total, _ = sg.reduce(lambda v, s: v * s, x, 1.0)
    assert sg.grad(total, x).eval({x: [2, 3, 5]}).tolist() == [15, 10, 6]


def test_checkpoints_give_every_value_that_they_save_and_the_same_derivatives():
    x, a = T.dmatrix("x"), T.dvector("a")
    step = lambda x, s, a: T.sin(s * a + x)  # noqa: E731
    saved, _ = sg.scan_checkpoints(step, x, T.ones_like(a), a, save_every_N=4)
    whole, _ = sg.scan(step, x, T.ones_like(a), a)
    costs = [(saved[-1:] ** 2).sum(), (whole[-1:] ** 2).sum()]
    slopes = [sg.grad(c, [x, a]) for c in costs]
    f = sg.function([x, a], [saved, whole, *slopes[0], *slopes[1]])
    rng = np.random.default_rng(0)
    for steps in (0, 1, 4, 9):
        saved, whole, *slopes = f(rng.normal(size=(steps, 3)), rng.normal(size=3))
        kept = [t for t in range(steps) if t % 4 == 3 or t == steps - 1]
        np.testing.assert_allclose(saved, whole[kept])
        for mine, theirs in zip(slopes[:2], slopes[2:], strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-12)


def test_a_symbolic_number_of_steps_is_taken_whole_with_checkpoints() -> None:
    n, a = T.lscalar("n"), T.dvector("a")
    for padding in (True, False):
        powers, _ = sg.scan_checkpoints(
            lambda s: s * 2, outputs_info=a, n_steps=n, save_every_N=3, padding=padding
        )
        f = sg.function([n, a], powers[-1])
        for steps in (1, 3, 7, 9):
            np.testing.assert_array_equal(f(steps, [1.0, 3.0]), [2.0**steps, 3 * 2.0**steps])


def test_equal_loops_are_computed_once_and_pickle():
    x = T.dvector("x")
    first, second = (sg.scan(lambda v, s: s + v, x, 0.0)[0] for _ in range(2))
    f = sg.function([x], [first, second])
    loops = [node for node in f.maker.fgraph.toposort() if str(node.op) == "Scan"]
    assert len(loops) == 1
    again = pickle.loads(pickle.dumps(f))
    assert again([1, 2])[1].tolist() == [1, 3]
    assert pickle.loads(pickle.dumps(first)).owner.op == first.owner.op


def test_the_tree_of_a_loop_shows_its_body():
    x = T.dmatrix("x")
    ys, _ = sg.scan(lambda r: sg.scan(lambda v: v**2, r, name="inner")[0], x, name="outer")
    text = sg.debugprint(ys, file="str")
    assert "Inside Scan{outer} [id A]:" in text
    assert "Inside Scan{inner}" in text
    assert "x[t][t]" in text


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
def test_what_steps_give_is_as_long_as_a_value_tells(variant):
    x = T.dvector("x")
    found, _ = sg.scan(lambda v: x[: T.cast(T.exp(x).sum(), "int64")] * v, x)
    f = agreement.compile_variant(variant, [x], [found])
    value = np.array([0.0, 0.5, -1.0, 1.0, -9.0, 2.0])
    count = int(np.exp(value).sum())
    np.testing.assert_allclose(f(value[:2])[0], np.outer(value[:2], value[:2][:2]))
    np.testing.assert_allclose(f(value)[0], np.outer(value, value[:count]))


def test_an_empty_outputs_info_is_none():
    x = T.dvector("x")
    one, _ = sg.scan(lambda v: v * 2, sequences=[x], outputs_info=[])
    two, _ = sg.scan(lambda v: [v * 2, v + 1], sequences=[x], outputs_info=[])
    f = sg.function([x], [one, *two])
    for found, wanted in zip(f([1.0, 2.0]), ([2, 4], [2, 4], [2, 3]), strict=True):
        assert found.tolist() == wanted
