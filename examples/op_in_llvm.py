"""An operation of one's own written in LLVM IR: how many bits two words differ in.

    python examples/op_in_llvm.py

Processors count bits by one instruction, which LLVM knows as `ctpop`. The example searches the
nearest of 10,000 binary codes.
"""

from collections.abc import Sequence
from time import perf_counter

import numpy as np
from llvmlite import ir

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower import IRArray, counted, register_llvm

CODES = T.TensorType("uint64", (None,))
BITS = np.array([bin(byte).count("1") for byte in range(256)], "int64")


class HammingDistance(sg.Op):
    """d[i, j] = the number of bits in which x[i] and y[j] differ, for vectors of uint64."""

    itypes, otypes = (CODES, CODES), (T.lmatrix,)

    def perform(self, node: sg.Apply, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray]:
        differ = x[:, None] ^ y[None, :]
        return (BITS[differ[..., None].view("uint8")].sum(axis=-1),)

    def infer_shape(self, node: sg.Apply, shapes: Sequence) -> list:
        (rows,), (columns,) = shapes
        return [(rows, columns)]

    def vjp(self, node: sg.Apply, cotangents: Sequence) -> list:
        # Nothing depends on integers smoothly.
        return [None, None]


def hamming_distance(
    b: ir.IRBuilder, node: sg.Apply, inputs: Sequence[IRArray], outputs: Sequence[IRArray]
) -> None:
    """Write the function that the compiled program calls: two loops around an instruction."""
    (x, y), (out,) = inputs, outputs
    with counted(b, x.extents[0]) as i, counted(b, y.extents[0]) as j:
        differ = b.xor(x.load(b, [i]), y.load(b, [j]))
        out.store(b, [i, j], b.ctpop(differ))


register_llvm(HammingDistance, hamming_distance)


def main(count: int = 10_000) -> None:
    x, y = CODES("x"), CODES("y")
    codes = np.random.default_rng(0).integers(0, 2**64, count, dtype="uint64")
    asked = codes[:100] ^ np.uint64(0b1011)
    for mode in ("reference", "llvm"):
        f = sg.function([x, y], T.argmin(HammingDistance()(x, y), axis=1), mode=mode)
        start = perf_counter()
        right = np.mean(f(asked, codes) == np.arange(100))
        print(f"{mode:9s} {1000 * (perf_counter() - start):6.1f} ms: {right:.0%} found")


if __name__ == "__main__":
    main()
