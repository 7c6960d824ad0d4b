"""What a loop hands on to the one that follows its steps backwards."""

import numpy as np
import pytest
from rewrite.test_loops import products, same, scans, u, w, x

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import toposort
from symgraph.ops import Elemwise

HALF = 2


def gated(entry, h, c):
    """A cell of two gates, read from one product."""
    z = T.dot(entry, w) + T.dot(h, u)
    gate, new = T.nnet.sigmoid(z[:, :HALF]), T.tanh(z[:, HALF:])
    c = gate * c + (1 - gate) * new
    return T.concatenate([c, T.sin(c)], axis=1), c


def cost(**options):
    zeros = T.zeros((x.shape[1], 4)), T.zeros((x.shape[1], HALF))
    (h, c), _ = sg.scan(gated, sequences=x, outputs_info=list(zeros), **options)
    return (h[-1] ** 2).sum() + c.sum()


def functions(scan):
    nodes = toposort(scan.body.outputs)
    return {node.op.scalar.name for node in nodes if isinstance(node.op, Elemwise)}


def test_the_derivative_computes_no_product_and_no_function_again():
    gradients = sg.grad(cost(), [w, u, x])
    forward, backward = scans([x, w, u], gradients)
    assert len(products(forward)) == 1
    # The error goes one step back.
    assert len(products(backward)) == 1
    assert not functions(backward) & {"sigmoid", "tanh", "sin"}
    same([x, w, u], gradients)


@pytest.mark.parametrize("options", [{"truncate_gradient": 2}, {"go_backwards": True}])
def test_so_it_is_however_the_loop_runs(options):
    gradients = sg.grad(cost(**options), [w, u])
    _, backward = scans([x, w, u], gradients)
    assert not functions(backward) & {"sigmoid", "tanh", "sin"}
    same([x, w, u], gradients)


def test_nothing_is_kept_of_what_is_cheap():
    def step(entry, h):
        return h * h + 2.0 * entry

    h, _ = sg.scan(step, sequences=x, outputs_info=T.ones((2, 3)))
    forward, _ = scans([x], [sg.grad((h**2).sum(), x)])
    assert forward.stacked == 0
    same([x], [sg.grad((h**2).sum(), x)])


def test_second_derivatives():
    slope = sg.grad(cost(), u)
    second = sg.grad((slope**2).sum(), [w, x])
    same([x, w, u], second)


def test_with_a_condition_that_ends_the_loop():
    def step(h, c):
        new = T.tanh(T.dot(h, u)) * T.exp(c)
        return [new, c + 0.5], sg.until(c > 1.2)

    (h, _), _ = sg.scan(step, outputs_info=[T.ones((2, 4)), T.constant(0.0)], n_steps=9)
    gradients = [sg.grad(h.sum(), u)]
    _, backward = scans([u], gradients)
    assert "tanh" not in functions(backward)
    same([u], gradients)


def test_checkpoints_still_compute_again():
    def run(scan, **options):
        h, _ = scan(lambda entry, h: T.tanh(T.dot(entry, w) + T.dot(h, u)), **options)
        return sg.grad((h[-1] ** 2).sum(), u)

    start = T.zeros((2, 4))
    every = sg.scan_checkpoints
    values = np.ones((4, 2, 3)), np.full((3, 4), 0.3), np.full((4, 4), 0.2)
    found = [
        sg.function([x, w, u], run(scan, sequences=x, outputs_info=start, **options))(*values)
        for scan, options in ((sg.scan, {}), (every, {"save_every_N": 2}))
    ]
    np.testing.assert_allclose(*found, rtol=1e-10)
