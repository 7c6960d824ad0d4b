"""An operation of one's own with a lowering: the loops that compute it, natively on all back ends.

    python examples/op_with_loops.py

A leaky sum, y[t] = decay * y[t - 1] + x[t], of each row. In NumPy it takes a loop in Python.
"""

from collections.abc import Sequence
from time import perf_counter

import numpy as np

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower import Builder, Literal, register


class LeakySum(sg.Op):
    """Add up each row of a matrix of float64, while what was added fades by the factor `decay`."""

    itypes, otypes = (T.dmatrix, T.dscalar), (T.dmatrix,)

    def perform(self, node: sg.Apply, x: np.ndarray, decay: np.ndarray) -> tuple[np.ndarray]:
        y = x.copy()
        for t in range(1, x.shape[1]):
            y[:, t] += decay * y[:, t - 1]
        return (y,)

    def infer_shape(self, node: sg.Apply, shapes: Sequence) -> list:
        return [shapes[0]]

    def vjp(self, node: sg.Apply, cotangents: Sequence) -> list:
        (x, decay), (g,) = node.inputs, cotangents
        if g is None:
            return [None, None]
        by_x = self(g[:, ::-1], decay)[:, ::-1]
        return [by_x, T.sum(by_x[:, 1:] * self(x, decay)[:, :-1])]


def leaky_sum(b: Builder, node: sg.Apply) -> None:
    """Write the loops: `b.home` is memory for the result, `b.bind` says where it lies."""
    x, decay = b.buffer(node.inputs[0]), b.scalar(node.inputs[1])
    out = b.home(node.outputs[0])

    def row(at: Sequence) -> None:
        def step(t, faded):  # type: ignore[no-untyped-def]
            kept = b.compute("mul", "float64", decay, faded)
            total = b.compute("add", "float64", kept, b.load(x, (*at, t)))
            b.store(out, (*at, t), total)
            return [total]

        b.loop(x.extents[1], step, [Literal(0.0, "float64")])

    with b.kernel():
        b.nest(x.extents[:1], row)
    b.bind(node.outputs[0], out)


register(LeakySum, leaky_sum)


def main(rows: int = 1000, columns: int = 1000) -> float:
    """Time the sum and its derivative in both ways, and return how much faster loops are."""
    x, decay = T.dmatrix("x"), T.dscalar("decay")
    cost = T.sum(T.tanh(LeakySum()(x, decay)))
    values = np.random.default_rng(0).normal(size=(rows, columns))
    seconds = {}
    for mode in ("reference", "llvm"):
        f = sg.function([x, decay], [cost, sg.grad(cost, decay)], mode=mode)
        f(values, 0.9)
        start = perf_counter()
        results = f(values, 0.9)
        seconds[mode] = perf_counter() - start
        print(f"{mode:9s} {1000 * seconds[mode]:6.1f} ms: {results[0]:.6f} {results[1]:.6f}")
    return seconds["reference"] / seconds["llvm"]


if __name__ == "__main__":
    main()
