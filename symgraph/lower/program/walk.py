"""Traverse the statements of a program, in the order of its text."""

from collections.abc import Iterator, Sequence

from symgraph.lower.program.types import (
    If,
    Kernel,
    Load,
    Loop,
    NativeCall,
    NumpyCall,
    Statement,
    Store,
    TiledRegion,
)
from symgraph.lower.program.values import Buffer


def host_statements(body: Sequence[Statement]) -> Iterator[Statement]:
    """Yield all statements outside kernels, at any depth; each before those within it."""
    pending = list(reversed(body))
    while pending:
        s = pending.pop()
        yield s
        match s:
            case Loop():
                pending += reversed(s.body)
            case If():
                pending += reversed((*s.then, *s.orelse))
            case TiledRegion():
                pending += reversed(s.statements)


def statements(body: Sequence[Statement]) -> Iterator[Statement]:
    """Yield all statements, also those within kernels; each before those within it."""
    for s in host_statements(body):
        yield s
        if isinstance(s, Kernel):
            # Kernels contain no kernels.
            yield from host_statements(s.body)


Buffers = tuple[Buffer, ...]


def accesses(s: Statement) -> tuple[Buffers, Buffers]:
    """Return the buffers that a statement itself reads, and those that it writes."""
    match s:
        case Load():
            return (s.buffer,), ()
        case Store():
            return (), (s.buffer,)
        case NativeCall():
            return s.operands, s.written
        case NumpyCall():
            return s.inputs, s.outputs
    return (), ()


def used_buffers(body: Sequence[Statement]) -> Iterator[Buffer]:
    """Yield every buffer that statements read or write, at any depth."""
    for s in statements(body):
        for buffers in accesses(s):
            yield from buffers


def host_blocks(body: list[Statement]) -> Iterator[list[Statement]]:
    """Yield the blocks of statements outside kernels: the program's own, and those of loops and
    branches."""
    yield body
    for s in host_statements(body):
        match s:
            case Loop():
                yield s.body
            case If():
                yield s.then
                yield s.orelse


def kernels(body: Sequence[Statement]) -> Iterator[Kernel]:
    return (s for s in host_statements(body) if isinstance(s, Kernel))
