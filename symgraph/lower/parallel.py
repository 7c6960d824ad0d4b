"""Find kernels that may be cut into ranges of a loop, to run on several threads.

The iterations of that loop must be independent: no iteration reads or writes memory that another
one writes.

If the loop is the outermost one, its carried values may be reductions (sums, maxima and the like):
each range computes a partial one, and these are combined. Otherwise a kernel may be cut along inner
loops: where everything that it writes is indexed by loops of one extent, each range does the
kernel's work with only a part of their iterations. So sums over leading axes are cut along the axes
that remain, and scatters to rows of a matrix along its columns, whichever rows those are.
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

# The functions that combine partial reductions, with the required initial value; None: any, since
# these functions are idempotent.
TOTALS: dict[str, float | None] = {
    "add": 0, "mul": 1, "maximum": None, "minimum": None, "and_": None, "or_": None
}  # fmt: skip


class ParallelLoops(NamedTuple):
    """The loops whose ranges may run concurrently: the outermost one, or several `within`."""

    loops: tuple[Loop, ...]
    within: bool


def mark_parallel(program: Program, target: Target) -> None:
    """Set the estimated work of every kernel that may be cut, where that may be worth it."""
    for kernel in kernels(program.body):
        if takes_wide_numbers(kernel) or cut_of(kernel, target) is None:
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
    """Return the loops along which a kernel may be cut; None where there are none."""
    loop = outermost(kernel)
    if (
        loop is not None
        and all(total_of(loop, carry) for carry in loop.carried)
        and independent({loop}, reached_by([loop]))
    ):
        return ParallelLoops((loop,), False)
    loops = _loops_within(kernel, target)
    return ParallelLoops(loops, True) if loops else None


def prelude(kernel: Kernel) -> list[Compute]:
    """Return what a kernel computes from its arguments outside all loops: extents, mostly."""
    found: list[Compute] = []
    unknown = {s.out for s in statements(kernel.body) if isinstance(s, Compute | Load)}
    unknown |= {c.result for s in kernel.body if isinstance(s, Loop) for c in s.carried}
    for s in kernel.body:
        if isinstance(s, Compute) and not any(arg in unknown for arg in s.args):
            found.append(s)
            unknown.discard(s.out)
    return found


def takes_wide_numbers(kernel: Kernel) -> bool:
    """Return whether a kernel takes or carries a number of 16 bytes, complex128: what ranges are
    given and what they return lies in words of 8 bytes."""
    every = list(statements(kernel.body))
    known = {s.out for s in every if isinstance(s, Compute | Load)}
    values: list[Value] = []
    for s in every:
        if isinstance(s, Compute):
            values += s.args
        elif isinstance(s, Store):
            values.append(s.value)
        elif isinstance(s, Loop):
            values += (value for carry in s.carried for value in (carry.phi, carry.init))
    return any(v.dtype == "complex128" and v not in known for v in values)


def computed(kernel: Kernel) -> set[Scalar]:
    """Return the scalars that are not known before a kernel's loops run."""
    found = {s.out for s in statements(kernel.body) if isinstance(s, Compute | Load)}
    return found - {s.out for s in prelude(kernel)}


def outermost(kernel: Kernel) -> Loop | None:
    """Return the kernel's only top-level loop; None where there are several, or where statements
    beside it store before it or access memory that it writes."""
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
    """Return the function that combines a loop's partial reductions; None where the carried value
    is not a reduction. It may pass through inner loops, which take it as initial value and return
    it."""
    first: Value = carry.init
    within = list(statements(loop.body))
    # An inner loop itself uses the value that it carries.
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
    """Return all loads and stores of a kernel, in the order of the text."""
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
    """Return the outermost loops of one extent, known outside, such that each store is within one
    of them and indexed by it, and none of them carries values."""
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
    """Return the loops of this extent such that each store is within one of them and indexed by it.
    They carry no values and their iterations are independent. Empty where there are none."""
    stores = [(s, around) for s, around in reached if isinstance(s, Store)]
    chosen = [_loop_over(extent, s, around) for s, around in stores]
    cut = {loop: None for loop in chosen if loop is not None}
    if None in chosen or any(loop.carried for loop in cut):
        return ()
    return tuple(cut) if independent(cut.keys(), reached) else ()


def _is_one_line(loop: Loop, target: Target) -> bool:
    """Return whether an innermost loop is known to be too short to be divided."""
    short = isinstance(loop.extent, Literal) and loop.extent.value <= target.undivided
    return short and not any(isinstance(s, Loop) for s in loop.body)


def _loop_over(extent: Value, s: Store, around: Sequence[Loop]) -> Loop | None:
    """Return the only loop of the extent that indexes a store; else None."""
    found = [
        loop
        for loop in around
        if loop.extent == extent and any(index is loop.index for index in s.indices)
    ]
    return found[0] if len(found) == 1 else None


def independent(cut: Set[Loop], reached: Sequence[Reached]) -> bool:
    """Return whether no two iterations of the loops access memory that either of them writes; each
    access to such memory must be within one of the loops."""
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
    """Return the axis that is indexed by the one loop of `cut` around an access; else None."""
    loops = [loop for loop in around if loop in cut]
    return _place(s, loops[0].index) if len(loops) == 1 else None


def _place(s: Load | Store, index: Scalar) -> int | None:
    """Return the only axis that is indexed by a loop's index; else None."""
    axes = [axis for axis, value in enumerate(s.indices) if value is index]
    return axes[0] if len(axes) == 1 else None


def _same_layout(one: Buffer, other: Buffer) -> bool:
    return one.strides == other.strides and one.offset == other.offset


def _apart(buffer: Buffer, root: Buffer) -> bool:
    """Return whether different indices of a view are different places: each of its strides is one
    of the root's strides, each used once."""
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
