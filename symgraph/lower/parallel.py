"""Which kernels may be cut into ranges of a loop, to run on several threads.

The iterations of that loop must be independent: what an iteration writes no other iteration reads
or writes.

Of the outermost loop, the values that it carries may be totals (sums, maxima and the like), which
are then found for each range and combined. Else a kernel may be cut along loops within: where all
that it writes is indexed by loops of one extent, each range does the kernel's work with only a
part of their iterations. So sums over leading axes are cut along the axes that stay, and what
indices put into rows of a matrix along the rows, whatever rows those are.
"""

from collections.abc import Sequence, Set
from typing import NamedTuple

import numpy as np

from symgraph.lower.cost import cost_of, estimate
from symgraph.lower.program.types import (
    Carry,
    Compute,
    If,
    Kernel,
    Load,
    Loop,
    Program,
    Statement,
    Store,
)
from symgraph.lower.program.values import ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.program.walk import kernels, statements
from symgraph.lower.target import Target

# Functions by which totals of ranges are combined, and what a total begins with; None: anything,
# since taking it twice makes no difference.
TOTALS: dict[str, float | None] = {
    "add": 0, "mul": 1, "maximum": None, "minimum": None, "and_": None, "or_": None
}  # fmt: skip


class ParallelLoops(NamedTuple):
    """The loops of which ranges may run at once: the outermost one, or several `within`."""

    loops: tuple[Loop, ...]
    within: bool


def mark_parallel(program: Program, target: Target) -> None:
    """Put the estimated work into every kernel that may be cut and may be worth it."""
    for kernel in kernels(program.body):
        if cut_of(kernel, target) is None:
            continue
        work = cost_of(kernel, target)
        inside = computed(kernel)
        if any(extent in inside for item in work for extent in item.extents):
            continue
        known = all(isinstance(extent, Literal) for item in work for extent in item.extents)
        if known and estimate(work, {}) < target.small_ns:
            continue
        kernel.work = tuple(item for item in work if item.extents)


def cut_of(kernel: Kernel, target: Target) -> ParallelLoops | None:
    """Along which loops a kernel may be cut, if it may."""
    loop = outermost(kernel)
    if (
        loop is not None
        and all(total_of(loop, carry) for carry in loop.carried)
        and _independent({loop}, reached_by([loop]))
    ):
        return ParallelLoops((loop,), False)
    loops = _loops_within(kernel, target)
    return ParallelLoops(loops, True) if loops else None


def prelude(kernel: Kernel) -> list[Compute]:
    """What a kernel computes outside all loops from what it is given: extents, mostly."""
    found: list[Compute] = []
    unknown = {s.out for s in statements(kernel.body) if isinstance(s, Compute | Load)}
    unknown |= {c.result for s in kernel.body if isinstance(s, Loop) for c in s.carried}
    for s in kernel.body:
        if isinstance(s, Compute) and not any(arg in unknown for arg in s.args):
            found.append(s)
            unknown.discard(s.out)
    return found


def computed(kernel: Kernel) -> set[Scalar]:
    """What is not known before a kernel's loops run."""
    found = {s.out for s in statements(kernel.body) if isinstance(s, Compute | Load)}
    return found - {s.out for s in prelude(kernel)}


def outermost(kernel: Kernel) -> Loop | None:
    """The kernel's only loop at its own level, where nothing is written beside it but totals."""
    loops = [s for s in kernel.body if isinstance(s, Loop)]
    if len(loops) != 1 or any(isinstance(s, If) for s in kernel.body):
        return None
    position = kernel.body.index(loops[0])
    if any(isinstance(s, Store) for s in kernel.body[:position]):
        return None
    written = {s.buffer.root for s in statements(loops[0].body) if isinstance(s, Store)}
    behind = kernel.body[position + 1 :]
    if any(isinstance(s, Load | Store) and s.buffer.root in written for s in behind):
        return None
    return loops[0]


def total_of(loop: Loop, carry: Carry) -> str | None:
    """The function that combines carried totals of parts; None where it is no total. The total may
    pass through loops within: they begin with it and hand it on."""
    first: Value = carry.init
    within = list(statements(loop.body))
    # A loop within uses what it carries itself.
    own = 0
    while True:
        if sum(_uses(s, carry.phi) for s in within) != 1:
            return None
        if sum(_uses(s, carry.next) for s in within) != own:
            return None
        inner = [(s, c) for s in loop.body if isinstance(s, Loop) for c in s.carried]
        through = [(s, c) for s, c in inner if c.init is carry.phi and c.result is carry.next]
        if not through:
            break
        loop, carry = through[0]
        own = 1
    makers = [s for s in loop.body if isinstance(s, Compute) and s.out is carry.next]
    if not makers:
        return None
    maker = makers[0]
    fn, total = maker.fn, maker.args[0]
    if fn == "multiply_add":
        fn, total = "add", maker.args[2]
    if fn not in TOTALS or total is not carry.phi:
        return None
    neutral = TOTALS[fn]
    if neutral is not None and not (isinstance(first, Literal) and first.value == neutral):
        return None
    exact = np.dtype(carry.phi.dtype).kind != "f" or neutral is None
    return fn if exact or maker.reassociable else None


