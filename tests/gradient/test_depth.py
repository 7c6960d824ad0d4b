"""The derivative of n nodes has a fixed number of nodes for each, at any depth."""

import sys

import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import toposort


def chain(x, f, length):
    for _ in range(length):
        x = f(x)
    return x


# A rule's own nodes, for each node of the chain: exp g y; tanh g (1 - y ** 2).
@pytest.mark.parametrize(("f", "each", "depth"), [(T.exp, 1, 100_000), (T.tanh, 3, 10_000)])
def test_a_long_chain_differentiates_in_linear_size(f, each, depth):
    assert sys.getrecursionlimit() < depth
    x = T.vector("x")
    cost = T.sum(chain(x, f, depth))
    g = sg.grad(cost, x)
    assert len(toposort([g])) <= (1 + each) * depth + 10


def test_the_second_derivative_is_linear_too():
    sizes = []
    for length in (100, 200):
        x = T.scalar("x")
        first = sg.grad(chain(x, T.sin, length), x)
        sizes.append(len(toposort([sg.grad(first, x)])))
    assert sizes[1] <= 2 * sizes[0] + 20


def test_forward_too():
    x, v = T.vectors("x", "v")
    y = chain(x, T.sin, 10_000)
    assert len(toposort([sg.Rop(y, x, v)])) <= 3 * 10_000 + 10


def test_a_variable_with_many_clients_is_visited_once():
    """y = x + x, again and again: 2 ** 60 ways, one walk."""
    x = T.scalar("x")
    g = sg.grad(chain(x, lambda y: y + y, 60), x)
    assert len(toposort([g])) <= 61
