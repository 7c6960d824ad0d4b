"""Put launches that follow each other, and turn out to have little work, into one of a single item.

How much a launch does may depend on extents that are known at a call. So both forms are kept, and
the host takes the one launch where the work is less than what starting several costs.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from math import prod

from symgraph.lower.grid.launches import (
    Combine,
    Compact,
    Condition,
    HostStep,
    Launch,
    Repeat,
    Whole,
    Work,
)
from symgraph.lower.grid.scalars import used
from symgraph.lower.program.types import (
    Alloc,
    Check,
    Compute,
    Extent,
    If,
    Loop,
    Statement,
)
from symgraph.lower.program.values import Literal, Scalar, Value
from symgraph.lower.target import Grid

# Limit on the statements that a single item does: they take as long as a launch or two.
WORK_OF_CORE, WORK_OF_THREAD = 2**14, 2**8
# An extent that is not known is taken for this one when it is decided what belongs together.
TYPICAL = 16
# Functions of lengths whose results are at most their first argument.
SHRINKING = ("floor_div", "sub", "minimum", "identity")


def compacted(
    steps: Sequence[HostStep], known: AbstractSet[Scalar], grid: Grid | None
) -> list[HostStep]:
    """Return the steps with compact forms of launches, at every depth. The host has the `known`
    scalars."""
    limit = WORK_OF_CORE if grid is Grid.CORE else WORK_OF_THREAD
    return _Compaction(known, limit).steps(steps)


@dataclass
class _Group:
    """Launches that may become one, and allocations between them, with their work."""

    steps: list[Launch | Alloc] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)

    @property
    def launches(self) -> list[Launch]:
        return [step for step in self.steps if isinstance(step, Launch)]


class _Compaction:
    def __init__(self, known: AbstractSet[Scalar], limit: int) -> None:
        self.known = known
        self.limit = limit
        self.result: list[HostStep] = []
        self.group = _Group()

    def steps(self, steps: Sequence[HostStep]) -> list[HostStep]:
        for step in steps:
            self.step(step)
        self.close()
        return self.result

    def step(self, step: HostStep) -> None:
        group = self.group
        match step:
            case Launch():
                work = [] if step.single else self.work(step)
                if work is None or self.typical([*group.work, *work]) > self.limit:
                    self.close()
                if work is None or self.typical(work) > self.limit:
                    self.result.append(step)
                else:
                    self.group.steps.append(step)
                    self.group.work += work
                return
            case Alloc() if group.steps and not self.waits(step):
                group.steps.append(step)
                return
            case Compute() | Extent() | Check() | Alloc() if not self.waits(step):
                # It is done before the group.
                self.result.append(step)
                return
            case Condition():
                step.then = self.within(step.then)
                step.orelse = self.within(step.orelse)
            case Repeat():
                step.body = self.within(step.body)
        self.close()
        self.result.append(step)

    def within(self, steps: Sequence[HostStep]) -> list[HostStep]:
        return _Compaction(self.known, self.limit).steps(steps)

    def waits(self, step: HostStep) -> bool:
        """Return whether a step of the host needs what the device computes."""
        return any(scalar not in self.known for scalar in used(step))

    def close(self) -> None:
        """End the group."""
        group, self.group = self.group, _Group()
        if len(group.launches) > 1:
            self.result.append(_compact(group.steps, group.work, self.limit))
        else:
            self.result += group.steps

    # --- work ---

    def work(self, launch: Launch) -> list[Work] | None:
        """Return how many statements a launch does; None where the host cannot know."""
        body: list[Statement | Combine | Whole] = [*launch.body]
        if launch.total is not None:
            body.append(launch.total.loop)
        makers = {s.out: s for s in body if isinstance(s, Compute)}
        return self.of(body, (), makers)

    def of(
        self,
        body: Sequence[Statement | Combine | Whole],
        extents: tuple[Value, ...],
        makers: dict[Scalar, Compute],
    ) -> list[Work] | None:
        plain = sum(not isinstance(s, Loop | If) for s in body)
        found = [Work(plain, extents)] if plain else []
        for s in body:
            inner: list[tuple[Sequence[Statement], tuple[Value, ...]]] = []
            if isinstance(s, Loop):
                extent = self.bound(s.extent, makers)
                if extent is None:
                    return None
                inner = [(s.body, (*extents, extent))]
            elif isinstance(s, If):
                inner = [(s.then, extents), (s.orelse, extents)]
            for statements, around in inner:
                work = self.of(statements, around, makers)
                if work is None:
                    return None
                found += work
        return found

    def bound(self, v: Value, makers: dict[Scalar, Compute]) -> Value | None:
        """Return a number of the host that an extent is at most."""
        while isinstance(v, Scalar) and v not in self.known:
            maker = makers.get(v)
            if maker is None or maker.fn not in SHRINKING:
                return None
            v = maker.args[0]
        return v

    def typical(self, work: Iterable[Work]) -> int:
        """Return the number of statements where extents are what they mostly are."""
        return sum(
            w.statements
            * prod(int(e.value) if isinstance(e, Literal) else TYPICAL for e in w.extents)
            for w in work
        )


def _compact(steps: list[Launch | Alloc], work: list[Work], limit: int) -> Compact:
    launches = [step for step in steps if isinstance(step, Launch)]
    totals = {launch.total for launch in launches}
    combined = {s.total for launch in launches for s in launch.body if isinstance(s, Combine)}
    body: list[Statement | Combine | Whole] = []
    for step in steps:
        if isinstance(step, Alloc):
            body.append(step)
            continue
        body += [s for s in step.body if not (isinstance(s, Combine) and s.total in totals)]
        if step.total is not None:
            body.append(step.total.loop)
            if step.total not in combined:
                body.append(Whole(step.total))
    guarded = any(launch.guarded for launch in launches)
    return Compact(steps, Launch(body, guarded=guarded), work, limit)
