"""What is written twice is differentiated once, and what is asked for by name stays itself."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import toposort
from symgraph.ops import Dot


def products(variables):
    return [node for node in toposort(variables) if isinstance(node.op, Dot)]


def test_a_product_written_for_each_of_its_parts_has_one_derivative():
    x, W = T.dmatrix("x"), T.dmatrix("W")
    parts = [(x + T.dot(x, W))[:, k : k + 2] for k in range(0, 8, 2)]
    cost = sum((k + 1) * T.tanh(part).sum() for k, part in enumerate(parts))
    # Of the four that the user wrote one is differentiated.
    assert len(products(T.grad(cost, [W]))) <= 4 + 1
    sg.verify_grad(lambda x, W: sum(T.tanh((x + T.dot(x, W))[:, k : k + 2]).sum() * k
                                    for k in (0, 2, 4)),
                   [np.random.default_rng(0).random((3, 6)), np.eye(6)],
                   rng=np.random.default_rng(0))  # fmt: skip


def lstm(once):
    """The gradients of an LSTM whose gates are slices of x + dot(h, U), written once or four
    times."""
    x, U = T.dtensor3("x"), T.dmatrix("U")

    def step(x, h, c, U):
        written = x + T.dot(h, U)
        i, f, o, g = (
            (written if once else x + T.dot(h, U))[:, k * 3 : (k + 1) * 3] for k in range(4)
        )
        c = T.nnet.sigmoid(f) * c + T.nnet.sigmoid(i) * T.tanh(g)
        return T.nnet.sigmoid(o) * T.tanh(c), c

    zero = T.zeros((x.shape[1], 3))
    (h, _), _ = sg.scan(step, [x], [zero, zero], [U])
    return sg.function([x, U], T.grad((h[-1] ** 2).sum(), [x, U]))


def test_gates_of_a_product_written_for_each_cost_nothing():
    rng = np.random.default_rng(0)
    x, U = rng.normal(size=(5, 2, 12)), rng.normal(size=(3, 12))
    once, often = lstm(True), lstm(False)
    for one, other in zip(once(x, U), often(x, U), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    counts = [
        sum(len(products(body.outputs)) for n in f.maker.fgraph.toposort()
            for body in getattr(n.op, "bodies", list)())
        for f in (once, often)
    ]  # fmt: skip
    assert counts[0] == counts[1] > 0


def test_equal_expressions_that_are_asked_for_by_name_stay_apart():
    x = T.dvector("x")
    a, b, c = T.tanh(x), T.tanh(x), T.tanh(x)
    cost = (a**2).sum() + (3 * b).sum() + (x * c).sum()
    f = sg.function([x], T.grad(cost, [a, b, x], consider_constant=[c]))
    value = np.array([0.3, -1.0])
    slope = 1 - np.tanh(value) ** 2
    for found, want in zip(
        f(value),
        [2 * np.tanh(value), [3, 3], (2 * np.tanh(value) + 3) * slope + np.tanh(value)],
        strict=True,
    ):
        np.testing.assert_allclose(found, want, rtol=1e-14)
    known = T.grad(None, x, known_grads={a: T.ones_like(a)})
    np.testing.assert_allclose(known.eval({x: value}), slope, rtol=1e-14)
    (only_a,) = T.grad(cost, [x], known_grads={a: T.zeros_like(a)})
    want = 3 * slope + np.tanh(value) + value * slope
    np.testing.assert_allclose(only_a.eval({x: value}), want, rtol=1e-14)


def test_what_a_branch_writes_twice_moves_into_its_derivative():
    """Outside, the slope of what is not chosen would be infinite."""
    x = T.dscalar("x")
    y = sg.ifelse(x > 0, T.log(T.sqrt(x)) * T.exp(T.sqrt(x)), 3 * x)
    f = sg.function([x], [T.grad(y, x), sg.grad(sg.grad(y, x), x)])
    assert [float(v) for v in f(0.0)] == [3, 0]
    assert [float(v) for v in f(-1.0)] == [3, 0]


@pytest.mark.parametrize("cut", ["constant", "integer"])
def test_messages_find_the_way_through_either(cut):
    x = T.dvector("x")
    a, b = T.tanh(x), T.tanh(x)
    end = sg.gradient.disconnected_grad(a * b) if cut == "constant" else T.ceil(a) + T.ceil(b)
    if cut == "constant":
        with pytest.raises(sg.gradient.DisconnectedInputError, match="passes no derivative on"):
            T.grad(end.sum(), x)
    else:
        np.testing.assert_array_equal(T.grad(end.sum(), x).eval({x: [0.5, 2.5]}), [0, 0])
