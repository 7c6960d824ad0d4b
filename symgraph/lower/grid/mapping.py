"""Decide which loops of a kernel become the items of a grid."""

from collections.abc import Sequence

from symgraph.lower.grid.launches import Combine, Launch, Total
from symgraph.lower.grid.scalars import used_by
from symgraph.lower.parallel import computed, cut_of, independent, reached_by, total_of
from symgraph.lower.program.types import Compute, If, Kernel, Load, Loop, Statement
from symgraph.lower.program.values import Literal
from symgraph.lower.target import Grid, Target

# Limit on the dimensions of a grid.
DIMENSIONS = 3
# Limit on the iterations of a reduction that a single item does.
SHORT_OF_CORE, SHORT_OF_THREAD = 8192, 64


def mapped(kernel: Kernel, target: Target) -> list[Launch] | None:
    """Return the launches of a kernel whose iterations are independent, along some of its loops;
    None where there are no such loops."""
    cut = cut_of(kernel, target)
    if cut is None:
        return None
    if cut.within:
        grid = (cut.loops[0].extent,)
        return [Launch([*kernel.body], grid, dict.fromkeys(cut.loops, 0))]
    loop = cut.loops[0]
    position = kernel.body.index(loop)
    before, behind = kernel.body[:position], kernel.body[position + 1 :]
    if loop.carried:
        if _is_short(loop, target):
            return [Launch([*kernel.body])]
        functions = [total_of(loop, carry) for carry in loop.carried]
        total = Total(loop, [fn for fn in functions if fn is not None])
        return [
            Launch([*before], total=total),
            Launch([*_needed(before, behind), Combine(total), *behind]),
        ]
    nest = nested(loop, kernel)
    items = {inner: number for number, inner in enumerate(reversed(nest))}
    launches = [Launch([*before, loop], tuple(inner.extent for inner in reversed(nest)), items)]
    if behind:
        launches.append(Launch([*_needed(before, behind), *behind]))
    return launches


def _is_short(loop: Loop, target: Target) -> bool:
    """Return whether a single item does a loop in less time than a launch takes."""
    within = any(isinstance(s, Loop | If) for s in loop.body)
    limit = SHORT_OF_CORE if target.grid is Grid.CORE else SHORT_OF_THREAD
    return isinstance(loop.extent, Literal) and loop.extent.value <= limit and not within


def _needed(before: Sequence[Statement], behind: Sequence[Statement]) -> list[Statement]:
    """Return, of the computations and loads before a loop, those that the statements behind it
    need: they are done again."""
    wanted = set(used_by(behind))
    found: list[Statement] = []
    for s in reversed(before):
        if isinstance(s, Compute | Load) and s.out in wanted:
            found.append(s)
            wanted.update(used_by([s]))
    return found[::-1]


def nested(loop: Loop, kernel: Kernel) -> list[Loop]:
    """Return an independent loop and those directly within it, each the only one, that are
    independent too, outermost first. What stands beside an inner loop is done again by each of its
    items, so it stores nothing."""
    found = [loop]
    reached = reached_by(kernel.body)
    inside = computed(kernel)
    while len(found) < DIMENSIONS:
        inner = _only_loop(found[-1].body)
        if inner is None or inner.extent in inside or inner.carried:
            break
        if not independent({inner}, reached):
            break
        found.append(inner)
    return found


def _only_loop(body: Sequence[Statement]) -> Loop | None:
    """Return the only loop of a body that has nothing else but computations and loads."""
    loops = [s for s in body if isinstance(s, Loop)]
    others = [s for s in body if not isinstance(s, Compute | Load | Loop)]
    return loops[0] if len(loops) == 1 and not others else None
