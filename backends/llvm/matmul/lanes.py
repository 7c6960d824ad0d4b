"""What moves numbers between lanes: squares transposed, and sums across lanes."""

from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm.blocks import I32
from symgraph.backends.llvm.matmul.vectors import Lanes


def transposed(b: ir.IRBuilder, lanes: Lanes, rows: Sequence[ir.Value]) -> list[ir.Value]:
    """The columns of a square of as many vectors as one has lanes.

    For each power of two d, the lanes at distance d are exchanged between vectors at distance d.
    """
    size = lanes.count
    square = list(rows)
    distance = 1
    while distance < size:
        low = [lane + (size if lane & distance else 0) - (lane & distance) for lane in range(size)]
        high = [pick + distance for pick in low]
        for i in range(size):
            if not i & distance:
                pair = square[i], square[i + distance]
                square[i], square[i + distance] = (_picked(b, *pair, p) for p in (low, high))
        distance *= 2
    return square


def across(b: ir.IRBuilder, lanes: Lanes, vectors: Sequence[ir.Value]) -> ir.Value:
    """A vector whose lane i is the sum of the lanes of vectors[i]; other lanes are anything.

    Two vectors become one of both's sums of halves, again and again: log2 steps of half as many.
    """
    size = lanes.count
    undefined = ir.Constant(lanes.type, ir.Undefined)
    level: list[ir.Value] = list(vectors)
    group = size
    while group > 1:
        half = group // 2
        # Groups of `group` lanes of the first vector, then of the second, and their halves.
        low = [start + i for start in range(0, 2 * size, group) for i in range(half)]
        high = [pick + half for pick in low]
        level += [undefined] * (len(level) % 2)
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [b.fadd(_picked(b, x, y, low), _picked(b, x, y, high)) for x, y in pairs]
        group = half
    return level[0]


def _picked(b: ir.IRBuilder, x: ir.Value, y: ir.Value, lanes: Sequence[int]) -> ir.Value:
    """Lanes of two vectors, those of the second counted on."""
    return b.shuffle_vector(x, y, ir.Constant(ir.VectorType(I32, len(lanes)), list(lanes)))
