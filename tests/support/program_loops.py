"""Statements about the loops of a lowered program."""

from collections.abc import Iterator, Sequence

from support.lowering import lowered
from symgraph.graph import Variable
from symgraph.lower.program.types import Compute, If, Kernel, Loop, Program, Statement, TiledRegion


def program_of(inputs: Sequence[Variable], *outputs: Variable) -> Program:
    return lowered(inputs, outputs).program


def within(body: Sequence[Statement]) -> Iterator[Statement]:
    """All statements, at any depth."""
    for s in body:
        yield s
        match s:
            case Loop() | Kernel():
                yield from within(s.body)
            case TiledRegion():
                yield from within(s.statements)
            case If():
                yield from within(s.then)
                yield from within(s.orelse)


def kernels(program: Program) -> list[Kernel]:
    return [s for s in within(program.body) if isinstance(s, Kernel)]


def functions(program: Program) -> list[str]:
    """The scalar functions that the program computes, in order."""
    return [s.fn for s in within(program.body) if isinstance(s, Compute)]
