"""Draws made outside of a loop: one serves all steps. Those made inside are made in each step."""

import numpy as np
import pytest
from support.agreement import EVERY, compile_variant

import symgraph as sg
import symgraph.tensor as T
from symgraph.compat import theano

STREAMS = {
    "philox": lambda: sg.RandomStreams(5),
    "mersenne": lambda: theano.RandomStreams(5),
    "mrg": lambda: theano.MRG_RandomStreams(5),
}
n = T.lscalar("n")
pytestmark = pytest.mark.parametrize("variant", EVERY, ids=str)
streams = pytest.mark.parametrize("kind", STREAMS)


def mask(r, size=(3,)):
    """Of numbers that no two draws share: a draw and an expression of it."""
    return r.uniform(size) * 2.0 + 1.0


def all_equal(rows):
    return bool((rows == rows[:1]).all())


def none_equal(*arrays):
    numbers = np.concatenate([a.ravel() for a in arrays])
    return len(np.unique(numbers)) == numbers.size


@streams
def test_one_draw_serves_all_steps_however_it_comes_in(variant, kind):
    r = STREAMS[kind]()
    m, start = mask(r), T.constant(np.zeros(3))
    closure, passed, strict = (
        sg.scan(lambda: m, n_steps=n),
        sg.scan(lambda drawn: drawn * 1.0, non_sequences=m, n_steps=n),
        sg.scan(lambda drawn: drawn * 1.0, non_sequences=[m], n_steps=n, strict=True),
    )
    summed, by_map, by_loop = (
        sg.scan(lambda total: total + m, outputs_info=start, n_steps=n),
        sg.map(lambda x: x + m, T.zeros((n,))),
        sg.loop(lambda total, _: (total + m, m), start, length=n),
    )
    folded = sg.reduce(lambda x, total: total + m, T.zeros((n,)), start)
    stepped = sg.scan(lambda x: x * 1.0, [T.tile(m, (n, 1))])
    for _, updates in (closure, passed, strict, summed, by_map, folded, stepped):
        assert not updates
    assert len(by_loop) == 2
    made = [closure, passed, strict, by_map, stepped]
    outputs = [m, *(outs for outs, _ in made), by_loop[1], summed[0], folded[0], by_loop[0]]
    f = compile_variant(variant, [n], outputs)
    first, *rows, total, fold, carry = f(4)
    for steps in rows:
        np.testing.assert_array_equal(steps, np.tile(first, (4, 1)))
    np.testing.assert_allclose(total, np.outer(np.arange(1, 5), first), rtol=1e-15)
    np.testing.assert_array_equal(fold, total[-1])
    np.testing.assert_array_equal(carry, total[-1])
    second, again, *_ = f(2)
    assert all_equal(again)
    assert none_equal(first, second)


@streams
def test_what_is_drawn_inside_is_drawn_in_each_step(variant, kind):
    r = STREAMS[kind]()
    m = mask(r)
    by_scan, first = sg.scan(lambda: [mask(r), m], n_steps=n)
    *_, drawn, second = sg.loop(lambda total, _: (total + 1, mask(r)), T.constant(0), length=n)
    by_map, third = sg.map(lambda x: mask(r, x.shape), T.zeros((n, 3)))
    assert len(first) == len(second) == len(third) == 1
    for handed in (first + second + third, None):
        f = compile_variant(variant, [n], [*by_scan, drawn, by_map, m], updates=handed)
        inner, outer, *others, alone = f(3)
        assert none_equal(inner, *others, alone)
        np.testing.assert_array_equal(outer, np.tile(alone, (3, 1)))
        again, outer_again, *others_again, alone_again = f(2)
        assert all_equal(outer_again)
        assert none_equal(inner, *others, again, *others_again, alone, alone_again)


@streams
def test_a_draw_of_the_outer_step_serves_all_steps_of_the_inner_loop(variant, kind):
    r = STREAMS[kind]()
    m, x = mask(r), T.dmatrix("x")

    def outer(row):
        own = mask(r, row.shape)
        inner, _ = sg.scan(lambda: [own, m, mask(r)], n_steps=2)
        return [own, *inner]

    (own, middle, outermost, inmost), _ = sg.map(outer, x)
    f = compile_variant(variant, [x], [own, middle, outermost, inmost, m])
    seen = []
    for _ in range(2):
        own, middle, outermost, inmost, alone = f(np.zeros((3, 3)))
        np.testing.assert_array_equal(middle, np.repeat(own[:, None], 2, axis=1))
        np.testing.assert_array_equal(outermost, np.broadcast_to(alone, (3, 2, 3)))
        seen += [own, inmost, alone]
    assert none_equal(*seen)


