"""Move numbers between lanes: transpose squares, and sum across lanes."""

from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I32
from symgraph.backends.llvm.routines.matmul.vectors import Lanes

# Bytes within which processors permute lanes most cheaply.
SEGMENT = 16


def transposed(b: ir.IRBuilder, lanes: Lanes, rows: Sequence[ir.Value]) -> list[ir.Value]:
    """Return the columns of a square of as many vectors as one has lanes.

    First within segments, by interleaving pairs of vectors; then whole segments. Other orders would
    do as well, but these steps are single instructions, which LLVM recognises at once.
    """
    size, segment = lanes.count, SEGMENT // lanes.size
    square = list(rows)
    run = 1
    while run < segment:
        for i in (i for i in range(size) if not i & run):
            pair = square[i], square[i + run]
            low = [
                lane + other * size
                for start in range(0, size, segment)
                for first in range(start, start + segment // 2, run)
                for other in (0, 1)
                for lane in range(first, first + run)
            ]
            high = [pick + segment // 2 for pick in low]
            square[i], square[i + run] = _picked(b, *pair, low), _picked(b, *pair, high)
        run *= 2
    bits = segment.bit_length() - 1
    columns: list[ir.Value] = [None] * size
    for position in range(segment):
        # Interleaving left the columns of a segment in bit-reversed order.
        column = int(f"{position:0{bits}b}"[::-1], 2) if bits else 0
        columns[column::segment] = _segments(b, size, segment, square[position::segment])
    return columns


def _segments(
    b: ir.IRBuilder, size: int, segment: int, vectors: Sequence[ir.Value]
) -> list[ir.Value]:
    """Return vectors of the first segments of all, of the second of all, and so on."""
    if len(vectors) == 1:
        return list(vectors)
    even = [start + i for start in range(0, 2 * size, 2 * segment) for i in range(segment)]
    odd = [pick + segment for pick in even]
    pairs = list(zip(vectors[::2], vectors[1::2], strict=True))
    result: list[ir.Value] = [None] * len(vectors)
    result[::2] = _segments(b, size, segment, [_picked(b, *pair, even) for pair in pairs])
    result[1::2] = _segments(b, size, segment, [_picked(b, *pair, odd) for pair in pairs])
    return result


def across(b: ir.IRBuilder, lanes: Lanes, vectors: Sequence[ir.Value]) -> ir.Value:
    """Return a vector whose lane i is the sum of the lanes of vectors[i]; other lanes are
    arbitrary.

    Pairs of vectors become one vector of the sums of both's halves, repeatedly: log2 steps of half
    as many.
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
    """Return selected lanes of two vectors, those of the second numbered after the first's."""
    return b.shuffle_vector(x, y, ir.Constant(ir.VectorType(I32, len(lanes)), list(lanes)))
