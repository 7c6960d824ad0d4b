"""A region under construction."""

from dataclasses import dataclass, field

from symgraph.lower.program.types import Statement
from symgraph.lower.program.values import Buffer, Value
from symgraph.lower.regions.accesses import Access
from symgraph.lower.regions.tilings import Tiling


@dataclass(eq=False)
class RegionBuilder:
    """The region so far: its extent, its members, and the accesses to each buffer that they
    touch."""

    extent: Value
    tilings: list[Tiling] = field(default_factory=list)
    touched: dict[Buffer, list[Access]] = field(default_factory=dict)
    written: set[Buffer] = field(default_factory=set)
    # Statements between members, which run before them all.
    before: list[Statement] = field(default_factory=list)
    # The number of statements up to the last member.
    length: int = 0

    def add(self, tiling: Tiling) -> None:
        """Add a member to the region."""
        self.tilings.append(tiling)
        for access in tiling.accesses:
            self.touched.setdefault(access.buffer.root, []).append(access)
            if access.writes:
                self.written.add(access.buffer.root)