@streams
def test_two_loops_share_a_draw(variant, kind):
    m = mask(STREAMS[kind]())
    one, _ = sg.scan(lambda: m, n_steps=n)
    other, _ = sg.scan(lambda x: m + 0 * x, T.zeros((n,)))
    a, b = compile_variant(variant, [n], [one, other])(3)
    assert all_equal(a)
    np.testing.assert_array_equal(a, b)


@streams
@pytest.mark.parametrize("truncate", [-1, 2])
def test_derivatives_see_the_mask_of_the_forward_pass(variant, kind, truncate):
    w, h0 = T.dvector("w"), T.dvector("h0")
    m = T.cast(STREAMS[kind]().uniform((4,)) < 0.5, "float64")
    h, _ = sg.scan(
        lambda h: T.tanh(w * h + 1.0) * m, outputs_info=h0, n_steps=n, truncate_gradient=truncate
    )
    f = compile_variant(variant, [w, h0, n], [m, h[-1], *sg.grad(h[-1].sum(), [w, h0])])
    values = np.array([0.5, -0.3, 0.9, 0.1]), np.ones(4)
    for _ in range(3):
        kept, last, by_w, by_h = f(*values, 3)
        np.testing.assert_array_equal(last != 0, kept == 1)
        np.testing.assert_array_equal(by_w != 0, kept == 1)
        assert (by_h != 0).tolist() == ((kept == 1) & (truncate < 0)).tolist()


@streams
def test_checkpoints(variant, kind):
    r = STREAMS[kind]()
    m = mask(r)
    kept, _ = sg.scan_checkpoints(
        lambda x, total, inner: [total + m, inner + mask(r)],
        [T.zeros((6,))],
        [T.constant(np.zeros(3))] * 2,
        save_every_N=2,
    )
    total, inner, alone = compile_variant(variant, [], [*kept, m])()
    np.testing.assert_allclose(total, np.outer([2, 4, 6], alone), rtol=1e-15)
    assert none_equal(inner)


@streams
def test_draws_outside_of_a_branch(variant, kind):
    r = STREAMS[kind]()
    m = mask(r)

    def step(x):
        own = mask(r)
        return [own, sg.ifelse(x > 0, m, own)]

    (own, chosen), _ = sg.map(step, T.arange(n) % 2)
    own, chosen, alone = compile_variant(variant, [n], [own, chosen, m])(4)
    assert none_equal(own, alone)
    np.testing.assert_array_equal(chosen[::2], own[::2])
    np.testing.assert_array_equal(chosen[1::2], np.tile(alone, (2, 1)))


def test_a_step_that_moves_a_stream_itself(variant):
    """It says so by an update: then the draw is one of the step, wherever it was written."""
    x = sg.RandomStreams(5).uniform((3,))
    steps, updates = sg.scan(lambda: (x, [x.update]), n_steps=n)
    (rows,) = compile_variant(variant, [n], [steps], updates=updates)(3)
    assert none_equal(rows)


@streams
def test_a_clone_inside_of_what_was_drawn_outside(variant, kind):
    """A draw whose shape comes from the step is of the step; one that stays as it was is not."""
    x, y = T.dvector("x"), T.dmatrix("y")
    r = STREAMS[kind]()
    m = mask(r)
    noisy, masked = x + r.uniform(x.shape), x + m
    (cloned, steady), _ = sg.map(lambda row: sg.clone([noisy, masked], {x: row}), y)
    cloned, steady = compile_variant(variant, [y], [cloned, steady])(np.zeros((4, 3)))
    assert none_equal(cloned)
    assert all_equal(steady)


def test_shapes_of_symbolic_extents(variant):
    x = T.dmatrix("x")
    m = sg.RandomStreams(5).normal(x.shape)
    steps, _ = sg.scan(lambda h: T.tanh(h) * m, outputs_info=x, n_steps=n)
    slope = sg.grad(steps[-1].sum(), x)
    f = compile_variant(variant, [x, n], [m, steps, slope])
    for shape in ((2, 3), (1, 1), (0, 4)):
        drawn, rows, by_x = f(np.ones(shape), 3)
        h, d = np.ones(shape), np.ones(shape)
        for row in rows:
            d = d * (1 - np.tanh(h) ** 2) * drawn
            h = np.tanh(h) * drawn
            np.testing.assert_allclose(row, h, rtol=1e-12)
        np.testing.assert_allclose(by_x, d, rtol=1e-9)
