"""A region while it is found."""

from dataclasses import dataclass, field

from symgraph.lower.program.types import Statement
from symgraph.lower.program.values import Buffer, Value
from symgraph.lower.regions.accesses import Access
from symgraph.lower.regions.tilings import Tiling


@dataclass(eq=False)
class RegionBuilder:
    """A region so far: its extent, members, and of all memory that they touch the accesses."""

    extent: Value
    ways: list[Tiling] = field(default_factory=list)
    touched: dict[Buffer, list[Access]] = field(default_factory=dict)
    written: set[Buffer] = field(default_factory=set)
    # What stands between members, and is done before them all.
    before: list[Statement] = field(default_factory=list)
    # The statements up to the last member.
    length: int = 0

    def add(self, way: Tiling) -> None:
        """A member more."""
        self.ways.append(way)
        for access in way.accesses:
            self.touched.setdefault(access.buffer.root, []).append(access)
            if access.writes:
                self.written.add(access.buffer.root)
