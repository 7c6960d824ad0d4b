"""Copy the part of an image under a strip to scratch memory, and add such a copy to the image."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from llvmlite import ir
from symgraph.backends.llvm.routines.conv.direct import Unit
from symgraph.backends.llvm.routines.conv.strided import Strided
from symgraph.backends.llvm.routines.matmul.loops import counted, int64
from symgraph.backends.llvm.routines.matmul.vectors import Lanes


class Row(NamedTuple):
    """A line of a copy along the last axis: its address there, and that of the image's line, at
    whose element `first` it begins; whether the image has that line."""

    copy: ir.Value
    line: ir.Value
    first: ir.Value
    length: ir.Value
    there: ir.Value


Move = Callable[[Unit, Row], None]
# The largest stride for which elements are separated from vectors.
WIDEST_STEP = 4


def copy_patches(
    u: Unit, image: ir.Value, patches: ir.Value, strip: ir.Value, channels: ir.Value
) -> None:
    """Copy `channels` channels of one image, with zeros outside the image."""
    first, rows = u.strip(strip)
    move = _moves(u, _copy_run, _copy_steps, _copy_by_element)
    with _rows(u, image, patches, (first, rows, channels)) as row:
        move(u, row)


def add_patches(
    u: Unit, image: ir.Value, patches: ir.Value, strip: ir.Value, channels: ir.Value
) -> None:
    """Add each element of the copy to the one that it would be copied from, the copy's adjoint."""
    first, rows = u.strip(strip)
    move = _moves(u, _add_run, _add_steps, _add_by_element)
    with _rows(u, image, patches, (first, rows, channels)) as row, u.b.if_then(row.there):
        move(u, row)


def _moves(u: Unit, run: Move, steps: Move, by_element: Move) -> Move:
    """Return what moves lines of the image: contiguously, with small strides, or by element."""
    if not u.spec.in_rows or u.spec.strides[-1] > WIDEST_STEP:
        return by_element
    return run if u.spec.strides[-1] == 1 else steps


@contextmanager
def _rows(
    u: Unit, image: ir.Value, patches: ir.Value, part: tuple[ir.Value, ir.Value, ir.Value]
) -> Iterator[Row]:
    """Yield all lines of the copies, in order, of a part: its first row, its rows and channels."""
    b, w, spec = u.b, u.words, u.spec
    first, rows, channels = part
    with ExitStack() as loops:

        def loop(extent: ir.Value) -> ir.Value:
            return loops.enter_context(counted(b, int64(0), extent))

        channel = loop(channels)
        taps = {axis: loop(w[f"tap{axis}"]) for axis in u.copied}
        copy: ir.Value = int64(0)
        for axis, tap in taps.items():
            copy = b.add(b.mul(copy, w[f"tap{axis}"]), tap)
        place = b.add(b.mul(channel, u.plane), b.mul(copy, u.run))
        extents = [b.add(rows, u.halo), *(w[f"out{axis}"] for axis in range(1, spec.rank))]
        line = u.at(image, b.mul(channel, w["image_c"]))
        there: ir.Value | None = None
        number: ir.Value = int64(0)
        # Strips cut the first axis.
        starts = [first, *[int64(0)] * (spec.rank - 1)]
        for axis in range(spec.rank - 1):
            index = loop(extents[axis])
            number = b.add(b.mul(number, extents[axis]), index)
            at = _coordinate(u, axis, b.add(starts[axis], index), taps)
            line = u.at(line, b.mul(at, w[f"image_{axis}"]))
            inside = b.icmp_unsigned("<", at, w[f"in{axis}"])
            there = inside if there is None else b.and_(there, inside)
        last = spec.rank - 1
        place = b.add(place, b.mul(number, extents[last]))
        begin = _coordinate(u, last, starts[last], taps)
        there = ir.Constant(ir.IntType(1), 1) if there is None else there
        yield Row(u.at(patches, place), line, begin, extents[last], there)


def _coordinate(u: Unit, axis: int, place: ir.Value, taps: dict[int, ir.Value]) -> ir.Value:
    """Return the image's coordinate for a place of the output and the kernel position of its
    copy."""
    b, spec = u.b, u.spec
    at = b.sub(b.mul(place, int64(spec.strides[axis])), u.words[f"before{axis}"])
    if axis in taps:
        at = b.add(at, b.mul(taps[axis], int64(spec.dilations[axis])))
    return at


def _bounds(u: Unit, row: Row) -> tuple[ir.Value, ir.Value]:
    """Return the part of a line inside the image, for a stride of 1."""
    b = u.b
    low = u.most(b.neg(row.first), int64(0))
    high = u.least(b.sub(u.words[f"in{u.spec.rank - 1}"], row.first), row.length)
    return low, b.select(row.there, high, int64(0))


