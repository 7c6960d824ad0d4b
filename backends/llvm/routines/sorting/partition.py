"""Divide keys by a pivot, copy them, and pick pivots.

A partition reads keys in order and writes the smaller ones to one region and the others to another,
each in order from its beginning. So it may write over what it has read, and whole vectors may be
written where only some of their lanes count: what follows them is written later, or unused. One of
the regions may be the source."""

from collections.abc import Callable

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64
from symgraph.backends.llvm.routines.matmul.loops import carrying, counted, int64
from symgraph.backends.llvm.routines.sorting.keys import Keys, ones

# Vectors that are read at a time.
UNROLLED = 4
# Vectors of keys of which the median divides short regions, and long ones.
FEW, MANY = 2, 8
# Multiples of what a network sorts from which a region is long.
LONG = 8


def write_partition(function: ir.Function, keys: Keys) -> None:
    """Write `partition(source, low, high, count, pivot)`, which copies keys less than the pivot to
    `low`, and others to `high`; it returns how many are less."""
    source, low, high, count, pivot = function.args
    b = ir.IRBuilder(function.append_basic_block())
    if not keys.compresses:
        b.ret(_by_element(b, keys, source, low, high, count, pivot))
        return
    limit = keys.splat(b, pivot)
    width = keys.count
    rest = b.and_(count, int64(UNROLLED * width - 1))
    whole = b.sub(count, rest)

    def put(x: ir.Value, at: ir.Value, less: ir.Value, own: ir.Value | None) -> ir.Value:
        """Write the lanes of `own`, all if None; return how many are less, with those before."""
        mask = b.icmp_signed("<", x, limit)
        other = b.not_(mask)
        if own is not None:
            mask, other = b.and_(mask, own), b.and_(other, own)
        behind = b.sub(at, less)
        for region, place, chosen in ((low, less, mask), (high, behind, other)):
            bits = keys.bits_of(b, chosen)
            number = ones(b, bits)
            part = None if own is None else keys.first(b, number)
            keys.store(b, keys.to_front(b, x, chosen, bits), keys.at(b, region, place), part)
        return b.add(less, ones(b, keys.bits_of(b, mask)))

    with carrying(b, int64(0), whole, [int64(0)], int64(UNROLLED * width)) as (at, now, following):
        places = [b.add(at, int64(number * width)) for number in range(UNROLLED)]
        vectors = [keys.load(b, keys.at(b, source, place)) for place in places]
        less = now[0]
        for x, place in zip(vectors, places, strict=True):
            less = put(x, place, less, None)
        following.append(less)
    with carrying(b, whole, count, following, int64(width)) as (at, now, following):
        own = keys.first(b, b.sub(count, at))
        x = keys.load(b, keys.at(b, source, at), own)
        following.append(put(x, at, now[0], own))
    b.ret(following[0])


def _by_element(
    b: ir.IRBuilder,
    keys: Keys,
    source: ir.Value,
    low: ir.Value,
    high: ir.Value,
    count: ir.Value,
    pivot: ir.Value,
) -> ir.Value:
    """Write each key to both regions, and go on in one of them."""
    with carrying(b, int64(0), count, [int64(0)]) as (at, now, following):
        x = b.load(keys.at(b, source, at), typ=keys.scalar)
        b.store(x, keys.at(b, low, now[0]))
        b.store(x, keys.at(b, high, b.sub(at, now[0])))
        following.append(b.add(now[0], b.zext(b.icmp_signed("<", x, pivot), I64)))
    return following[0]


def write_copy(
    function: ir.Function, keys: Keys, finish: Callable[[ir.IRBuilder, ir.Value], ir.Value]
) -> None:
    """Write `copy(source, target, count, ...)`, which stores keys finished."""
    source, target, count = function.args[:3]
    b = ir.IRBuilder(function.append_basic_block())
    with counted(b, int64(0), count, int64(keys.count)) as at:
        own = keys.first(b, b.sub(count, at))
        x = keys.load(b, keys.at(b, source, at), own)
        keys.store(b, finish(b, x), keys.at(b, target, at), own)
    b.ret_void()


def write_pivot(function: ir.Function, keys: Keys, small_sort: ir.Function, raw: int) -> None:
    """Write `pivot(source, room, count)`, the median of some keys, which it collects in `room`.
    `raw` is the word by which `small_sort` leaves them as they are."""
    source, room, count = function.args
    b = ir.IRBuilder(function.append_basic_block())
    is_long = b.icmp_signed(">=", count, int64(LONG * keys.rows * keys.count))
    few, many = (vectors * keys.count for vectors in (FEW, MANY))
    number = b.select(is_long, int64(many), int64(few))
    shift = b.select(is_long, int64(many.bit_length() - 1), int64(few.bit_length() - 1))
    step = b.lshr(count, shift)
    with counted(b, int64(0), number) as index:
        at = b.add(b.mul(index, step), b.lshr(step, int64(1)))
        b.store(b.load(keys.at(b, source, at), typ=keys.scalar), keys.at(b, room, index))
    b.call(small_sort, [room, room, number, ir.Constant(keys.scalar, raw)])
    b.ret(b.load(keys.at(b, room, b.lshr(number, int64(1))), typ=keys.scalar))
