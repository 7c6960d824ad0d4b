"""An operation of one's own in NumPy alone: discrete convolution, with both derivatives.

    python examples/op_in_numpy.py

Compiled functions call it where it stands; what is around it is native code. The example finds by
its derivative the echo that a sound came back with.
"""

from collections.abc import Sequence

import numpy as np

import symgraph as sg
import symgraph.tensor as T


class Convolution(sg.Op):
    """z = numpy.convolve(x, w, mode), of vectors of float64; `mode` is 'full', or 'valid', where w
    is no longer than x. Both are linear in x and in w, so each is in the other's derivatives."""

    __props__ = ("mode",)
    itypes, otypes = (T.dvector, T.dvector), (T.dvector,)

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def perform(self, node: sg.Apply, x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray]:
        if self.mode == "valid" and len(w) > len(x):
            raise ValueError(f"{len(w)} weights do not fit into {len(x)} values")
        return (np.convolve(x, w, self.mode),)

    def infer_shape(self, node: sg.Apply, shapes: Sequence) -> list:
        (x,), (w,) = shapes
        return [(x + w - 1,) if self.mode == "full" else (x - w + 1,)]

    def vjp(self, node: sg.Apply, cotangents: Sequence) -> list:
        (x, w), (g,) = node.inputs, cotangents
        full, valid = Convolution("full"), Convolution("valid")
        if g is None:
            return [None, None]
        if self.mode == "full":
            return [valid(g, w[::-1]), valid(g, x[::-1])]
        return [full(g, w[::-1]), valid(x, g[::-1])[::-1]]

    def jvp(self, node: sg.Apply, tangents: Sequence) -> list:
        (x, w), (moved_x, moved_w) = node.inputs, tangents
        terms = [] if moved_x is None else [self(moved_x, w)]
        terms += [] if moved_w is None else [self(x, moved_w)]
        return [sum(terms[1:], terms[0]) if terms else None]


def main() -> np.ndarray:
    """Find the echo in a recording by descent, and return it."""
    rng = np.random.default_rng(0)
    echo = np.array([1.0, 0.0, 0.5, -0.25])
    sound = rng.normal(size=200)
    recorded = np.convolve(sound, echo) + 0.001 * rng.normal(size=203)
    found = sg.shared(np.zeros(4), name="found")
    cost = T.mean((Convolution("full")(sound, found) - recorded) ** 2)
    step = sg.function([], cost, updates=[(found, found - 0.3 * sg.grad(cost, found))])
    for turn in range(1, 101):
        left = step()
        if turn % 25 == 0:
            print(f"after {turn:3d} steps the mean square is {left:.2e}")
    print("in Python:", ", ".join(str(node.op) for node in step.fallbacks()))
    print("the echo:", np.round(found.get_value(), 2))
    return found.get_value()


if __name__ == "__main__":
    main()
