"""Sort a few vectors of keys in registers, by a fixed network of minima and maxima.

The keys of each lane are sorted first, vectors being compared as wholes (K. E. Batcher, "Sorting
networks and their applications", 1968: odd-even merging). Then neighbouring lanes are merged, pairs
of them, and so on: sorted groups of lanes form one bitonic sequence, the second one being read from
its end, whose halves are compared until single keys are left. At its end the keys are in order
vector by vector."""

from collections.abc import Callable, Iterator

from llvmlite import ir
from symgraph.backends.llvm.routines.matmul.loops import int64
from symgraph.backends.llvm.routines.sorting.keys import Keys

# The most vectors that one network sorts.
DIRECT = 8
# What is done with sorted keys before they are stored.
Finish = Callable[[ir.IRBuilder, ir.Value], ir.Value]


def comparisons(count: int) -> Iterator[tuple[int, int]]:
    """Yield the comparisons that sort `count` keys, a power of two."""
    part = 1
    while part < count:
        apart = part
        while apart:
            for start in range(apart % part, count - apart, 2 * apart):
                for low in range(start, start + apart):
                    if low // (2 * part) == (low + apart) // (2 * part):
                        yield low, low + apart
            apart //= 2
        part *= 2


class Network:
    """Writes the network for a number of vectors, a power of two."""

    def __init__(self, b: ir.IRBuilder, keys: Keys) -> None:
        self.b, self.keys = b, keys

    def sort(self, rows: list[ir.Value]) -> None:
        """Replace the vectors by sorted ones."""
        for low, high in comparisons(len(rows)):
            self._compare(rows, low, high, rows[high])
        group = 1
        while group < self.keys.count:
            self._merge(rows, group)
            group *= 2

    def _compare(self, rows: list[ir.Value], low: int, high: int, other: ir.Value) -> None:
        """Replace a vector and another one, which is given as it is compared."""
        x = rows[low]
        rows[low] = self.keys.smaller(self.b, x, other)
        rows[high] = self.keys.larger(self.b, x, other)

    def _merge(self, rows: list[ir.Value], group: int) -> None:
        """Merge sorted groups of lanes in pairs."""
        lanes = range(self.keys.count)
        turned = [lane ^ (2 * group - 1) for lane in lanes]
        size = len(rows)
        while size > 1:
            for start in range(0, len(rows), size):
                for low in range(start, start + size // 2):
                    high = 2 * start + size - 1 - low
                    other = self.keys.moved(self.b, rows[high], turned)
                    self._compare(rows, low, high, other)
            size //= 2
        self._within(rows, turned, group)
        self._halve_lanes(rows, group // 2)

    def merge_halves(self, rows: list[ir.Value]) -> None:
        """Replace vectors, of which each half is sorted, by sorted ones."""
        half = len(rows) // 2
        turned = list(range(self.keys.count))[::-1]
        rows[half:] = [self.keys.moved(self.b, row, turned) for row in reversed(rows[half:])]
        apart = half
        while apart:
            for low in range(len(rows)):
                if not low & apart:
                    self._compare(rows, low, low + apart, rows[low + apart])
            apart //= 2
        self._halve_lanes(rows, self.keys.count // 2)

    def _halve_lanes(self, rows: list[ir.Value], apart: int) -> None:
        """Compare lanes so far apart, and then half as far, down to neighbours."""
        while apart:
            self._within(rows, [lane ^ apart for lane in range(self.keys.count)], apart)
            apart //= 2

    def _within(self, rows: list[ir.Value], partners: list[int], bit: int) -> None:
        """Compare lanes of each vector with their partners; those with the bit get the larger."""
        function = self._lanes(partners, bit)
        rows[:] = [self.b.call(function, [row]) for row in rows]

    def _lanes(self, partners: list[int], bit: int) -> ir.Function:
        """Return a function that compares the lanes of a vector: written once, as it is called by
        most of the network, it is quick to print and to read."""
        module, keys = self.b.module, self.keys
        name = f"lanes.{partners[0]}.{bit}"
        if name in module.globals:
            return module.globals[name]
        function = ir.Function(module, ir.FunctionType(keys.type, [keys.type]), name)
        function.linkage = "internal"
        function.attributes.add("alwaysinline")
        b = ir.IRBuilder(function.append_basic_block())
        (row,) = function.args
        other = keys.moved(b, row, partners)
        low, high = keys.smaller(b, row, other), keys.larger(b, row, other)
        is_upper = [bool(lane & bit) for lane in range(keys.count)]
        b.ret(keys.chosen(b, low, high, is_upper))
        return function


def write_small_sort(function: ir.Function, keys: Keys, finish: Finish, raw: int) -> None:
    """Write `small_sort(source, target, count, word)`, which sorts up to as many keys as half of
    the vector registers hold, and stores them finished. Source and target may be one. `raw` is the
    word for which keys are not changed by that.

    More than a few vectors are sorted as two halves, which are merged: one network for all would
    take a little less time, but twice the code."""
    source, target, count, _ = function.args
    b = ir.IRBuilder(function.append_basic_block())
    rows = 1
    while rows <= keys.rows:
        with b.if_then(b.icmp_signed("<=", count, int64(rows * keys.count))):
            if rows > DIRECT:
                half = int64(rows // 2 * keys.count)
                word = ir.Constant(keys.scalar, raw)
                behind = keys.at(b, source, half)
                b.call(function, [source, source, half, word])
                b.call(function, [behind, behind, b.sub(count, half), word])
            masks = _masks(b, keys, rows, count)
            values = _load(b, keys, source, masks)
            network = Network(b, keys)
            if rows > DIRECT:
                network.merge_halves(values)
            else:
                network.sort(values)
            _store(b, keys, target, [finish(b, value) for value in values], masks)
            b.ret_void()
        rows *= 2
    b.unreachable()


# A mask for each vector, None where all lanes count.
Masks = list[ir.Value | None]


def _masks(b: ir.IRBuilder, keys: Keys, rows: int, count: ir.Value) -> Masks:
    """Return the masks of keys that take more than half of the rows."""
    masks: Masks = [None] * (rows // 2)
    for row in range(rows // 2, rows):
        left = b.sub(count, int64(row * keys.count))
        if row > rows // 2:
            left = b.select(b.icmp_signed("<", left, int64(0)), int64(0), left)
        masks.append(keys.first(b, left))
    return masks


def _load(b: ir.IRBuilder, keys: Keys, source: ir.Value, masks: Masks) -> list[ir.Value]:
    """Return vectors of keys; what is missing sorts last."""
    return [
        keys.load(b, keys.at(b, source, int64(row * keys.count)), mask, fill=keys.largest)
        for row, mask in enumerate(masks)
    ]


def _store(
    b: ir.IRBuilder, keys: Keys, target: ir.Value, values: list[ir.Value], masks: Masks
) -> None:
    for row, (value, mask) in enumerate(zip(values, masks, strict=True)):
        keys.store(b, value, keys.at(b, target, int64(row * keys.count)), mask)
