"""Compute what follows from the extents of a program's arguments before it runs.

Most host scalars are arithmetic on extents. Those are computed here, in Python, once for each
combination of extents that occurs in calls: the sizes of buffers, and whether checks hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symgraph.lower.extents.evaluation import Number, value_of
from symgraph.lower.program.types import Alloc, Check, Compute, Extent, If, Program
from symgraph.lower.program.values import BufferKind, Literal, Scalar, Value
from symgraph.lower.program.walk import host_statements

Shape = tuple[int, ...]


class StaticExtents:
    """The scalars of a program's host statements that follow from its arguments' extents, with the
    statements to compute those that memory and checks need."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._makers: dict[Scalar, Compute | Extent] = {}
        for statement in host_statements(program.body):
            match statement:
                case Extent() if statement.buffer.kind is BufferKind.ARGUMENT:
                    self._makers[statement.out] = statement
                case Compute() if self.knows(statement.args):
                    self._makers[statement.out] = statement
        self._order = {scalar: position for position, scalar in enumerate(self._makers)}
        self._numbers = {buffer: number for number, buffer in enumerate(program.arguments)}
        self._steps: list[Compute | Extent] = []

    def knows(self, values: Iterable[Value]) -> bool:
        return all(isinstance(v, Literal) or v in self._makers for v in values)

    def want(self, values: Iterable[Value]) -> None:
        """Request these values, which are static, from later calls of `values`."""
        needed: set[Scalar] = set()
        pending = [v for v in values if isinstance(v, Scalar)]
        while pending:
            scalar = pending.pop()
            if scalar in needed:
                continue
            needed.add(scalar)
            maker = self._makers[scalar]
            if isinstance(maker, Compute):
                pending += [v for v in maker.args if isinstance(v, Scalar)]
        self._steps = [self._makers[s] for s in sorted(needed, key=self._order.__getitem__)]

    def values(self, shapes: Sequence[Shape]) -> Mapping[Scalar, Number]:
        """Return the requested scalars for these extents of the arguments."""
        found: dict[Scalar, Any] = {}
        for step in self._steps:
            if isinstance(step, Extent):
                found[step.out] = shapes[self._numbers[step.buffer]][step.axis]
            else:
                args = [number(v, found) for v in step.args]
                dtypes = tuple([v.dtype for v in step.args])
                found[step.out] = value_of(step.fn, args, dtypes, step.out.dtype)
        return found


def number(value: Value, found: Mapping[Scalar, Number]) -> Any:
    return value.value if isinstance(value, Literal) else found[value]


def find_static_extents(program: Program) -> StaticExtents:
    """Mark the buffers that are static, and the static checks and choices outside all loops and
    branches: others may never be reached."""
    static = StaticExtents(program)
    wanted: list[Value] = []
    certain = set(program.body)
    for statement in host_statements(program.body):
        match statement:
            case Check() if statement in certain and static.knows(
                (statement.condition, *statement.args)
            ):
                statement.static = True
                wanted += (statement.condition, *statement.args)
            case If() if statement in certain and static.knows((statement.condition,)):
                statement.static = True
                wanted.append(statement.condition)
            case Alloc() if static.knows(statement.buffer.extents):
                statement.buffer.static = True
                wanted += statement.buffer.extents
    static.want(wanted)
    return static
