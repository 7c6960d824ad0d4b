"""Find the indices of the largest or the smallest numbers of rows.

Keys above a limit are collected; whenever there are too many, they are sorted, and the least of
those that are wanted becomes the limit. So the last key that is wanted is found, and a second pass
takes the indices of all above it and, of those that equal it, of as many as are missing."""

from collections.abc import Callable
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I32, I64
from symgraph.backends.llvm.interrupts import poll
from symgraph.backends.llvm.routines.matmul.loops import carrying, counted, int64
from symgraph.backends.llvm.routines.sorting.keys import I1, Keys, intrinsic, ones
from symgraph.backends.llvm.routines.sorting.numbers import Numbers
from symgraph.backends.llvm.routines.sorting.quicksort import Quicksort
from symgraph.backends.llvm.routines.sorting.repetition import repeating


@dataclass(frozen=True)
class Selection:
    """The specification of a routine that selects the largest numbers of rows, or the smallest.
    `divisions`: see `Quicksort`."""

    dtype: str
    largest: bool
    divisions: int = 2


def write_selection(function: ir.Function, spec: Selection) -> None:
    """Write `select(x, out, scratch, rows, count, wanted, room)`: `out` has `wanted` int64 for each
    row. Scratch memory has twice `room` keys, `wanted` and three vectors at least."""
    x, out, _, rows, count, wanted, _ = function.args
    writer = _Writer(function, spec)
    b = writer.b
    with counted(b, int64(0), rows) as row:
        poll(b)
        given = b.gep(x, [b.mul(row, count)], source_etype=writer.numbers.type)
        writer.row(given, b.gep(out, [b.mul(row, wanted)], source_etype=I64))
    b.ret_void()