# A load or store, and the loops around it, outermost first.
Reached = tuple[Load | Store, tuple[Loop, ...]]


def reached_by(body: Sequence[Statement]) -> list[Reached]:
    """All that a kernel loads and stores, in the order of the text."""
    found: list[Reached] = []
    pending: list[tuple[Statement, tuple[Loop, ...]]] = [(s, ()) for s in reversed(body)]
    while pending:
        s, around = pending.pop()
        match s:
            case Loop():
                pending += [(inner, (*around, s)) for inner in reversed(s.body)]
            case If():
                pending += [(inner, around) for inner in reversed((*s.then, *s.orelse))]
            case Load() | Store():
                found.append((s, around))
    return found


def _loops_within(kernel: Kernel, target: Target) -> tuple[Loop, ...]:
    """Loops that all stores are within, one each, by which each is indexed: of one extent, known
    outside, and with nothing to hand on. The outermost ones that will do."""
    reached = reached_by(kernel.body)
    inside = computed(kernel)
    tried: set[Value] = set()
    for first in next((around for s, around in reached if isinstance(s, Store)), ()):
        if first.extent in inside or first.extent in tried:
            continue
        tried.add(first.extent)
        loops = loops_over(first.extent, reached)
        if not all(_is_one_line(loop, target) for loop in loops):
            return loops
    return ()


def loops_over(extent: Value, reached: "Sequence[Reached]") -> tuple[Loop, ...]:
    """Loops of this extent that all stores are within, one each, by which each is indexed, with
    nothing to hand on; no two iterations of them meet. None where there are no such loops."""
    stores = [(s, around) for s, around in reached if isinstance(s, Store)]
    chosen = [_loop_over(extent, s, around) for s, around in stores]
    cut = {loop: None for loop in chosen if loop is not None}
    if None in chosen or any(loop.carried for loop in cut):
        return ()
    return tuple(cut) if _independent(cut.keys(), reached) else ()


def _is_one_line(loop: Loop, target: Target) -> bool:
    """Whether an innermost loop is known to be too short to be divided."""
    short = isinstance(loop.extent, Literal) and loop.extent.value <= target.undivided
    return short and not any(isinstance(s, Loop) for s in loop.body)


def _loop_over(extent: Value, s: Store, around: Sequence[Loop]) -> Loop | None:
    """The only loop of the extent by which a store is indexed."""
    found = [
        loop
        for loop in around
        if loop.extent == extent and any(index is loop.index for index in s.indices)
    ]
    return found[0] if len(found) == 1 else None


def _independent(cut: Set[Loop], reached: Sequence[Reached]) -> bool:
    """Whether no two iterations of the loops meet in memory that any of them writes; each access to
    such memory must be within one of them."""
    of_root: dict[Buffer, list[Reached]] = {}
    for s, around in reached:
        of_root.setdefault(s.buffer.root, []).append((s, around))
    for store, around in reached:
        if not isinstance(store, Store):
            continue
        place = place_in(cut, store, around)
        root = store.buffer.root
        if place is None or not _apart(store.buffer, root):
            return False
        for s, others in of_root[root]:
            if s.buffer.apart(store.buffer):
                continue
            if place_in(cut, s, others) != place or not _same_layout(s.buffer, store.buffer):
                return False
    return True


def place_in(cut: Set[Loop], s: Load | Store, around: Sequence[Loop]) -> int | None:
    """The axis along which the iterations of the one of the loops that is around it lie."""
    loops = [loop for loop in around if loop in cut]
    return _place(s, loops[0].index) if len(loops) == 1 else None


def _place(s: Load | Store, index: Scalar) -> int | None:
    """The axis along which a loop's iterations lie side by side."""
    axes = [axis for axis, value in enumerate(s.indices) if value is index]
    return axes[0] if len(axes) == 1 else None


def _same_layout(one: Buffer, other: Buffer) -> bool:
    return one.strides == other.strides and one.offset == other.offset


def _apart(buffer: Buffer, root: Buffer) -> bool:
    """Whether different indices of a view are different places: each of its strides is one of
    those of the memory, no two the same."""
    if len(buffer.strides) == 1:
        return buffer.strides[0] != ZERO and isinstance(buffer.strides[0], Literal)
    left = list(root.strides)
    for stride in buffer.strides:
        if stride not in left:
            return False
        left.remove(stride)
    return True


def _uses(s: Statement, value: Value) -> int:
    match s:
        case Compute():
            return sum(arg is value for arg in s.args)
        case Store():
            return (s.value is value) + sum(index is value for index in s.indices)
        case Load():
            return sum(index is value for index in s.indices)
        case Loop():
            used = [s.extent, *(v for c in s.carried for v in (c.init, c.next))]
            return sum(v is value for v in used)
        case If():
            return int(s.condition is value)
    return 0
