"""Derivatives layer by layer are those of the whole."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T


def test_layer_by_layer():
    x, t = T.dvector("x"), T.dvector("t")
    rng = np.random.RandomState(0)
    w1, w2 = (sg.shared(rng.randn(*shape)) for shape in ((3, 4), (4, 2)))
    a1 = T.tanh(T.dot(x, w1))
    a2 = T.tanh(T.dot(a1, w2))
    cost2 = T.sum((a2 - t) ** 2) + T.sum(w2) ** 2
    cost1 = T.sum(w1) ** 2
    found, start = [], None
    for wrt, end, cost in (([w2], [a1], cost2), ([w1], [x], cost1)):
        by_wrt, by_end = sg.subgraph_grad(wrt, end, start, cost)
        found += by_wrt
        start = dict(zip(end, by_end, strict=True))
    whole = sg.grad(cost1 + cost2, [w2, w1, x])
    f = sg.function([x, t], [*found, start[x], *whole])
    values = f(rng.randn(3), rng.randn(2))
    for part, right in zip(values[:3], values[3:], strict=True):
        np.testing.assert_allclose(part, right)


def test_details_and_what_is_not_connected():
    x, w, u = T.dvectors("x", "w", "u")
    y = x * w
    by, ends, first, second = sg.subgraph_grad([w, u], [x], {y: x}, T.sum(w), details=True)
    f = sg.function([x, w, u], [*by, *ends, *first, *second], on_unused_input="ignore")
    values = [list(v) for v in f([2.0], [3.0], [5.0])]
    assert values == [[5], [0], [6], [4], [0], [1], [0]]
    alone = sg.subgraph_grad([w], [x], cost=T.sum(y), details=True)
    assert alone[2] is None
    with pytest.raises(ValueError, match="needs derivatives to start from, or a cost"):
        sg.subgraph_grad([w], [x])


def test_policies_may_be_capitalised_as_in_theano():
    x, s = T.dvector("x"), T.dscalar("s")
    given = {"disconnected_inputs": "ignore"}
    found = sg.grad(s, x, return_disconnected="Disconnected", **given)
    assert found.type == sg.gradient.disconnected_type
    assert sg.grad(s, x, return_disconnected="None", **given) is None
