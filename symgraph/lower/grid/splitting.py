"""Divide a loop program into steps of the host and launches.

- Scalars that follow from extents, and from integers without axes that the host was given, are the
  host's; all others are the device's, as are checks of them.
- A kernel becomes a launch for each of its outermost loops, or one launch for all. Statements
  beside loops become launches of a single item; those that follow each other share one.
- Launches that follow each other have a form for little work, too: one launch of a single item.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from symgraph.lower.grid.compaction import compacted
from symgraph.lower.grid.inlining import inlined
from symgraph.lower.grid.launches import (
    Combine,
    Condition,
    GridProgram,
    HostLoad,
    HostStep,
    Launch,
    Repeat,
    Whole,
    all_steps,
)
from symgraph.lower.grid.mapping import mapped
from symgraph.lower.grid.merging import merged
from symgraph.lower.grid.scalars import handed_on
from symgraph.lower.program.types import (
    Check,
    Compute,
    Extent,
    If,
    Kernel,
    Load,
    Loop,
    Program,
    Statement,
    Store,
    TiledRegion,
)
from symgraph.lower.program.values import Buffer, Literal, Scalar, Value
from symgraph.lower.program.walk import host_statements
from symgraph.lower.target import Grid, Target

# The dtypes of numbers that the host reads from arguments without axes.
KINDS = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


def divide(program: Program, target: Target, given: AbstractSet[Buffer]) -> GridProgram:
    """Return the program in steps for a host and a device. `given` are the arguments whose values
    the host has at each call."""
    return _Division(program, target, given).made()


class _Division:
    def __init__(self, program: Program, target: Target, given: AbstractSet[Buffer]) -> None:
        self.program = program
        self.target = target
        self.given = given
        # The scalars that the host has.
        self.known: set[Scalar] = set()
        self.checks: list[Check] = []
        self.steps: list[HostStep] = []
        self.partial = 0

    def made(self) -> GridProgram:
        self.block(self.program.body)
        steps, moved = merged(self.steps)
        slots = {s: number for number, s in enumerate(handed_on(steps))}
        steps = compacted(steps, self.known, self.target.grid)
        return GridProgram(self.program, steps, slots, self.checks, self.partial, moved)

    def has(self, values: Iterable[Value]) -> bool:
        return all(isinstance(v, Literal) or v in self.known for v in values)

    def block(self, body: Sequence[Statement]) -> None:
        for s in body:
            self.statement(s)

    def statement(self, s: Statement) -> None:
        match s:
            case Compute() if self.has(s.args):
                self.known.add(s.out)
                self.steps.append(s)
            case Load() if self.is_given(s):
                self.known.add(s.out)
                self.steps.append(HostLoad(s))
            case Check() if not self.has((s.condition,)):
                self.checks.append(s)
                self.alone(s)
            case Compute() | Load() | Store():
                self.alone(s)
            case Extent():
                self.known.add(s.out)
                self.steps.append(s)
            case If():
                then, orelse = self.within(s.then), self.within(s.orelse)
                self.steps.append(Condition(s.condition, then, orelse))
            case Loop():
                self.loop(s)
            case Kernel():
                self.kernel(s)
            case TiledRegion():
                self.block(s.statements)
            case _:
                self.steps.append(s)

    def is_given(self, s: Load) -> bool:
        root = s.buffer.root
        return root in self.given and not root.extents and root.dtype in KINDS

    def alone(self, s: Statement | Combine | Whole) -> None:
        """Add a statement to the launch of a single item that comes last, or to a new one."""
        last = self.steps[-1] if self.steps else None
        if isinstance(last, Launch) and last.single:
            last.body.append(s)
        else:
            self.launch(Launch([s]))

    def launch(self, launch: Launch) -> None:
        launch.guarded = bool(self.checks)
        self.steps.append(launch)

    def within(self, body: Sequence[Statement]) -> list[HostStep]:
        """Return the steps of an inner block."""
        outer, self.steps = self.steps, []
        self.block(body)
        inner, self.steps = self.steps, outer
        return inner

    def loop(self, s: Loop) -> None:
        """Repeat the steps of a loop; what it carries is handed on by the device. A small loop is
        done by a single item."""
        within = inlined(s) if self.target.grid is Grid.CORE else None
        if within is not None:
            self.checks += [x for x in host_statements([within]) if isinstance(x, Check)]
            self.alone(within)
            return
        for carry in s.carried:
            self.alone(Compute(carry.phi, "identity", (carry.init,)))
        self.known.add(s.index)
        before = len(self.checks)
        steps = self.within(s.body)
        outer, self.steps = self.steps, steps
        following = [Scalar(c.phi.dtype, f"{c.phi.name}n") for c in s.carried]
        for out, carry in zip(following, s.carried, strict=True):
            self.alone(Compute(out, "identity", (carry.next,)))
        for out, carry in zip(following, s.carried, strict=True):
            self.alone(Compute(carry.phi, "identity", (out,)))
        self.steps = outer
        if len(self.checks) > before:
            # What runs before a check in one iteration runs after it in the next.
            for step in all_steps(steps):
                if isinstance(step, Launch):
                    step.guarded = True
        self.steps.append(Repeat(s.index, s.extent, steps))
        for carry in s.carried:
            self.alone(Compute(carry.result, "identity", (carry.phi,)))

    def kernel(self, s: Kernel) -> None:
        launches = mapped(s, self.target)
        if launches is None:
            parts = list(_parts(s.body))
            if len(parts) > 1:
                for part in parts:
                    if len(part) == 1 and isinstance(part[0], Loop | If):
                        self.part(part[0])
                    else:
                        self.block(part)
                return
            launches = [Launch([*s.body])]
        self.all(launches)

    def all(self, launches: Sequence[Launch]) -> None:
        for launch in launches:
            if launch.total is not None:
                launch.total.first = self.partial
                self.partial += len(launch.total.functions)
            if launch.single:
                for s in launch.body:
                    self.alone(s)
            else:
                self.launch(launch)

    def part(self, s: Loop | If) -> None:
        """Add the launches of one of several loops or branches of a kernel."""
        self.all(mapped(Kernel([s]), self.target) or [Launch([s])])


def _parts(body: Sequence[Statement]) -> Iterator[list[Statement]]:
    """Yield the loops and branches of a kernel, and what stands between them."""
    between: list[Statement] = []
    for s in body:
        if not isinstance(s, Loop | If):
            between.append(s)
            continue
        if between:
            yield between
        between = []
        yield [s]
    if between:
        yield between
