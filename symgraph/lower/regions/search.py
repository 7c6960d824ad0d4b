"""Find runs of statements that become regions.

A region begins with any statement and takes the following ones, as long as each has the same
iterations and accesses memory that the region writes. Statements in between that are independent of
the region run before it. Of the possible extents the one that joins most statements is taken.
"""

from collections.abc import Iterator, Sequence

from symgraph.lower.program.types import (
    Check,
    Convolve,
    If,
    IRCall,
    Kernel,
    LapackCall,
    MatMul,
    NativeCall,
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
from symgraph.lower.regions.tilings import Tiling, profitable_tilings_of
from symgraph.lower.target import Target

# Kernels at the start of a region that are skipped in search of its iterations.
AHEAD = 4
# Limit on the statements between two members.
WAITING = 60
# Limit on the statements of a region, and between its members, so that time is not quadratic.
LONGEST = 500


def find_regions(program: Program, target: Target) -> None:
    """Group statements into regions where that saves time."""
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
        # The number of regions so far.
        self.found = found
        self.target = target

    def run(self) -> list[Statement]:
        """Return the block's statements, some of them grouped into regions."""
        done: list[Statement] = []
        position = 0
        while position < len(self.block):
            best: RegionBuilder | None = None
            for extent in self._extents(position):
                grown = self._grow(position, extent)
                if is_profitable(grown, self.sizes, self.target) and (
                    best is None or len(grown.tilings) > len(best.tilings)
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
        """Yield the possible extents of a region that starts here: those of its first statement
        that is not a kernel."""
        if not isinstance(self.block[position], MatMul | Convolve | If | Pool | Kernel):
            return
        seen = 0
        for s in self.block[position : position + LONGEST]:
            tilings = profitable_tilings_of(s, None, self.sizes, self.target)
            if tilings:
                yield from dict.fromkeys(tiling.extent for tiling in tilings)
                return
            seen += isinstance(s, Kernel)
            if seen == AHEAD or isinstance(s, NativeCall | If | NumpyCall):
                return

    def _grow(self, start: int, extent: Value) -> RegionBuilder:
        region = RegionBuilder(extent)
        waiting: list[Statement] = []
        for number, s in enumerate(self.block[start : start + LONGEST], 1):
            tiling = self._joining(region, s)
            if tiling is not None and self._can_pass(waiting, region):
                region.add(tiling)
                region.before += waiting
                waiting = []
                region.length = number
            elif not region.tilings or not _may_wait(s) or len(waiting) == WAITING:
                break
            else:
                waiting.append(s)
        return region

    def _joining(self, region: RegionBuilder, s: Statement) -> Tiling | None:
        """Return the tiling by which a statement can join the region; None where it cannot."""
        for tiling in profitable_tilings_of(s, region.extent, self.sizes, self.target):
            if self._fits(region, tiling):
                return tiling
        return None

    def _fits(self, region: RegionBuilder, tiling: Tiling) -> bool:
        """Return whether a statement accesses memory of the region, and keeps to lanes in all
        memory that either of them writes."""
        written = region.written | {a.buffer.root for a in tiling.accesses if a.writes}
        meets = not region.tilings
        for root in {a.buffer.root for a in tiling.accesses}:
            if root in region.written:
                meets = True
            if root not in written:
                continue
            mine = [a for a in tiling.accesses if a.buffer.root is root]
            others = region.touched.get(root, ())
            # All accesses to memory that the region writes keep to the same lanes already.
            others = others[:1] if root in region.written else others
            lanes = {lane(a, self.sizes) for a in (*mine, *others)}
            if len(lanes) != 1 or None in lanes:
                return False
        return meets

    def _can_pass(self, waiting: Sequence[Statement], region: RegionBuilder) -> bool:
        """Return whether the statements in between may run before the region."""
        for s in statements(waiting):
            reads, writes = accesses(s)
            if any(x.root in region.written for x in (*reads, *writes)):
                return False
            if any(x.root in region.touched for x in writes):
                return False
        return True

    def _written(self, region: RegionBuilder) -> Iterator[Statement]:
        """Yield the statements in between, and then the region's statements."""
        ticks = [s for s in region.before if isinstance(s, Timestamp)]
        end = self.block.index(region.tilings[-1].member.statement)
        behind = [s for s in self.block[end:] if isinstance(s, Timestamp)]
        yield from (s for s in region.before if not isinstance(s, Timestamp))
        # Nodes that were timed separately now run as one, and are timed by the last of the
        # timestamps.
        numbers = [s.number for s in (*ticks, *behind[:1]) if s.number is not None]
        if behind and numbers:
            timed = self.program.timed
            whole = tuple(node for n in numbers for node in timed[n])
            timed[:] = [() if n in numbers else nodes for n, nodes in enumerate(timed)]
            timed[numbers[-1]] = whole
        yield from written(region, f"t{self.found}", self.sizes, self.target)
        self.found += 1


def _may_wait(s: Statement) -> bool:
    """Return whether a statement may be moved before or after statements independent of it."""
    if isinstance(s, LapackCall | NumpyCall | IRCall):
        return False
    return not (isinstance(s, Check) and not s.static)
