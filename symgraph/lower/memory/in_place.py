"""Let kernels work in place, writing a result over an operand that is not needed any more.

That is safe where each iteration of the kernel's loops reads the operand only at the element that
it then writes, before it writes it.
"""

from collections.abc import Iterator, Mapping, Sequence

from symgraph.lower.program.types import (
    Alloc,
    Compute,
    If,
    Kernel,
    Load,
    Loop,
    Program,
    Statement,
    Store,
)
from symgraph.lower.program.values import ZERO, Buffer, BufferKind, Scalar, Value
from symgraph.lower.program.walk import host_blocks, statements, used_buffers

# The location of an element: indices and strides, within one loop body.
Place = tuple[int, tuple[Value, ...], tuple[Value, ...], Value]


def compute_in_place(program: Program) -> None:
    """Make scratch buffers views of dying ones where kernels can work in place."""
    results = set(program.results)
    for block in host_blocks(program.body):
        _reuse_within(block, results)


def _reuse_within(block: list[Statement], results: set[Buffer]) -> None:
    """Reuse buffers that a block declares and nothing outside it uses."""
    first: dict[Buffer, int] = {}
    last: dict[Buffer, int] = {}
    for position, statement in enumerate(block):
        for buffer in used_buffers([statement]):
            first.setdefault(buffer.root, position)
            last[buffer.root] = position
    declared = {s.buffer for s in block if isinstance(s, Alloc)} - results
    gone: set[Buffer] = set()
    for position, statement in enumerate(block):
        kernels = kernels_of(statement)
        for target, source in _pairs(kernels, position, first, last, declared):
            target.base, target.kind, target.offset = source, BufferKind.RESHAPED, ZERO
            last[source] = last[target]
            gone.add(target)
    block[:] = [
        s
        for s in block
        if not (isinstance(s, Alloc) and s.buffer in gone)
        and not (isinstance(s, Kernel) and is_idle(s))
    ]


def is_idle(kernel: Kernel) -> bool:
    """Return whether a kernel only stores what it loads from the same places."""
    inside = list(statements(kernel.body))
    loaded = {s.out: s for s in inside if isinstance(s, Load)}
    stores = [s for s in inside if isinstance(s, Store)]
    return bool(stores) and all(_stores_back(store, loaded) for store in stores)


def _stores_back(store: Store, loaded: Mapping[Scalar, Load]) -> bool:
    load = loaded.get(store.value) if isinstance(store.value, Scalar) else None
    if load is None or load.indices != store.indices:
        return False
    here, there = load.buffer, store.buffer
    return (here.root, here.offset, here.strides) == (there.root, there.offset, there.strides)


def kernels_of(statement: Statement) -> list[Kernel]:
    """Return the kernel that a statement is, or those that it chooses between; none where it does
    anything else."""
    match statement:
        case Kernel():
            return [statement]
        case If():
            inner = [*statement.then, *statement.orelse]
            kernels = [s for s in inner if isinstance(s, Kernel)]
            return kernels if all(isinstance(s, Kernel | Compute) for s in inner) else []
    return []


def _pairs(
    kernels: Sequence[Kernel],
    position: int,
    first: dict[Buffer, int],
    last: dict[Buffer, int],
    declared: set[Buffer],
) -> Iterator[tuple[Buffer, Buffer]]:
    """Yield buffers that the kernels write first, each with one that it may be written over."""
    found = [_accesses(kernel) for kernel in kernels]
    touched = dict.fromkeys(root for accesses in found for root in accesses)
    own = [root for root in touched if root.kind is BufferKind.ARENA and root in declared]
    dying = [root for root in own if first[root] < last[root] == position]
    for target in own:
        if first[target] != position:
            continue
        for source in dying:
            alike = source.dtype == target.dtype and source.extents == target.extents
            pairs = zip(kernels, found, strict=True)
            if alike and all(
                _in_step(k.injective, accesses, target, source) for k, accesses in pairs
            ):
                dying.remove(source)
                yield target, source
                break


def in_step(kernel: Kernel, target: Buffer, source: Buffer) -> bool:
    """Return whether a kernel may write the target over the source, with elements of equal indices
    in the same places."""
    return _in_step(kernel.injective, _accesses(kernel), target, source)


# A load or store, its location, and its number in the order of the text.
Access = tuple[Load | Store, Place | None, int]


def _in_step(
    injective: bool, accesses: dict[Buffer, list[Access]], target: Buffer, source: Buffer
) -> bool:
    """Return whether a kernel always reads the source and writes the target at the same element,
    and reads it before writing it. A kernel that visits each element only once (`injective`) may do
    so at several elements in an iteration."""
    writes, reads = accesses.get(target), accesses.get(source)
    if not writes or not reads or any(isinstance(s, Store) for s, _, _ in reads):
        return False
    places = {place for _, place, _ in (*writes, *reads)}
    if None in places:
        return False
    if injective:
        written = {place: number for _, place, number in writes}
        layouts = {place[2:] for place in places if place is not None}
        return len(layouts) == 1 and all(n < written.get(place, 0) for _, place, n in reads)
    if len(places) != 1:
        return False
    return max(number for _, _, number in reads) < min(number for _, _, number in writes)


def _accesses(kernel: Kernel) -> dict[Buffer, list[Access]]:
    body = kernel.body
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
                # A loop that the element does not depend on would visit it again.
                if kernel.injective or set(loops) <= set(s.indices):
                    place = (block, tuple(s.indices), s.buffer.strides, s.buffer.offset)
                found.setdefault(s.buffer.root, []).append((s, place, number))
    return found
