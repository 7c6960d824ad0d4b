"""Write new values of shared variables into the memory of the old ones.

A program may be told that a result replaces an argument. It then writes the result over the
argument, if the old value is not needed any more at that point:

- every statement that reads the argument comes before the first that writes the result, or is the
  same kernel and reads each element before it writes just that one, or is a matrix product that
  adds it;
- every statement that may fail comes before that, too: a call that fails changes nothing. Nor does
  one that is interrupted: loops, which may be endless, count as statements that may fail.

Where the order of the statements prevents this, those that write the result are moved behind the
last one that must come before them. Copies of memory onto itself are removed: an update of some
rows of a matrix writes those rows alone.

The caller of such a program must pass an array for that argument that nothing else uses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symgraph.lower.memory.in_place import in_step, is_idle, kernels_of
from symgraph.lower.program.types import (
    Alloc,
    Check,
    Kernel,
    Loop,
    MatMul,
    NumpyCall,
    Program,
    Statement,
    Store,
    Timestamp,
)
from symgraph.lower.program.values import ZERO, Buffer, BufferKind
from symgraph.lower.program.walk import accesses, host_statements, statements


def donate_buffers(program: Program, replaces: Mapping[int, int]) -> None:
    """Let results replace arguments, both by number, where that is safe. The static buffers and
    checks must be marked already: only programs that need no help while they run do this."""
    if not replaces or any(map(_needs_help, host_statements(program.body))):
        return
    writer = _Donation(program)
    for number, argument in replaces.items():
        if writer.attempt(program.results[number], program.arguments[argument]):
            program.overwrites[number] = argument
    program.body[:] = [unit.statement for unit in writer.units]


def _needs_help(s: Statement) -> bool:
    match s:
        case Alloc():
            return not s.buffer.static
        case NumpyCall():
            return True
    return False


@dataclass(eq=False)
class _Unit:
    """A statement of the program's own block, the memory that it reads and writes at any depth, and
    whether it may fail."""

    statement: Statement
    reads: set[Buffer]
    writes: set[Buffer]
    fails: bool

    def touches(self, root: Buffer) -> bool:
        return root in self.reads or root in self.writes


def _unit(statement: Statement) -> _Unit:
    reads: set[Buffer] = set()
    writes: set[Buffer] = set()
    fails = False
    for s in statements([statement]):
        read, written = accesses(s)
        reads.update(buffer.root for buffer in read)
        writes.update(buffer.root for buffer in written)
        fails = fails or (isinstance(s, Check) and not s.static)
    fails = fails or any(isinstance(s, Loop) for s in host_statements([statement]))
    return _Unit(statement, reads, writes, fails)


class _Donation:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.units = [_unit(statement) for statement in program.body]
        self.movable = not any(isinstance(s, Timestamp) for s in program.body)
        # Arguments that are already overwritten.
        self.taken: set[Buffer] = set()

    def attempt(self, result: Buffer, argument: Buffer) -> bool:
        """Let the result be written over the argument if that is safe, and return whether it is."""
        if result.kind is not BufferKind.RESULT or argument in self.taken:
            return False
        if (result.dtype, result.extents) != (argument.dtype, argument.extents):
            return False
        own = [unit for unit in self.units if unit.touches(result)]
        if not own or result not in own[0].writes or any(unit.fails for unit in own):
            return False
        order = self._order(own, argument)
        if order is None or not self._starts_well(own, result, argument):
            return False
        result.base, result.kind, result.offset = argument, BufferKind.RESHAPED, ZERO
        self.units = [unit for unit in order if not _is_superfluous(unit.statement, result)]
        for unit in self.units:
            if result in unit.writes:
                unit.writes.add(argument)
            if result in unit.reads:
                unit.reads.add(argument)
        self.taken.add(argument)
        return True

    def _order(self, own: Sequence[_Unit], argument: Buffer) -> list[_Unit] | None:
        """Return an order in which no statement that needs the argument, or may fail, comes after
        the first of a result's own units; None where there is no such order."""
        first = self.units.index(own[0])
        needed = [
            place
            for place, unit in enumerate(self.units)
            if place > first and (argument in unit.reads or unit.fails)
        ]
        if not needed:
            return self.units
        if not self.movable:
            return None
        barrier = max(needed)
        moved = [unit for unit in own if self.units.index(unit) <= barrier]
        if not self._can_move(moved, first, barrier):
            return None
        before = [unit for unit in self.units[: barrier + 1] if unit not in moved]
        return [*before, *moved, *self.units[barrier + 1 :]]

    def _can_move(self, moved: Sequence[_Unit], first: int, barrier: int) -> bool:
        """Return whether nothing in between reads what the units write, or writes what they
        touch."""
        reads = {root for unit in moved for root in unit.reads}
        writes = {root for unit in moved for root in unit.writes}
        if any(_defines_scalars(unit.statement) for unit in moved):
            return False
        passed = [unit for unit in self.units[first : barrier + 1] if unit not in moved]
        return not any(
            writes & (unit.reads | unit.writes) or reads & unit.writes for unit in passed
        )

    def _starts_well(self, own: Sequence[_Unit], result: Buffer, argument: Buffer) -> bool:
        """Return whether the first unit that writes the result reads the argument safely, if at
        all, and no other of the units touches it."""
        start, *others = own
        if any(unit.touches(argument) for unit in others):
            return False
        if argument not in start.reads:
            return argument not in start.writes
        s = start.statement
        if isinstance(s, MatMul):
            return (
                s.c is not None
                and s.c.root is argument
                and s.a.root is not argument
                and s.b.root is not argument
                and (s.c.offset, s.c.strides) == (s.out.offset, s.out.strides)
            )
        kernels = kernels_of(s)
        return bool(kernels) and all(in_step(kernel, result, argument) for kernel in kernels)


def _is_superfluous(s: Statement, result: Buffer) -> bool:
    """Return whether a statement allocates memory for the result, or copies it onto itself."""
    return (isinstance(s, Alloc) and s.buffer is result) or (isinstance(s, Kernel) and is_idle(s))


def _defines_scalars(s: Statement) -> bool:
    """Return whether other statements may use a scalar that this one computes."""
    return not isinstance(s, Kernel | MatMul | Store | Alloc) and not kernels_of(s)
