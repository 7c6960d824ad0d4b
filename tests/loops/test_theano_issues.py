"""What went wrong in Theano's scan, by the numbers of its issues."""

import numpy as np
import pytest
from support import agreement

import symgraph as sg
import symgraph.tensor as T


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
def test_5439_gradients_of_loops_that_end_before_their_sequences(variant):
    """With `until` the steps that were made count, not those that there might have been."""
    x, w, limit = T.dvector("x"), T.dscalar("w"), T.dscalar("limit")

    def step(v, state, w, limit):
        following = state * w + v
        return following, sg.scan_module.until(following > limit)

    states, _ = sg.scan(step, x, T.constant(0.5), [w, limit])
    slopes = sg.grad((states**2).sum(), [x, w])
    second = sg.grad(slopes[1], w)
    f = agreement.compile_variant(variant, [x, w, limit], [states, *slopes, second])
    values = np.array([0.3, -0.2, 0.9, 1.7, 0.4])
    for limit_value, made in ((0.6, 1), (1.0, 3), (9.0, 5)):

        def unrolled(w, made=made):
            state, found = 0.5, []
            for v in values[:made]:
                state = state * w + v
                found.append(state)
            return np.array(found)

        states, by_x, by_w, by_w_twice = f(values, 0.8, limit_value)
        np.testing.assert_allclose(states, unrolled(0.8))
        powers = [[0.8 ** (t - i) if t >= i else 0 for i in range(5)] for t in range(made)]
        np.testing.assert_allclose(by_x, 2 * unrolled(0.8) @ np.array(powers))
        assert not by_x[made:].any()
        step_size = 1e-4
        costs = [(unrolled(0.8 + d) ** 2).sum() for d in (-step_size, 0, step_size)]
        np.testing.assert_allclose(by_w, (costs[2] - costs[0]) / (2 * step_size), rtol=1e-6)
        curvature = (costs[0] - 2 * costs[1] + costs[2]) / step_size**2
        np.testing.assert_allclose(by_w_twice, curvature, rtol=1e-4)


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
def test_4652_truncated_gradients_have_the_shape_of_what_they_belong_to(variant):
    """As many steps back as asked for, zeros before; also where there are no more steps."""
    x, w, start = T.dmatrix("x"), T.dscalar("w"), T.dvector("start")
    states, _ = sg.scan(lambda v, s, w: s * w + v, x, start, w, truncate_gradient=3)
    slopes = sg.grad(states[-1].sum(), [x, w, start])
    f = agreement.compile_variant(variant, [x, w, start], [states, *slopes])
    for steps in (1, 2, 3, 5):
        values = np.arange(2.0 * steps).reshape(steps, 2)
        found, by_x, by_w, by_start = f(values, 0.5, np.ones(2))
        back = min(3, steps)
        wanted = np.zeros((steps, 2))
        wanted[steps - back :] = 0.5 ** np.arange(back)[::-1, None]
        np.testing.assert_allclose(by_x, wanted)
        assert by_start.tolist() == ([0.5**steps] * 2 if steps <= 3 else [0, 0])
        before = np.concatenate([np.ones((1, 2)), found])[steps - back : steps]
        np.testing.assert_allclose(by_w, (before * 0.5 ** np.arange(back)[::-1, None]).sum())


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
def test_5224_layers_of_one_unit(variant):
    """An extent of 1 that is found only when running neither broadcasts nor is lost; nor one that
    the initial value's type tells and the step's does not."""
    x, w, u = T.dtensor3("x"), T.dmatrix("w"), T.dmatrix("u")
    b = T.dvector("b")
    start = T.zeros((x.shape[1], u.shape[0]))
    hs, _ = sg.scan(lambda v, h: T.tanh(T.dot(v, w) + T.dot(h, u) + b), x, start)
    cost = (hs[-1] ** 2).sum()
    slopes = sg.grad(cost, [w, u, b])
    second = sg.grad(sum((s**2).sum() for s in slopes), [w, u, b])
    f = agreement.compile_variant(variant, [x, w, u, b], [hs, *slopes, *second])
    for batch, units in [(1, 1), (3, 1), (1, 2), (2, 3)]:
        rng = np.random.default_rng(units)
        shapes = ((4, batch, 2), (2, units), (units, units), (units,))
        values = [rng.normal(size=shape) for shape in shapes]
        found = f(*values)
        assert [v.shape for v in found] == [(4, batch, units), *shapes[1:], *shapes[1:]]
        h = np.zeros((batch, units))
        for v in values[0]:
            h = np.tanh(v @ values[1] + h @ values[2] + values[3])
        np.testing.assert_allclose(found[0][-1], h)


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
def test_a_start_whose_type_has_an_extent_of_one(variant):
    x = T.dmatrix("x")
    hs, _ = sg.scan(lambda v, h: T.tanh(v + h), x, T.zeros((1,)))
    f = agreement.compile_variant(variant, [x], [hs, sg.grad(hs.sum(), x)])
    found = f(np.zeros((3, 1)))
    assert [v.shape for v in found] == [(3, 1), (3, 1)]
