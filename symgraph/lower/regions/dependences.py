"""Check that the members of a region may run block by block."""

from symgraph.lower.program.types import Program, TiledRegion
from symgraph.lower.program.values import Buffer
from symgraph.lower.regions.accesses import Access, lane
from symgraph.lower.regions.products_of_extents import Sizes
from symgraph.lower.regions.tilings import tilings_of


def why_not_tiled(s: TiledRegion, program: Program) -> str | None:
    """Return the reason why a region's iterations may not run independently; None where they
    may."""
    sizes = Sizes(program)
    touched: dict[Buffer, list[Access]] = {}
    written: dict[Buffer, None] = {}
    for member in s.members:
        tilings = tilings_of(member.statement, s.extent, sizes)
        fitting = [
            tiling
            for tiling in tilings
            if (tiling.member.axis, tiling.member.extent) == (member.axis, member.extent)
        ]
        if not fitting:
            return (
                f"{type(member.statement).__name__} does not go along the iterations of {s.extent}"
            )
        for access in fitting[0].accesses:
            touched.setdefault(access.buffer.root, []).append(access)
            if access.writes:
                written[access.buffer.root] = None
    for root in written:
        lanes = {lane(access, sizes) for access in touched[root]}
        if None in lanes or len(lanes) != 1:
            return f"iterations meet in {root}"
    return None
