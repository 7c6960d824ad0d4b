"""Load vectors of strided elements of a line, and store them by whole vectors."""

from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I32
from symgraph.backends.llvm.routines.matmul.loops import int64
from symgraph.backends.llvm.routines.matmul.vectors import Lanes


class Strided:
    """Elements j * stride + f of a line, for the lanes j and all f of a window."""

    def __init__(self, b: ir.IRBuilder, lanes: Lanes, window: int, stride: int) -> None:
        self.b = b
        self.lanes = lanes
        self.window = window
        self.stride = stride

    @property
    def groups(self) -> range:
        """Return the first f of each group that is moved at a time: the `stride` elements from
        there on; windows wider than the stride have several groups."""
        return range(0, self.window, self.stride)

    def read(self, line: ir.Value, there: ir.Value) -> list[ir.Value]:
        """Return a vector for each f; `there` is the number of elements of the line."""
        found = []
        for first in self.groups:
            vectors = [
                self.lanes.load(self.b, self._at(line, first, i), self._mask(there, first, i))
                for i in range(self.stride)
            ]
            wanted = range(min(self.stride, self.window - first))
            found += [self._every(vectors, f) for f in wanted]
        return found

    def between(self, line: ir.Value, low: ir.Value, high: ir.Value) -> ir.Value:
        """Return the vector for f = 0; elements before `low` and from `high` on are zero."""
        vectors = [
            self.lanes.load(self.b, self._at(line, 0, i), self._inner(low, high, i))
            for i in range(self.stride)
        ]
        return self._every(vectors, 0)

    def add_between(self, vector: ir.Value, line: ir.Value, low: ir.Value, high: ir.Value) -> None:
        """Add the vector for f = 0, except for elements before `low` and from `high` on."""
        b, lanes = self.b, self.lanes
        part = [vector, *[lanes.zero()] * (self.stride - 1)]
        for i in range(self.stride):
            at, mask = self._at(line, 0, i), self._inner(low, high, i)
            total = b.fadd(lanes.load(b, at, mask), self._woven(part, i))
            lanes.store(b, total, at, mask)

    def _inner(self, low: ir.Value, high: ir.Value, number: int) -> ir.Value:
        b = self.b
        return b.and_(self._mask(high, 0, number), b.not_(self._mask(low, 0, number)))

    def write(
        self,
        values: Sequence[ir.Value],
        line: ir.Value,
        there: ir.Value,
        own: ir.Value,
        add: bool,
    ) -> None:
        """Store a vector for each f, with zeros for elements between windows; or add them. `own` is
        the number of elements of each group that belong to the windows."""
        b, lanes = self.b, self.lanes
        for first in self.groups:
            part = list(values[first : first + self.stride])
            part += [lanes.zero()] * (self.stride - len(part))
            for i in range(self.stride):
                at = self._at(line, first, i)
                mask = b.and_(self._mask(there, first, i), self._mask(own, 0, i))
                vector = self._woven(part, i)
                if add:
                    vector = b.fadd(lanes.load(b, at, mask), vector)
                lanes.store(b, vector, at, mask)

    def _at(self, line: ir.Value, first: int, number: int) -> ir.Value:
        return self.lanes.at(self.b, line, int64(first + number * self.lanes.count))

    def _mask(self, there: ir.Value, first: int, number: int) -> ir.Value:
        left = self.b.sub(there, int64(first + number * self.lanes.count))
        return self.lanes.mask(self.b, left)

    def _every(self, vectors: Sequence[ir.Value], first: int) -> ir.Value:
        """Return the elements first, first + stride, ... of concatenated vectors."""
        count = self.lanes.count
        picks = [divmod(first + lane * self.stride, count) for lane in range(count)]
        return self._merged(vectors, picks)

    def _woven(self, vectors: Sequence[ir.Value], number: int) -> ir.Value:
        """Return one of the vectors that interleave the given ones: all first lanes, then all
        second ones, and so on."""
        count = self.lanes.count
        elements = range(number * count, (number + 1) * count)
        return self._merged(vectors, [(e % self.stride, e // self.stride) for e in elements])

    def _merged(self, vectors: Sequence[ir.Value], picks: Sequence[tuple[int, int]]) -> ir.Value:
        """Return a vector of selected lanes: (which of the vectors, which lane)."""
        count = self.lanes.count
        if len(vectors) == 1:
            return vectors[0]
        result = vectors[0]
        for number in range(1, len(vectors)):
            chosen = []
            for lane, (source, pick) in enumerate(picks):
                if source == number:
                    chosen.append(count + pick)
                elif number == 1 and source == 0:
                    chosen.append(pick)
                else:
                    chosen.append(lane)
            mask = ir.Constant(ir.VectorType(I32, count), chosen)
            result = self.b.shuffle_vector(result, vectors[number], mask)
        return result
