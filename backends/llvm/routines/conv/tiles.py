"""The tiles of the three products with patches: sums that stay in registers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.routines.conv.direct import Unit
from symgraph.backends.llvm.routines.matmul.lane_moves import across
from symgraph.backends.llvm.routines.matmul.loops import carrying, counted, int64, settled
from symgraph.backends.llvm.routines.matmul.outer import HEIGHTS, block_height

# Rows of the tiles for the remainder where the number of rows is unknown.
REST = 2
# Rows and columns of tiles of dot products, by the number of registers.
SQUARE = {32: (5, 5), 16: (3, 3)}
# The same for a single row: the columns are the taps of a 3 x 3 kernel.
ROW = (1, 9)


def panel_width(u: Unit) -> int:
    """Return the vectors of a panel of places."""
    widest = max(HEIGHTS[target().vector_registers])
    places = u.spec.places
    if places is None:
        return min(widest, 3)
    vectors = max(-(-places // u.lanes.count), 1)
    # Prefer the least remainder, which single vectors compute, then the widest panel.
    return min(range(widest, 0, -1), key=lambda width: vectors % width)


def panels(u: Unit, count: ir.Value) -> Iterator[tuple[ir.Value, list[ir.Value | None]]]:
    """Loop over so many places: panels of the best width, then single vectors, the last of which
    may be partial. Yields the first place of each, and the masks of its vectors."""
    b, lanes = u.b, u.lanes
    width = panel_width(u)
    step = int64(width * lanes.count)
    wide = b.sub(count, b.srem(count, step))
    with counted(b, int64(0), wide, step) as place:
        yield place, [None] * width
    if u.spec.places is None or u.spec.places % (width * lanes.count):
        with counted(b, wide, count, int64(lanes.count)) as place:
            yield place, [lanes.mask(b, b.sub(count, place))]


def blocks(
    u: Unit, count: ir.Value, known: int | None, width: int
) -> Iterator[tuple[ir.Value, int, ir.Value | None]]:
    """Loop over so many rows in tiles: yields the first row, the tile's height, and the number of
    its rows that exist where that is not all of them."""
    b = u.b
    height = block_height(known, width)
    whole = b.sub(count, b.srem(count, int64(height)))
    with counted(b, int64(0), whole, int64(height)) as row:
        yield row, height, None
    if known is not None:
        if known % height:
            yield int64(known - known % height), known % height, None
    elif height > 1:
        rest = min(REST, height)
        with counted(b, whole, count, int64(rest)) as row:
            yield row, rest, b.sub(count, row)


def clamped(u: Unit, number: int, limit: ir.Value | None) -> ir.Value:
    """Return a row of a tile; rows after the last one repeat it."""
    if limit is None or number == 0:
        return int64(number)
    return u.least(int64(number), u.b.sub(limit, int64(1)))


@contextmanager
def guarded(u: Unit, number: int, limit: ir.Value | None) -> Iterator[None]:
    """Run the body for a row of a tile only if that row exists."""
    if limit is None or number == 0:
        yield
        return
    with u.b.if_then(u.b.icmp_signed("<", int64(number), limit)):
        yield


def multiply(
    u: Unit,
    sums: Sequence[ir.Value],
    factors: Sequence[ir.Value],
    vectors: Sequence[ir.Value],
) -> list[ir.Value]:
    """Return sums[i][j] + factors[i] * vectors[j], in one list; factors are addresses."""
    b, lanes, count = u.b, u.lanes, len(vectors)
    made = []
    for i, pointer in enumerate(factors):
        factor = lanes.broadcast(b, pointer)
        for j, vector in enumerate(vectors):
            made.append(lanes.multiply_add(b, factor, vector, sums[i * count + j]))
    return made


def output_tile(
    u: Unit, weights: Sequence[ir.Value], patches: ir.Value, width: int
) -> list[ir.Value]:
    """Return rows of the output at a panel of places, summed over all kernel positions."""
    b, lanes, w = u.b, u.lanes, u.words
    zeros = [lanes.zero()] * (len(weights) * width)
    with carrying(b, int64(0), w["channels"], zeros) as (channel, sums, following):
        plane = settled(b, u.at(patches, b.mul(channel, u.plane)))
        first = b.mul(channel, w["kernel_c"])
        rows = [settled(b, u.at(x, first)) for x in weights]
        with carrying(b, int64(0), u.taps, sums) as (tap, inner, next_inner):
            row = u.at(plane, u.look_up(tap, 0))
            offset = u.look_up(tap, 1)
            vectors = [lanes.load(b, u.at(row, int64(j * lanes.count))) for j in range(width)]
            next_inner += multiply(u, inner, [u.at(x, offset) for x in rows], vectors)
        following += next_inner
    return following


def patch_tile(
    u: Unit, weights: Sequence[ir.Value], output: ir.Value, masks: Sequence[ir.Value | None]
) -> list[ir.Value]:
    """Return rows of the patches at a panel of places, summed over all rows of the output."""
    b, lanes, w = u.b, u.lanes, u.words
    zeros = [lanes.zero()] * (len(weights) * len(masks))
    output, rows = settled(b, output), [settled(b, x) for x in weights]
    with carrying(b, int64(0), w["maps"], zeros) as (k, sums, following):
        row = u.at(output, b.mul(k, w["output_k"]))
        vectors = [
            lanes.load(b, u.at(row, int64(j * lanes.count)), mask) for j, mask in enumerate(masks)
        ]
        offset = b.mul(k, w["kernel_k"])
        following += multiply(u, sums, [u.at(x, offset) for x in rows], vectors)
    return following


class Run(NamedTuple):
    """The range of dot products: places of so many images, whose patches are `size` apart."""

    places: ir.Value
    images: ir.Value
    size: ir.Value


def dot_tile(
    u: Unit, outputs: Sequence[ir.Value], patches: Sequence[ir.Value], run: Run
) -> list[ir.Value]:
    """Return dot products of rows of the output with rows of patches: for each of the former a
    vector whose lanes are those with the latter."""
    b, lanes, w = u.b, u.lanes, u.words
    step = int64(lanes.count)
    whole = b.sub(run.places, b.srem(run.places, step))
    columns = len(patches)

    outputs, patches = ([settled(b, x) for x in arrays] for arrays in (outputs, patches))

    def iteration(
        place: ir.Value, image: ir.Value, sums: Sequence[ir.Value], mask: ir.Value | None
    ) -> list[ir.Value]:
        here = b.add(b.mul(image, w["output_n"]), place)
        there = b.add(b.mul(image, run.size), place)
        seen = [lanes.load(b, u.at(x, there), mask) for x in patches]
        made = []
        for i, x in enumerate(outputs):
            row = lanes.load(b, u.at(x, here), mask)
            for j, column in enumerate(seen):
                made.append(lanes.multiply_add(b, row, column, sums[i * columns + j]))
        return made

    zeros = [lanes.zero()] * (len(outputs) * columns)
    with carrying(b, int64(0), run.images, zeros) as (image, sums, following):
        with carrying(b, int64(0), whole, sums, step) as (place, values, made):
            made += iteration(place, image, values, None)
        if u.spec.places is None or u.spec.places % lanes.count:
            mask = lanes.mask(b, b.sub(run.places, whole))
            with carrying(b, whole, run.places, made, step) as (place, values, rest):
                rest += iteration(place, image, values, mask)
            made = rest
        following += made
    rows = range(0, len(following), columns)
    return [across(b, lanes, following[i : i + columns]) for i in rows]
