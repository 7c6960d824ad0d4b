"""Divide a loop program into steps of the host and launches.

- Scalars that follow from extents, and from integers without axes that the host was given, are the
  host's; all others are the device's, as are checks of them.
- A kernel becomes a launch for each of its outermost loops, or one launch for all. Statements beside
  loops become launches of a single item; those that follow each other share one.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from symgraph.lower.grid.launches import (
    Condition,
    GridProgram,
    HostLoad,
    HostStep,
    Launch,
    Repeat,
    all_steps,
)
from symgraph.lower.grid.mapping import mapped
from symgraph.lower.program.types import (
    Alloc,
    Check,
    Compute,
    Extent,
    If,
    Kernel,
    Load,
    Loop,
    NativeCall,
    NumpyCall,
    Program,
    Statement,
    Store,
    TiledRegion,
)
from symgraph.lower.program.values import Buffer, Literal, Scalar, Value
from symgraph.lower.program.walk import statements
from symgraph.lower.target import Target

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

    def made(self) -> GridProgram:
        self.block(self.program.body)
        slots = {s: number for number, s in enumerate(handed_on(self.steps))}
        return GridProgram(self.program, self.steps, slots, self.checks)

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

    def alone(self, s: Statement) -> None:
        """Add a statement to the launch of a single item that comes last, or to a new one."""
        last = self.last_launch()
        if last is None:
            self.launch(Launch([s]))
        elif last.total is not None:
            last.total.tail.append(s)
        else:
            last.body.append(s)

    def last_launch(self) -> Launch | None:
        """Return the last launch, if it is one that ends with a single item. What the host did
        since needs nothing of it, so it is moved to the end."""
        for back, step in enumerate(reversed(self.steps)):
            if isinstance(step, Launch):
                if step.grid and step.total is None:
                    return None
                self.steps.append(self.steps.pop(len(self.steps) - 1 - back))
                return step
            if not isinstance(step, Compute | HostLoad | Check | Extent | Alloc):
                return None
            if isinstance(step, Alloc) and not self.has(step.buffer.extents):
                return None
        return None

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
        """Repeat the steps of a loop; what it carries is handed on by the device."""
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
        for launch in launches:
            self.launch(launch)

    def part(self, s: Loop | If) -> None:
        """Add the launches of one of several loops or branches of a kernel."""
        for launch in mapped(Kernel([s]), self.target) or [Launch([s])]:
            self.launch(launch)


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


def handed_on(steps: Sequence[HostStep]) -> Iterator[Scalar]:
    """Yield the scalars that one launch computes and another, or the host, uses."""
    maker: dict[Scalar, Launch] = {}
    found: set[Scalar] = set()
    every = list(all_steps(steps))
    for step in every:
        if isinstance(step, Launch):
            for part in parts_of(step):
                maker |= dict.fromkeys(defined(part), step)
    for step in every:
        for scalar in used(step):
            own = maker.get(scalar)
            if own is not None and own is not step:
                found.add(scalar)
        if isinstance(step, Launch) and step.total is not None:
            # The two kernels of a total.
            found.update(set(used_by(step.total.tail)) & set(defined(step.body)))
    return (scalar for scalar in maker if scalar in found)


def parts_of(launch: Launch) -> list[Sequence[Statement]]:
    """Return the statements of a launch, by the kernels that they become."""
    if launch.total is None:
        return [launch.body]
    return [[*launch.body, launch.total.loop], launch.total.tail]


def defined(body: Sequence[Statement]) -> Iterator[Scalar]:
    """Yield the scalars that statements outside loops and branches assign."""
    for s in body:
        match s:
            case Compute() | Load():
                yield s.out
            case Loop():
                yield from (carry.result for carry in s.carried)


def used(step: HostStep) -> Iterator[Scalar]:
    """Yield the scalars that a step uses, those of a launch that it does not assign itself."""
    match step:
        case Launch():
            for part in parts_of(step):
                yield from used_by(part)
            yield from _scalars(step.grid)
        case HostLoad():
            pass
        case Condition():
            yield from _scalars((step.condition,))
        case Repeat():
            yield from _scalars((step.extent,))
        case Compute():
            yield from _scalars(step.args)
        case Check():
            yield from _scalars((step.condition, *step.args))
        case NativeCall():
            yield from _scalars(step.values)
            yield from _layouts((*step.operands, *step.written))
        case NumpyCall():
            yield from _layouts(step.inputs)
        case _:
            buffer = getattr(step, "buffer", None)
            if buffer is not None:
                yield from _layouts((buffer,))


def used_by(body: Sequence[Statement]) -> Iterator[Scalar]:
    """Yield the scalars that statements use and do not assign."""
    own: set[Scalar] = set()
    taken: list[Scalar] = []
    for s in statements(body):
        match s:
            case Compute():
                own.add(s.out)
                taken += _scalars(s.args)
            case Load():
                own.add(s.out)
                taken += [*_scalars(s.indices), *_layouts((s.buffer,))]
            case Store():
                taken += [*_scalars((*s.indices, s.value)), *_layouts((s.buffer,))]
            case Check():
                taken += _scalars((s.condition, *s.args))
            case If():
                taken += _scalars((s.condition,))
            case Loop():
                own |= {s.index, *(x for c in s.carried for x in (c.phi, c.result))}
                taken += _scalars((s.extent, *(v for c in s.carried for v in (c.init, c.next))))
    return (scalar for scalar in taken if scalar not in own)


def _scalars(values: Iterable[Value]) -> list[Scalar]:
    return [v for v in values if isinstance(v, Scalar)]


def _layouts(buffers: Iterable[Buffer]) -> Iterator[Scalar]:
    for buffer in buffers:
        yield from _scalars((buffer.offset, *buffer.strides, *buffer.extents))
