"""Ops made to try the engines: rules of every kind, and values by plain NumPy."""

import numpy as np

from symgraph import function
from symgraph.gradient import grad_undefined
from symgraph.graph import NotDifferentiable, Op, TensorType


class Halves(Op):
    """Two outputs: 2 x and 3 x. Declares no forward rule."""

    def output_types(self, x):
        return [x.type, x.type]

    def perform(self, node, x):
        return 2 * x, 3 * x

    def vjp(self, node, cotangents):
        two, three = cotangents
        terms = [g * k for g, k in ((two, 2.0), (three, 3.0)) if g is not None]
        return [terms[0] if len(terms) == 1 else terms[0] + terms[1]]


class CubeWithoutForward(Op):
    """x ** 3, whose forward rule must be found from the reverse one."""

    def output_types(self, x):
        return [x.type]

    def perform(self, node, x):
        return (x**3,)

    def vjp(self, node, cotangents):
        return [cotangents[0] * 3.0 * node.inputs[0] ** 2]


class Opaque(Op):
    """x + y, with no derivative by anything."""

    def output_types(self, x, y):
        return [x.type]

    def perform(self, node, x, y):
        return (x + y,)


class HalfOpaque(Opaque):
    """x + y, with a derivative by x only."""

    def vjp(self, node, cotangents):
        return [cotangents[0], grad_undefined(self, 1, node.inputs[1], "Only by x.")]


class Careless(Opaque):
    """Its rules break the contract in the way that `fault` says."""

    __props__ = ("fault",)

    def __init__(self, fault):
        self.fault = fault

    def vjp(self, node, cotangents):
        (g,) = cotangents
        return {"count": [g], "rank": [g.sum(), g], "dtype": [g.astype("float64"), g]}[self.fault]


class Refusing(Opaque):
    """Refuses with a reason."""

    def vjp(self, node, cotangents):
        raise NotDifferentiable("it is a matter of taste")


class Sorted(Op):
    """Values in order and the integer order itself: a float and a discrete output."""

    def output_types(self, x):
        return [x.type, TensorType("int64", x.type.shape)]

    def perform(self, node, x):
        return np.sort(x), np.argsort(x)

    def vjp(self, node, cotangents):
        values, order = cotangents
        assert order is None, "an integer output has no cotangent"
        from symgraph.tensor import inc_subtensor, zeros_like

        where = node.outputs[1]
        return [inc_subtensor(zeros_like(node.inputs[0])[where], values)]


def value(output, given):
    """The value of a variable or list of them by each op's NumPy meaning."""
    return function(list(given), output, mode="reference", on_unused_input="ignore")(
        *given.values()
    )
