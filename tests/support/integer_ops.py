"""A few ops small enough to see through, for tests of the graph itself."""

import numpy as np

from symgraph.graph import Op, TensorType


class Increment(Op):
    """x + 1."""

    def output_types(self, x):
        return [x.type]

    def perform(self, node, x):
        return (x + 1,)


class Add(Op):
    """x + y of one type."""

    def output_types(self, x, y):
        return [x.type]

    def perform(self, node, x, y):
        return (x + y,)


class DivMod(Op):
    """Quotient and remainder by a fixed divisor."""

    __props__ = ("divisor",)

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor

    def output_types(self, x):
        return [x.type, x.type]

    def perform(self, node, x):
        return tuple(np.divmod(x, self.divisor))


vector = TensorType("float64", (None,))