class _Writer:
    def __init__(self, function: ir.Function, spec: Selection) -> None:
        self.numbers, self.largest = Numbers(spec.dtype), spec.largest
        self.keys = keys = self.numbers.keys
        self.type = ir.VectorType(self.numbers.type, keys.count)
        self.word = ir.Constant(keys.scalar, 0)

        def unchanged(b: ir.IRBuilder, key: ir.Value, word: ir.Value) -> ir.Value:
            return key

        self.sorting = Quicksort(function.module, keys, unchanged, 0, spec.divisions)
        self.b = ir.IRBuilder(function.append_basic_block())
        arguments: list[ir.Value] = [*function.args]
        _, _, self.found, _, self.count, self.wanted, self.room = arguments
        self.other = keys.at(self.b, self.found, self.room)

    def _key(self, x: ir.Value) -> ir.Value:
        """Return the keys of numbers; where the smallest are selected, the larger the smaller."""
        key = self.numbers.key(self.b, x, True)
        return key if self.largest else self.b.not_(key)

    def _keys(self, given: ir.Value, at: ir.Value) -> tuple[ir.Value, ir.Value]:
        """Return a vector of keys, and the mask of those that there are."""
        own = self.keys.first(self.b, self.b.sub(self.count, at))
        pointer = self.b.gep(given, [at], source_etype=self.numbers.type)
        return self._key(self.keys.load(self.b, pointer, own, self.type)), own

    def row(self, given: ir.Value, out: ir.Value) -> None:
        """Select from one row."""
        b, keys = self.b, self.keys
        # One vector may be collected behind the last key that has room.
        most = b.sub(self.room, int64(keys.count))
        start = b.select(b.icmp_signed("<", self.count, most), self.count, most)
        with counted(b, int64(0), start, int64(keys.count)) as at:
            key, _ = self._keys(given, at)
            own = keys.first(b, b.sub(start, at))
            keys.store(b, key, keys.at(b, self.found, at), own)
        with repeating(b, [start, start]) as loop:
            at, number = loop.values
            limit = self._sorted(number)
            loop.leave_if(b.icmp_signed(">=", at, self.count))
            # Nothing exceeds the largest key.
            loop.leave_if(b.icmp_signed("==", limit, ir.Constant(keys.scalar, keys.largest)))
            loop.again(self._collected(given, at, limit))
        with carrying(b, int64(0), self.wanted, [int64(0)]) as (at, now, following):
            key = b.load(keys.at(b, self.found, at), typ=keys.scalar)
            following.append(b.add(now[0], b.zext(b.icmp_signed(">", key, limit), I64)))
        self._take(given, out, limit, b.sub(self.wanted, following[0]))

    def _sorted(self, number: ir.Value) -> ir.Value:
        """Sort the collected keys, and move those that are wanted to the front; return the
        least."""
        b, keys = self.b, self.keys
        self.sorting.sort(b, self.found, self.other, number, self.word)
        behind = keys.at(b, self.found, b.sub(number, self.wanted))
        b.call(self.sorting.copy, [behind, self.found, self.wanted, self.word])
        return b.load(self.found, typ=keys.scalar)

    def _collected(self, given: ir.Value, at: ir.Value, limit: ir.Value) -> list[ir.Value]:
        """Collect keys above the limit behind those that are wanted, until there is no more room;
        return where that is in the row, and how many there are."""
        b, keys = self.b, self.keys
        limits = keys.splat(b, limit)
        most = b.sub(self.room, int64(keys.count))
        with repeating(b, [at, self.wanted]) as loop:
            at, number = loop.values
            full = b.icmp_signed(">", number, most)
            loop.leave_if(b.or_(full, b.icmp_signed(">=", at, self.count)))
            key, own = self._keys(given, at)
            above = keys.bits_of(b, b.and_(own, b.icmp_signed(">", key, limits)))
            behind = b.add(at, int64(keys.count))
            with b.if_then(b.icmp_signed("==", above, int64(0))):
                loop.again([behind, number])
            with repeating(b, [above, number]) as each:
                bits, place = each.values
                each.leave_if(b.icmp_signed("==", bits, int64(0)))
                one = self._one(given, b.add(at, self._first(bits)))
                b.store(one, keys.at(b, self.found, place))
                left = b.and_(bits, b.sub(bits, int64(1)))
                each.again([left, b.add(place, int64(1))])
            loop.again([behind, place])
        return [at, number]

    def _one(self, given: ir.Value, index: ir.Value) -> ir.Value:
        """Return the key of a number."""
        b, type = self.b, self.numbers.type
        return self._key(b.load(b.gep(given, [index], source_etype=type), typ=type))

    def _first(self, bits: ir.Value) -> ir.Value:
        return intrinsic(self.b, "llvm.cttz.i64", I64, [bits, ir.Constant(I1, 1)])

    def _last(self, bits: ir.Value) -> ir.Value:
        zeros = intrinsic(self.b, "llvm.ctlz.i64", I64, [bits, ir.Constant(I1, 1)])
        return self.b.sub(int64(63), zeros)

    def _take(self, given: ir.Value, out: ir.Value, limit: ir.Value, missing: ir.Value) -> None:
        """Store the indices of keys above the limit, and of as many that equal it as are missing:
        of the largest the last ones, going backwards; of the smallest the first ones."""
        b, keys = self.b, self.keys
        limits, width = keys.splat(b, limit), int64(keys.count)
        whole = b.and_(b.add(self.count, b.sub(width, int64(1))), b.neg(width))
        with repeating(b, [int64(0), int64(0), missing]) as loop:
            seen, taken, missing = loop.values
            loop.leave_if(b.icmp_signed(">=", taken, self.wanted))
            at = b.sub(b.sub(whole, seen), width) if self.largest else seen
            key, own = self._keys(given, at)
            above, equal = (
                keys.bits_of(b, b.and_(own, b.icmp_signed(relation, key, limits)))
                for relation in (">", "==")
            )
            any_equal = b.icmp_signed(">", missing, int64(0))
            equal = b.select(any_equal, equal, int64(0))
            bits = b.or_(above, equal)
            behind = b.add(seen, width)
            with b.if_then(b.icmp_signed("==", bits, int64(0))):
                loop.again([behind, taken, missing])
            if keys.compresses:
                number = ones(b, equal)
                with b.if_then(b.icmp_signed("<=", number, missing)):
                    last = b.add(taken, ones(b, bits))
                    place = b.sub(self.wanted, last) if self.largest else taken
                    self._take_vector(b.gep(out, [place], source_etype=I64), at, bits)
                    loop.again([behind, last, b.sub(missing, number)])
            state = self._take_lanes(out, at, bits, equal, [taken, missing])
            loop.again([behind, *state])

    def _take_vector(self, place: ir.Value, at: ir.Value, bits: ir.Value) -> None:
        """Store the indices of lanes, in order."""
        b, words, lanes = self.b, Keys(64), self.keys.count
        mask = b.bitcast(b.trunc(bits, ir.IntType(lanes)), ir.VectorType(I1, lanes))
        for first in range(0, lanes, words.count):
            within = [*range(first, first + words.count)]
            part = b.shuffle_vector(
                mask, mask, ir.Constant(ir.VectorType(I32, words.count), within)
            )
            chosen = words.bits_of(b, part)
            number = ones(b, chosen)
            indices = b.add(words.splat(b, at), ir.Constant(words.type, within))
            taken = words.to_front(b, indices, part, chosen)
            words.store(b, taken, place, words.first(b, number))
            place = b.gep(place, [number], source_etype=I64)

    def _take_lanes(
        self,
        out: ir.Value,
        at: ir.Value,
        bits: ir.Value,
        equal: ir.Value,
        state: list[ir.Value],
    ) -> list[ir.Value]:
        """Store the indices of lanes, in order; return how many are taken then, and how many that
        equal the limit are missing."""
        b = self.b
        next: Callable[[ir.Value], ir.Value] = self._last if self.largest else self._first
        with repeating(b, [bits, *state]) as each:
            bits, taken, missing = each.values
            each.leave_if(b.icmp_signed("==", bits, int64(0)))
            lane = next(bits)
            one = b.shl(int64(1), lane)
            is_equal = b.icmp_signed("!=", b.and_(equal, one), int64(0))
            is_taken = b.or_(b.not_(is_equal), b.icmp_signed(">", missing, int64(0)))
            with b.if_then(is_taken):
                place = b.sub(b.sub(self.wanted, int64(1)), taken) if self.largest else taken
                b.store(b.add(at, lane), b.gep(out, [place], source_etype=I64))
            missing = b.sub(missing, b.zext(b.and_(is_equal, is_taken), I64))
            each.again([b.xor(bits, one), b.add(taken, b.zext(is_taken, I64)), missing])
        return each.values[1:]
