"""Let arrays be made where they are copied to.

What writes into an array makes a copy first, into which it then writes. Where nothing needs the
array itself any more behind the copy, both share memory from the beginning, and nothing is copied:
so several writes, one after the other, are as cheap as one.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from symgraph.lower.program.types import Alloc, Kernel, Load, Loop, Program, Statement, Store
from symgraph.lower.program.values import ZERO, Buffer, BufferKind
from symgraph.lower.program.walk import host_blocks, used_buffers


class _Copy(NamedTuple):
    """A kernel that copies all of one buffer to another, its place in the block, and the places
    where the two are allocated."""

    source: Buffer
    target: Buffer
    place: int
    made: int
    taken: int


def coalesce_copies(program: Program) -> None:
    """Give buffers that are last read by a copy the memory of what they are copied to."""
    results = set(program.results)
    for block in host_blocks(program.body):
        while (copy := _needless(block, results)) is not None:
            source, target = copy.source, copy.target
            source.base, source.kind, source.offset = target, BufferKind.RESHAPED, ZERO
            block[copy.made] = block[copy.taken]
            for place in sorted((copy.taken, copy.place), reverse=True):
                del block[place]


def _needless(block: Sequence[Statement], results: set[Buffer]) -> _Copy | None:
    """Return the first copy in a block that need not be made, if there is one."""
    places = [place for place, s in enumerate(block) if isinstance(s, Kernel) and _copied(s)]
    if not places:
        return None
    allocated = {s.buffer: place for place, s in enumerate(block) if isinstance(s, Alloc)}
    first: dict[Buffer, int] = {}
    last: dict[Buffer, int] = {}
    for place, statement in enumerate(block):
        for buffer in used_buffers([statement]):
            first.setdefault(buffer.root, place)
            last[buffer.root] = place
    for place in places:
        kernel = block[place]
        assert isinstance(kernel, Kernel)
        source, target = _copied(kernel)
        if first[target] == place == last[source] and _fits(source, target, allocated, results):
            return _Copy(source, target, place, allocated[source], allocated[target])
    return None


def _fits(
    source: Buffer, target: Buffer, allocated: Mapping[Buffer, int], results: set[Buffer]
) -> bool:
    """Return whether the source is scratch memory of the block, like the target in all that
    matters where it is allocated."""
    return (
        source in allocated
        and target in allocated
        and allocated[source] < allocated[target]
        and source.kind is BufferKind.ARENA
        and source not in results
        and source.static == target.static
        and (source.dtype, source.extents) == (target.dtype, target.extents)
        and source.strides == target.strides
    )


def _copied(kernel: Kernel) -> tuple[Buffer, ...]:
    """Return the buffers of a kernel that copies the first to the second, whole; else nothing."""
    loops: list[Loop] = []
    body = kernel.body
    while len(body) == 1 and isinstance(loop := body[0], Loop):
        loops.append(loop)
        body = loop.body
    match body:
        case [Load() as load, Store() as store] if store.value is load.out:
            source, target = load.buffer, store.buffer
            indices = tuple(loop.index for loop in loops)
            places = {tuple(load.indices), tuple(store.indices)}
            whole = source.extents == tuple(loop.extent for loop in loops)
            if whole and places == {indices} and source.base is target.base is None:
                return source, target
    return ()
