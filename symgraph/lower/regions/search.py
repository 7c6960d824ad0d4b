"""Runs of statements that become regions.

A region begins with any statement and takes what follows it, as long as that goes along the same
iterations and meets in memory what the region writes. Statements between that have nothing to do
with the region are done before it. Of the ways to begin the one is taken that joins most
statements.
"""

from collections.abc import Iterator, Sequence

from symgraph.lower.program.types import (
    Check,
    Convolve,
    If,
    Kernel,
    MatMul,
    NumpyCall,
    Pool,
    Program,
    Statement,
    Timestamp,
)
from symgraph.lower.program.values import Value
from symgraph.lower.program.walk import accesses, host_blocks, statements
from symgraph.lower.regions.accesses import lane
from symgraph.lower.regions.products_of_extents import Sizes
from symgraph.lower.regions.profitability import is_profitable, written
from symgraph.lower.regions.region_builder import RegionBuilder
from symgraph.lower.regions.tilings import Tiling, paying_ways_of
from symgraph.lower.target import Target

# Candidates looked at for the iterations of a region that begins with a kernel.
AHEAD = 4
# Statements between two members.
WAITING = 60
# Statements of a region, and between its members: so that the time does not grow with their square.
LONGEST = 500


def find_regions(program: Program, target: Target) -> None:
    """Put statements into regions where that saves time."""
    sizes = Sizes(program)
    found = 0
    for block in list(host_blocks(program.body)):
        if any(isinstance(s, MatMul | Convolve | If | Pool) for s in block):
            finder = _Finder(program, sizes, block, found, target)
            block[:] = finder.run()
            found = finder.found


class _Finder:
    def __init__(
        self,
        program: Program,
        sizes: Sizes,
        block: list[Statement],
        found: int,
        target: Target,
    ) -> None:
        self.program = program
        self.sizes = sizes
        self.block = block
        # Regions so far.
        self.found = found
        self.target = target

    def run(self) -> list[Statement]:
        """The block's statements, some of them in regions."""
        done: list[Statement] = []
        position = 0
        while position < len(self.block):
            best: RegionBuilder | None = None
            for extent in self._extents(position):
                grown = self._grow(position, extent)
                if is_profitable(grown, self.sizes, self.target) and (
                    best is None or len(grown.ways) > len(best.ways)
                ):
                    best = grown
            if best is None:
                done.append(self.block[position])
                position += 1
            else:
                done += self._written(best)
                position += best.length
        return done

    def _extents(self, position: int) -> Iterator[Value]:
        """The iterations that a region may have which begins here: those of its first statement
        that is no kernel."""
        if not isinstance(self.block[position], MatMul | Convolve | If | Pool | Kernel):
            return
        seen = 0
        for s in self.block[position : position + LONGEST]:
            ways = paying_ways_of(s, None, self.sizes, self.target)
            if ways:
                yield from dict.fromkeys(way.extent for way in ways)
                return
            seen += isinstance(s, Kernel)
            if seen == AHEAD or isinstance(s, MatMul | Convolve | If | Pool | NumpyCall):
                return

    def _grow(self, start: int, extent: Value) -> RegionBuilder:
        region = RegionBuilder(extent)
        waiting: list[Statement] = []
        for number, s in enumerate(self.block[start : start + LONGEST], 1):
            way = self._joining(region, s)
            if way is not None and self._can_pass(waiting, region):
                region.add(way)
                region.before += waiting
                waiting = []
                region.length = number
            elif not region.ways or not _may_wait(s) or len(waiting) == WAITING:
                break
            else:
                waiting.append(s)
        return region

    def _joining(self, region: RegionBuilder, s: Statement) -> Tiling | None:
        """How a statement goes along with the region, if it does."""
        for way in paying_ways_of(s, region.extent, self.sizes, self.target):
            if self._fits(region, way):
                return way
        return None

    def _fits(self, region: RegionBuilder, way: Tiling) -> bool:
        """Whether it meets the region, and in lanes only: those of what either writes."""
        written = region.written | {a.buffer.root for a in way.accesses if a.writes}
        meets = not region.ways
        for root in {a.buffer.root for a in way.accesses}:
            if root in region.written:
                meets = True
            if root not in written:
                continue
            mine = [a for a in way.accesses if a.buffer.root is root]
            others = region.touched.get(root, ())
            # Of what the region writes all accesses keep to the same lanes already.
            others = others[:1] if root in region.written else others
            lanes = {lane(a, self.sizes) for a in (*mine, *others)}
            if len(lanes) != 1 or None in lanes:
                return False
        return meets

    def _can_pass(self, waiting: Sequence[Statement], region: RegionBuilder) -> bool:
        """Whether statements between may be done before the region."""
        for s in statements(waiting):
            reads, writes = accesses(s)
            if any(x.root in region.written for x in (*reads, *writes)):
                return False
            if any(x.root in region.touched for x in writes):
                return False
        return True

    def _written(self, region: RegionBuilder) -> Iterator[Statement]:
        """The region's statements, and before them those that were between."""
        ticks = [s for s in region.before if isinstance(s, Timestamp)]
        end = self.block.index(region.ways[-1].member.statement)
        behind = [s for s in self.block[end:] if isinstance(s, Timestamp)]
        yield from (s for s in region.before if not isinstance(s, Timestamp))
        # What is timed apart runs as one now, and is told by the last of the clocks.
        numbers = [s.number for s in (*ticks, *behind[:1]) if s.number is not None]
        if behind and numbers:
            timed = self.program.timed
            whole = tuple(node for n in numbers for node in timed[n])
            timed[:] = [() if n in numbers else nodes for n, nodes in enumerate(timed)]
            timed[numbers[-1]] = whole
        yield from written(region, f"t{self.found}", self.sizes, self.target)
        self.found += 1


def _may_wait(s: Statement) -> bool:
    """Whether it may be done before statements that it has nothing to do with."""
    return not isinstance(s, NumpyCall) and not (isinstance(s, Check) and not s.static)