def _copy_run(u: Unit, row: Row) -> None:
    """Copy a line by vectors. What they write after its end is overwritten by the next line."""
    b, lanes = u.b, u.lanes
    step = int64(lanes.count)
    low, high = _bounds(u, row)
    source = u.at(row.line, row.first)
    whole = b.and_(b.icmp_signed("==", low, int64(0)), b.icmp_signed("==", high, row.length))
    with b.if_else(whole) as (then, orelse):
        with then:
            end = b.sub(row.length, b.srem(row.length, step))
            with counted(b, int64(0), end, step) as i:
                lanes.store(b, lanes.load(b, u.at(source, i)), u.at(row.copy, i))
            with b.if_then(b.icmp_signed("<", end, row.length)):
                mask = lanes.mask(b, b.sub(row.length, end))
                lanes.store(b, lanes.load(b, u.at(source, end), mask), u.at(row.copy, end))
        with orelse, counted(b, int64(0), row.length, step) as i:
            behind = lanes.mask(b, b.sub(high, i))
            before = lanes.mask(b, b.sub(low, i))
            mask = b.and_(behind, b.not_(before))
            lanes.store(b, lanes.load(b, u.at(source, i), mask), u.at(row.copy, i))


def _add_run(u: Unit, row: Row) -> None:
    b, lanes = u.b, u.lanes
    step = int64(lanes.count)
    low, high = _bounds(u, row)
    target = u.at(row.line, row.first)
    end = b.add(low, b.mul(b.sdiv(b.sub(high, low), step), step))
    end = u.most(end, low)

    def add(i: ir.Value, mask: ir.Value | None) -> None:
        total = b.fadd(lanes.load(b, u.at(target, i), mask), lanes.load(b, u.at(row.copy, i), mask))
        lanes.store(b, total, u.at(target, i), mask)

    with counted(b, low, end, step) as i:
        add(i, None)
    with b.if_then(b.icmp_signed("<", end, high)):
        add(end, lanes.mask(b, b.sub(high, end)))


def _steps(u: Unit, row: Row) -> Iterator[tuple[ir.Value, ir.Value, ir.Value, ir.Value]]:
    """Yield for vectors of a line: the first element's number, its address in the image, and the
    range of elements from there on that are inside the image."""
    b, last = u.b, u.spec.rank - 1
    with counted(b, int64(0), row.length, int64(u.lanes.count)) as i:
        first = b.add(row.first, b.mul(i, int64(u.spec.strides[last])))
        left = b.mul(b.sub(row.length, i), int64(u.spec.strides[last]))
        high = u.least(b.sub(u.words[f"in{last}"], first), left)
        high = b.select(row.there, high, int64(0))
        yield i, u.at(row.line, first), b.neg(first), high


def _copy_steps(u: Unit, row: Row) -> None:
    strided = Strided(u.b, u.lanes, 1, u.spec.strides[-1])
    for i, line, low, high in _steps(u, row):
        u.lanes.store(u.b, strided.between(line, low, high), u.at(row.copy, i))


def _add_steps(u: Unit, row: Row) -> None:
    strided = Strided(u.b, u.lanes, 1, u.spec.strides[-1])
    for i, line, low, high in _steps(u, row):
        vector = u.lanes.load(u.b, u.at(row.copy, i), u.lanes.mask(u.b, u.b.sub(row.length, i)))
        strided.add_between(vector, line, low, high)


def _elements(
    u: Unit, row: Row, then: Callable[[ir.Value, ir.Value], None], orelse: Callable | None
) -> None:
    """Call `then` for each element of a line with its places in the copy and in the image, or
    `orelse` where it is outside the image."""
    b, w, last = u.b, u.words, u.spec.rank - 1
    with counted(b, int64(0), row.length) as i:
        at = b.add(row.first, b.mul(i, int64(u.spec.strides[last])))
        inside = b.and_(row.there, b.icmp_unsigned("<", at, w[f"in{last}"]))
        source = u.at(row.line, b.mul(at, w[f"image_{last}"]))
        target = u.at(row.copy, i)
        with b.if_else(inside) as (yes, no):
            with yes:
                then(target, source)
            with no:
                if orelse is not None:
                    orelse(target)


def _copy_by_element(u: Unit, row: Row) -> None:
    b, lanes = u.b, u.lanes
    _elements(
        u,
        row,
        lambda copy, image: b.store(lanes.element(b, image), copy),
        lambda copy: b.store(ir.Constant(lanes.real, 0.0), copy),
    )


def _add_by_element(u: Unit, row: Row) -> None:
    b, lanes = u.b, u.lanes

    def add(copy: ir.Value, image: ir.Value) -> None:
        b.store(b.fadd(lanes.element(b, image), lanes.element(b, copy)), image)

    _elements(u, row, add, None)


def fill(b: ir.IRBuilder, lanes: Lanes, pointer: ir.Value, count: ir.Value) -> None:
    """Write zeros."""
    step = int64(lanes.count)
    end = b.sub(count, b.srem(count, step))
    with counted(b, int64(0), end, step) as i:
        lanes.store(b, lanes.zero(), lanes.at(b, pointer, i))
    with counted(b, end, count) as i:
        b.store(ir.Constant(lanes.real, 0.0), lanes.at(b, pointer, i))
