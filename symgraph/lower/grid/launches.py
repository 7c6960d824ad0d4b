"""The form of a loop program that a host and a device share.

The host knows the scalars that follow from extents, and from integers that it was given. All others
are computed on the device, and stay there: each has a slot in one small buffer, through which
launches hand them on. The steps run in order; a launch reads what the ones before it wrote.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from symgraph.lower.program.types import (
    Alloc,
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
from symgraph.lower.program.values import Buffer, Scalar, Value


@dataclass(eq=False)
class Total:
    """The reductions of a loop whose iterations are shared out among items: the `functions` combine
    the partial results of what it carries. `first` is the number of the first one's partial results
    among those of the program."""

    loop: Loop
    functions: list[str]
    first: int = 0


@dataclass(eq=False)
class Combine:
    """Combine the partial results of a total: a statement of a single item."""

    total: Total


@dataclass(eq=False)
class Whole:
    """Leave the results of a total's loop, which a single item has done, as its partial results: a
    statement behind the loop."""

    total: Total


@dataclass(eq=False)
class Launch:
    """Statements that run once for each item of a grid.

    grid: the extents of the grid, that of the innermost loops first; empty for a single item.
    items: the loops that make one iteration for an item, by the dimension that gives its number.
    total: the loop behind the body whose iterations are shared out, in the place of a grid.
    guarded: whether it does nothing once a check has failed.
    """

    body: "list[Statement | Combine | Whole]"
    grid: tuple[Value, ...] = ()
    items: dict[Loop, int] = field(default_factory=dict)
    total: Total | None = None
    guarded: bool = False

    @property
    def single(self) -> bool:
        """Return whether it has a single item."""
        return not self.grid and self.total is None


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


class Work(NamedTuple):
    """A number of statements that are done once for each combination of indices below extents."""

    statements: int
    extents: tuple[Value, ...]


@dataclass(eq=False)
class Compact:
    """Launches, and allocations between them, that are replaced by one launch of a `single` item
    where their `work` is no more than a `limit`."""

    steps: "list[Launch | Alloc]"
    single: Launch
    work: list[Work]
    limit: int


HostStep = (
    Launch
    | Compact
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
    on; `checks` are those that the device evaluates, by the number, from 1 on, that it reports;
    `partial` is the number of all partial results. `kept` are the buffers whose content is needed
    until the end, as launches that use them were moved."""

    program: Program
    steps: list[HostStep]
    slots: dict[Scalar, int]
    checks: list[Check]
    partial: int
    kept: frozenset[Buffer]

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
            case Compact():
                pending += reversed((*step.steps, step.single))
