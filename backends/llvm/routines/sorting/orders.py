"""Find the indices that sort the numbers of rows, equal ones in their order.

The key of a number and its index in the row are packed into one key of 64 bits, so that all are
different and sorting them keeps equal numbers in order. Where both do not fit, only the first bits
of the differences from the least key are packed; then the numbers that agree in these are sorted by
the rest."""

from collections.abc import Callable
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64
from symgraph.backends.llvm.routines.matmul.loops import carrying, counted, int64
from symgraph.backends.llvm.routines.sorting.keys import I1, Keys, intrinsic
from symgraph.backends.llvm.routines.sorting.numbers import Numbers
from symgraph.backends.llvm.routines.sorting.quicksort import Quicksort
from symgraph.backends.llvm.routines.sorting.repetition import repeating

SIGN = 1 << 63
INDEX_BITS = 32


@dataclass(frozen=True)
class Order:
    """The specification of a routine that finds the order of rows. `divisions`: see `Quicksort`."""

    dtype: str
    divisions: int = 2


def write_order(function: ir.Function, spec: Order) -> None:
    """Write `order(x, out, scratch, rows, count)`: `out` and a row of scratch memory are int64."""
    x, out, scratch, rows, count = function.args
    writer = _Writer(function, spec)
    b = writer.b
    with counted(b, int64(0), rows) as row:
        first = b.mul(row, count)
        given = b.gep(x, [first], source_etype=writer.numbers.type)
        target = b.gep(out, [first], source_etype=I64)
        writer.row(given, target, scratch, count)
    b.ret_void()


