"""Which kernels may be cut into ranges of their outermost loop, to run on several threads.

The turns of that loop must be independent: what a turn writes no other turn reads or writes.
Values that the loop carries may be totals (sums, maxima and the like), which are then found for
each range and combined.
"""

import numpy as np

from symgraph.lower.cost import cost_of, estimate
from symgraph.lower.program import (
    ZERO,
    Buffer,
    Carry,
    Compute,
    If,
    Kernel,
    Literal,
    Load,
    Loop,
    Program,
    Scalar,
    Statement,
    Store,
    Value,
)
from symgraph.lower.walk import kernels, statements

# Work below this many ns stays on one thread: waking another takes longer.
SMALL_NS = 40_000.0
# Functions by which totals of ranges are combined, and what a total begins with; None: anything,
# since taking it twice makes no difference.
TOTALS: dict[str, float | None] = {
    "add": 0, "mul": 1, "maximum": None, "minimum": None, "and_": None, "or_": None
}  # fmt: skip


def mark_parallel(program: Program) -> None:
    """Put the estimated work into every kernel that may be cut and may be worth it."""
    for kernel in kernels(program.body):
        loop = outermost(kernel)
        if loop is None or not all(total_of(loop, carry) for carry in loop.carried):
            continue
        if not _independent(loop):
            continue
        work = cost_of(kernel)
        inside = {s.out for s in statements(kernel.body) if isinstance(s, Compute | Load)}
        if any(extent in inside for item in work for extent in item.extents):
            continue
        known = all(isinstance(extent, Literal) for item in work for extent in item.extents)
        if known and estimate(work, {}) < SMALL_NS:
            continue
        kernel.work = tuple(item for item in work if item.extents)


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


def total_of(loop: Loop, carry: Carry) -> Compute | None:
    """The function that adds a part to a carried total; None where it is no total. The total may
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
    if not makers or makers[0].fn not in TOTALS:
        return None
    maker = makers[0]
    if maker.args[0] is not carry.phi:
        return None
    neutral = TOTALS[maker.fn]
    if neutral is not None and not (isinstance(first, Literal) and first.value == neutral):
        return None
    exact = np.dtype(carry.phi.dtype).kind != "f" or neutral is None
    return maker if exact or maker.reassociable else None


def _independent(loop: Loop) -> bool:
    """Whether no two turns meet in memory that any of them writes."""
    accesses: dict[Buffer, list[Load | Store]] = {}
    for s in statements(loop.body):
        if isinstance(s, Load | Store):
            accesses.setdefault(s.buffer.root, []).append(s)
    for root, several in accesses.items():
        if not any(isinstance(s, Store) for s in several):
            continue
        first = several[0]
        place = _place(first, loop.index)
        if place is None or not _apart(first.buffer, root):
            return False
        for s in several:
            if _place(s, loop.index) != place or not _same_layout(s.buffer, first.buffer):
                return False
    return True


def _place(s: Load | Store, index: Scalar) -> int | None:
    """The axis along which a loop's turns lie side by side."""
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
