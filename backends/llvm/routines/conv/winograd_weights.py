"""Write the transforms of the kernel: before products with it, and after products for it."""

from llvmlite import ir
from symgraph.backends.llvm.routines.conv.squares import Piece
from symgraph.backends.llvm.routines.conv.transforms import transposed
from symgraph.backends.llvm.routines.conv.winograd import Tiles, Winograd
from symgraph.backends.llvm.routines.matmul.loops import carrying, counted, int64, polling


def write_weights(function: ir.Function, spec: Winograd) -> None:
    """Write the kernel's transform; cells are vectors of rows of the products: weights[block, p, q,
    row] for all q, with zeros in the padding rows of the last block."""
    t = Tiles(function, spec)
    b, w, lanes, count = t.b, t.words, t.lanes, t.lanes.count
    by_row, by_inner = ("kernel_k", "kernel_c")[:: -1 if spec.computes == "image" else 1]
    with (
        polling(b, t.begin, t.end) as cell,
        counted(b, int64(0), t.inner) as q,
    ):
        first = b.mul(cell, int64(count))
        _gather(t, first, w[by_row], b.mul(q, w[by_inner]))

        def load(y: ir.Value, x: int) -> ir.Value:
            place = b.add(t.place((y, spec.tap * count)), int64(x * count))
            return lanes.load(b, t.at(t.second, place))

        t.transform_rows(t.matrices["G"], spec.tap, load, spec.side)

        def store(y: int, x: ir.Value, vector: ir.Value) -> None:
            place = b.add(x, int64(y * spec.side))
            lanes.store(b, vector, t.at(t.second, b.mul(place, int64(count))))

        t.transform_columns(t.matrices["G"], spec.side, spec.side, store)
        _scatter(t, first, q)
    b.ret_void()


def _gather(t: Tiles, first: ir.Value, step: ir.Value, start: ir.Value) -> None:
    """Load the kernels of as many rows as lanes into the second square; zeros after the last
    row."""
    b, w, lanes, spec, count = t.b, t.words, t.lanes, t.spec, t.lanes.count
    base = t.at(w["kernel"], start)
    with counted(b, int64(0), int64(count)) as lane:
        row = b.add(first, lane)
        there = b.icmp_signed("<", row, t.rows)
        source = t.at(base, b.mul(b.select(there, row, int64(0)), step))
        with counted(b, int64(0), int64(spec.tap)) as y:
            for x in range(spec.tap):
                at = b.add(b.mul(y, w["kernel_0"]), b.mul(int64(x), w["kernel_1"]))
                value = lanes.element(b, t.at(source, at))
                value = b.select(there, value, ir.Constant(lanes.real, 0.0))
                place = b.add(t.place((y, spec.tap * count)), int64(x * count))
                b.store(value, t.at(t.second, b.add(place, lane)))


def _scatter(t: Tiles, first: ir.Value, q: ir.Value) -> None:
    """Store the second square at the places of its rows among the weights."""
    b, w, lanes, spec, count = t.b, t.words, t.lanes, t.spec, t.lanes.count
    plane = t.times(t.inner, spec.height)
    if spec.height % count == 0:
        block, row = b.sdiv(first, int64(spec.height)), b.srem(first, int64(spec.height))
        place = t.place((block, t.times(plane, spec.positions)), (q, spec.height))
        target = t.at(t.weights, b.add(place, row))
        with counted(b, int64(0), int64(spec.positions)) as p:
            vector = lanes.load(b, t.at(t.second, b.mul(p, int64(count))))
            lanes.store(b, vector, t.at(target, b.mul(p, plane)))
        return
    if count % spec.height == 0:
        _scatter_pieces(t, first, q)
        return
    last = t.least(b.sub(t.times(w["row_blocks"], spec.height), first), int64(count))
    with counted(b, int64(0), last) as lane:
        number = b.add(first, lane)
        block, row = b.sdiv(number, int64(spec.height)), b.srem(number, int64(spec.height))
        place = t.place((block, t.times(plane, spec.positions)), (q, spec.height))
        target = t.at(t.weights, b.add(place, row))
        source = t.at(t.second, lane)
        with counted(b, int64(0), int64(spec.positions)) as p:
            value = lanes.element(b, t.at(source, b.mul(p, int64(count))))
            b.store(value, t.at(target, b.mul(p, plane)))


def _scatter_pieces(t: Tiles, first: ir.Value, q: ir.Value) -> None:
    """Store it where the rows of a vector belong to several blocks."""
    b, w, spec, count = t.b, t.words, t.spec, t.lanes.count
    plane = t.times(t.inner, spec.height)
    piece = Piece(spec.dtype, spec.height)
    block = b.sdiv(first, int64(spec.height))
    blocks = t.least(b.sub(w["row_blocks"], block), int64(count // spec.height))
    with counted(b, int64(0), blocks) as number:
        place = t.place((b.add(block, number), t.times(plane, spec.positions)), (q, spec.height))
        target = t.at(t.weights, place)
        source = t.at(t.second, b.mul(number, int64(spec.height)))
        with counted(b, int64(0), int64(spec.positions)) as p:
            values = piece.load(b, t.at(source, b.mul(p, int64(count))))
            piece.store(b, values, t.at(target, b.mul(p, plane)))


def write_sum(function: ir.Function, spec: Winograd) -> None:
    """Write the sum of all cells, transformed back, for all output channels; cells are input
    channels."""
    t = Tiles(function, spec)
    b, w, lanes, count = t.b, t.words, t.lanes, t.lanes.count
    matrix = transposed(t.matrices["G"])
    plane = t.times(w["tall"], w["wide"])
    size = t.times(plane, spec.positions)
    # The sums lie at the end of each cell's memory.
    sums = t.at(w["scratch"], b.sub(b.add(w["shared"], w["slot"]), size))
    with (
        polling(b, t.begin, t.end) as channel,
        counted(b, int64(0), w["wide"], int64(count)) as first,
    ):
        start = t.at(sums, b.add(t.place((channel, w["wide"])), first))

        def load(y: ir.Value, x: int) -> ir.Value:
            place = b.add(t.place((y, t.times(plane, spec.side))), t.times(plane, x))
            zeros = [lanes.zero()]
            with carrying(b, int64(0), w["cells"], zeros) as (cell, total, following):
                at = t.at(start, b.add(place, b.mul(cell, w["slot"])))
                following.append(b.fadd(total[0], lanes.load(b, at)))
            result: ir.Value = following[0]
            return result

        t.transform_rows(matrix, spec.side, load, spec.tap)

        def store(y: int, x: ir.Value, vector: ir.Value) -> None:
            place = b.add(x, int64(y * spec.tap))
            lanes.store(b, vector, t.at(t.second, b.mul(place, int64(count))))

        t.transform_columns(matrix, spec.tap, spec.tap, store)
        _spread(t, channel, first)
    b.ret_void()


def _spread(t: Tiles, channel: ir.Value, first: ir.Value) -> None:
    """Store the second square in the kernels of as many output channels as lanes."""
    b, w, lanes, spec, count = t.b, t.words, t.lanes, t.spec, t.lanes.count
    there = t.least(b.sub(w["maps"], first), int64(count))
    target = t.at(w["kernel"], b.mul(channel, w["kernel_c"]))
    with counted(b, int64(0), there) as lane:
        kernel = t.at(target, b.mul(b.add(first, lane), w["kernel_k"]))
        with counted(b, int64(0), int64(spec.tap**2)) as place:
            value = lanes.element(b, t.at(t.second, b.add(b.mul(place, int64(count)), lane)))
            b.store(value, t.at(kernel, place))