class _Writer:
    def __init__(self, function: ir.Function, spec: Order) -> None:
        self.numbers = Numbers(spec.dtype)
        # Vectors of packed keys, and as many numbers.
        self.keys = Keys(64)
        self.type = ir.VectorType(self.numbers.type, self.keys.count)

        def index(b: ir.IRBuilder, key: ir.Value, mask: ir.Value) -> ir.Value:
            return b.and_(key, mask)

        self.sorting = Quicksort(function.module, self.keys, index, -1, spec.divisions)
        self.b = ir.IRBuilder(function.append_basic_block())

    def _load(self, given: ir.Value, at: ir.Value, own: ir.Value) -> ir.Value:
        """Return the keys of numbers."""
        pointer = self.b.gep(given, [at], source_etype=self.numbers.type)
        x = self.keys.load(self.b, pointer, own, self.type)
        return self.numbers.key(self.b, x, True)

    def _indices(self, at: ir.Value) -> ir.Value:
        steps = ir.Constant(self.keys.type, list(range(self.keys.count)))
        return self.b.add(self.keys.splat(self.b, at), steps)

    def row(self, given: ir.Value, target: ir.Value, scratch: ir.Value, count: ir.Value) -> None:
        """Write the search for the order of a row, which needs no sorting where it is in order."""
        b, keys = self.b, self.keys
        with b.if_else(self._is_sorted(given, count)) as (in_order, others):
            with in_order, counted(b, int64(0), count, int64(keys.count)) as at:
                own = keys.first(b, b.sub(count, at))
                keys.store(b, self._indices(at), keys.at(b, target, at), own)
            with others:
                pack = self._pack if self.numbers.keys.bits == INDEX_BITS else self._pack_first
                pack(given, target, scratch, count)

    def _is_sorted(self, given: ir.Value, count: ir.Value) -> ir.Value:
        """Return whether a long row is in order; for short ones it takes as long to sort them."""
        b, keys = self.b, self.keys
        is_long = b.icmp_signed(">", count, int64(keys.rows * keys.count))
        end = b.select(is_long, count, int64(0))
        with repeating(b, [int64(0)]) as loop:
            (at,) = loop.values
            behind = b.add(at, int64(1))
            loop.leave_if(b.icmp_signed(">=", behind, end))
            own = keys.first(b, b.sub(count, behind))
            here, next = (self._load(given, place, own) for place in (at, behind))
            descends = keys.bits_of(b, b.and_(own, b.icmp_signed("<", next, here)))
            loop.leave_if(b.icmp_signed("!=", descends, int64(0)))
            loop.again([b.add(at, int64(keys.count))])
        return b.and_(is_long, b.icmp_signed(">=", behind, end))

    def _pack(self, given: ir.Value, target: ir.Value, scratch: ir.Value, count: ir.Value) -> None:
        """Sort numbers of 32 bits, packed whole with their indices."""
        b, keys = self.b, self.keys

        def packed(at: ir.Value, own: ir.Value) -> ir.Value:
            key = b.sext(self._load(given, at, own), keys.type)
            return b.or_(b.shl(key, keys.constant(INDEX_BITS)), self._indices(at))

        self._sort(packed, target, scratch, count, int64(2**INDEX_BITS - 1))

    def _sort(
        self,
        packed: Callable[[ir.Value, ir.Value], ir.Value],
        target: ir.Value,
        scratch: ir.Value,
        count: ir.Value,
        word: ir.Value,
    ) -> None:
        """Sort the packed keys of each place, of which some lanes count."""
        b, keys = self.b, self.keys

        def make(pointer: ir.Value, whole: bool) -> None:
            with counted(b, int64(0), count, int64(keys.count)) as at:
                own = keys.first(b, b.sub(count, at))
                place = keys.at(b, pointer, at)
                keys.store(b, packed(at, own), place, None if whole else own)

        self.sorting.sort_made(b, make, target, scratch, count, word)

    def _pack_first(
        self, given: ir.Value, target: ir.Value, scratch: ir.Value, count: ir.Value
    ) -> None:
        """Sort numbers of 64 bits, of which the first bits are packed with their indices."""
        b, keys = self.b, self.keys
        least, most = self._range(given, count)
        bits = b.sub(int64(64), self._leading(b.sub(count, int64(1))))
        dropped = b.sub(b.sub(int64(64), self._leading(b.sub(most, least))), b.sub(int64(64), bits))
        dropped = b.select(b.icmp_signed("<", dropped, int64(0)), int64(0), dropped)
        split = _Split(least, bits, dropped)
        vectors = _Split(*(keys.splat(b, v) for v in split.values))

        def packed(at: ir.Value, own: ir.Value) -> ir.Value:
            high = b.lshr(b.sub(self._load(given, at, own), vectors.least), vectors.dropped)
            both = b.or_(b.shl(high, vectors.bits), self._indices(at))
            return b.xor(both, keys.constant(SIGN))

        mask = b.sub(b.shl(int64(1), bits), int64(1))
        fits = b.icmp_signed("==", dropped, int64(0))
        self._sort(packed, target, scratch, count, b.select(fits, mask, int64(-1)))
        with b.if_then(b.not_(fits)):
            self._sort_rest(given, target, scratch, count, split, mask)

    def _leading(self, x: ir.Value) -> ir.Value:
        """Return how many leading bits of a number are 0."""
        return intrinsic(self.b, "llvm.ctlz.i64", I64, [x, ir.Constant(I1, 0)])

    def _range(self, given: ir.Value, count: ir.Value) -> tuple[ir.Value, ir.Value]:
        """Return the least and the largest key."""
        b, keys = self.b, self.keys
        init = [keys.constant(keys.largest), keys.constant(-keys.largest - 1)]
        with carrying(b, int64(0), count, init, int64(keys.count)) as (at, now, following):
            own = keys.first(b, b.sub(count, at))
            key = self._load(given, at, own)
            least, most = (b.select(own, key, each) for each in init)
            following += [keys.smaller(b, now[0], least), keys.larger(b, now[1], most)]
        least, most = following
        return (
            intrinsic(b, f"llvm.vector.reduce.smin.v{keys.count}i64", I64, [least]),
            intrinsic(b, f"llvm.vector.reduce.smax.v{keys.count}i64", I64, [most]),
        )

    def _sort_rest(
        self,
        given: ir.Value,
        target: ir.Value,
        scratch: ir.Value,
        count: ir.Value,
        split: "_Split",
        mask: ir.Value,
    ) -> None:
        """Sort numbers whose packed bits agree by the others, and leave their indices."""
        b, keys = self.b, self.keys
        masks = keys.splat(b, mask)
        with repeating(b, [int64(0)]) as loop:
            (at,) = loop.values
            loop.leave_if(b.icmp_signed(">=", at, count))
            ahead = b.add(at, int64(keys.count))
            with b.if_then(b.icmp_signed("<", ahead, count)):
                here = keys.load(b, keys.at(b, target, at))
                next = keys.load(b, keys.at(b, target, b.add(at, int64(1))))
                agree = keys.bits_of(b, b.icmp_unsigned("<=", b.xor(here, next), masks))
                with b.if_then(b.icmp_signed("==", agree, int64(0))):
                    keys.store(b, b.and_(here, masks), keys.at(b, target, at))
                    loop.again([ahead])
            end = self._run(target, at, count, mask)
            place = keys.at(b, target, at)
            with b.if_then(b.icmp_signed("==", b.sub(end, at), int64(1))):
                b.store(b.and_(b.load(place, typ=I64), mask), place)
                loop.again([end])
            self._sort_run(given, target, scratch, at, end, split, mask)
            loop.again([end])

    def _run(self, target: ir.Value, at: ir.Value, count: ir.Value, mask: ir.Value) -> ir.Value:
        """Return where the numbers end whose packed bits are those of the one at a place."""
        b, keys = self.b, self.keys
        first = b.load(keys.at(b, target, at), typ=I64)
        with repeating(b, [b.add(at, int64(1))]) as loop:
            (end,) = loop.values
            loop.leave_if(b.icmp_signed(">=", end, count))
            other = b.load(keys.at(b, target, end), typ=I64)
            loop.leave_if(b.icmp_unsigned(">", b.xor(first, other), mask))
            loop.again([b.add(end, int64(1))])
        return end

    def _sort_run(
        self,
        given: ir.Value,
        target: ir.Value,
        scratch: ir.Value,
        begin: ir.Value,
        end: ir.Value,
        split: "_Split",
        mask: ir.Value,
    ) -> None:
        """Sort a run by the bits that were not packed."""
        b, keys = self.b, self.keys
        first = self._rest(given, target, begin, split, mask)[1]
        with carrying(b, begin, end, [int64(0)]) as (at, now, following):
            _, other = self._rest(given, target, at, split, mask)
            following.append(b.or_(now[0], b.xor(first, other)))
        is_equal = b.icmp_signed("==", following[0], int64(0))
        with counted(b, begin, end) as at:
            index, rest = self._rest(given, target, at, split, mask)
            packed = b.xor(b.or_(b.shl(rest, split.bits), index), int64(SIGN))
            b.store(b.select(is_equal, index, packed), keys.at(b, target, at))
        # Equal numbers are in the order of their indices already.
        with b.if_then(b.not_(is_equal)):
            place = keys.at(b, target, begin)
            self.sorting.sort(b, place, scratch, b.sub(end, begin), mask)

    def _rest(
        self, given: ir.Value, target: ir.Value, at: ir.Value, split: "_Split", mask: ir.Value
    ) -> tuple[ir.Value, ir.Value]:
        """Return the index at a place, and the bits of its number's key that were not packed."""
        b, numbers = self.b, self.numbers
        index = b.and_(b.load(self.keys.at(b, target, at), typ=I64), mask)
        x = b.load(b.gep(given, [index], source_etype=numbers.type), typ=numbers.type)
        last = b.sub(b.shl(int64(1), split.dropped), int64(1))
        return index, b.and_(b.sub(numbers.key(b, x, True), split.least), last)


@dataclass(frozen=True)
class _Split:
    """How keys are packed: the least one, the bits of an index, and how many last bits of the
    difference from the least are dropped."""

    least: ir.Value
    bits: ir.Value
    dropped: ir.Value

    @property
    def values(self) -> tuple[ir.Value, ...]:
        return (self.least, self.bits, self.dropped)
