"""Working in place: a kernel writes its result over an operand that nothing needs any more.

That is safe where each turn of the kernel's loops reads the operand only at the very element that
it then writes, before it writes it.
"""

from collections.abc import Iterator, Sequence

from symgraph.lower.plan import used_buffers
from symgraph.lower.program import (
    ZERO,
    Buffer,
    Declare,
    If,
    Kernel,
    Load,
    Loop,
    Program,
    Scalar,
    Statement,
    Store,
    Value,
)

# Where an element lies: indices and strides, within one body of a loop.
Place = tuple[int, tuple[Value, ...], tuple[Value, ...], Value]


def reuse(program: Program) -> None:
    """Make scratch buffers views of dying ones where kernels can work in place."""
    first: dict[Buffer, int] = {}
    last: dict[Buffer, int] = {}
    for position, statement in enumerate(program.body):
        for buffer in used_buffers([statement]):
            first.setdefault(buffer.root, position)
            last[buffer.root] = position
    declared = {s.buffer: p for p, s in enumerate(program.body) if isinstance(s, Declare)}
    gone: set[Buffer] = set()
    for position, statement in enumerate(program.body):
        if not isinstance(statement, Kernel):
            continue
        for target, source in _pairs(statement, position, first, last, declared):
            target.base, target.kind, target.offset = source, "reshaped", ZERO
            last[source] = last[target]
            gone.add(target)
    program.body = [s for s in program.body if not (isinstance(s, Declare) and s.buffer in gone)]


def _pairs(
    kernel: Kernel,
    position: int,
    first: dict[Buffer, int],
    last: dict[Buffer, int],
    declared: dict[Buffer, int],
) -> Iterator[tuple[Buffer, Buffer]]:
    """Buffers that the kernel writes first, each with one that it may be written over."""
    accesses = _accesses(kernel.body)
    dying = [
        root
        for root, several in accesses.items()
        if root.kind == "arena"
        and root in declared
        and last[root] == position
        and not any(isinstance(s, Store) for s, _, _ in several)
    ]
    for target, writes in accesses.items():
        if target.kind != "arena" or target not in declared or first[target] != position:
            continue
        for source in dying:
            alike = source.dtype == target.dtype and source.extents == target.extents
            if alike and _in_step(writes, accesses[source]):
                dying.remove(source)
                yield target, source
                break


# A load or store, where it lies, and its number in the order of the text.
Access = tuple[Load | Store, Place | None, int]


def _in_step(writes: Sequence[Access], reads: Sequence[Access]) -> bool:
    """Whether both are always at the same element, which is read before it is written."""
    places = {place for _, place, _ in (*writes, *reads)}
    if len(places) != 1 or None in places:
        return False
    return max(number for _, _, number in reads) < min(number for _, _, number in writes)


def _accesses(body: Sequence[Statement]) -> dict[Buffer, list[Access]]:
    found: dict[Buffer, list[Access]] = {}
    pending: list[tuple[Statement, int, tuple[Scalar, ...]]] = [
        (s, id(body), ()) for s in reversed(body)
    ]
    number = 0
    while pending:
        s, block, loops = pending.pop()
        number += 1
        match s:
            case Loop():
                inside = (*loops, s.index)
                pending += [(inner, id(s.body), inside) for inner in reversed(s.body)]
            case If():
                for branch in (s.orelse, s.then):
                    pending += [(inner, id(branch), loops) for inner in reversed(branch)]
            case Load() | Store():
                place = None
                # A loop that the element does not depend on would come back to it.
                if set(loops) <= set(s.indices):
                    place = (block, tuple(s.indices), s.buffer.strides, s.buffer.offset)
                found.setdefault(s.buffer.root, []).append((s, place, number))
    return found
