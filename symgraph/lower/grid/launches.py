"""The form of a loop program that a host and a device share.

The host knows the scalars that follow from extents, and from integers that it was given. All others
are computed on the device, and stay there: each has a slot in one small buffer, through which
launches hand them on. The steps run in order; a launch reads what the ones before it wrote.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from symgraph.lower.program.types import (
    Alloc,
    Carry,
    Check,
    Compute,
    Extent,
    Load,
    Loop,
    NativeCall,
    NumpyCall,
    Program,
    Statement,
    Timestamp,
)
from symgraph.lower.program.values import Scalar, Value


@dataclass(eq=False)
class Total:
    """The reductions of a launch: `carried` of `loop`, whose iterations are shared out among items,
    and the function that combines the partial results of each. `tail` runs once, when all are
    known."""

    loop: Loop
    carried: list[Carry]
    functions: list[str]
    tail: list[Statement]


@dataclass(eq=False)
class Launch:
    """Statements that run once for each item of a grid.

    grid: the extents of the grid, that of the innermost loops first; empty for a single item.
    items: the loops that make one iteration for an item, by the dimension that gives its number.
    guarded: whether it does nothing once a check has failed.
    """

    body: list[Statement]
    grid: tuple[Value, ...] = ()
    items: dict[Loop, int] = field(default_factory=dict)
    total: Total | None = None
    guarded: bool = False


@dataclass(eq=False)
class HostLoad:
    """Read into `load.out` an argument without axes, whose value the host has."""

    load: Load


@dataclass(eq=False)
class Condition:
    """A branch that the host decides."""

    condition: Value
    then: "list[HostStep]"
    orelse: "list[HostStep]"


@dataclass(eq=False)
class Repeat:
    """A loop of the host."""

    index: Scalar
    extent: Value
    body: "list[HostStep]"


HostStep = (
    Launch
    | HostLoad
    | Condition
    | Repeat
    | Compute
    | Extent
    | Check
    | Alloc
    | NativeCall
    | NumpyCall
    | Timestamp
)


@dataclass(eq=False)
class GridProgram:
    """A program as steps of the host. `slots` are the numbers of the scalars that the device hands
    on; `checks` are those that the device evaluates, by the number, from 1 on, that it reports."""

    program: Program
    steps: list[HostStep]
    slots: dict[Scalar, int]
    checks: list[Check]

    @property
    def launches(self) -> Iterator[Launch]:
        """Yield all launches, in the order of the text."""
        return (step for step in all_steps(self.steps) if isinstance(step, Launch))


def all_steps(steps: Sequence[HostStep]) -> Iterator[HostStep]:
    """Yield all steps, at any depth; each before those within it."""
    pending = list(reversed(steps))
    while pending:
        step = pending.pop()
        yield step
        match step:
            case Condition():
                pending += reversed((*step.then, *step.orelse))
            case Repeat():
                pending += reversed(step.body)
