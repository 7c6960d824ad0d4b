"""Which arena buffers share memory: those whose lifetimes do not meet."""

from collections.abc import Iterator, Sequence

from symgraph.lower.program import (
    Buffer,
    Declare,
    If,
    Kernel,
    Load,
    Loop,
    MatMul,
    Perform,
    Program,
    Statement,
    Store,
)


def used_buffers(body: Sequence[Statement]) -> Iterator[Buffer]:
    """Every buffer that statements read or write, at any depth."""
    pending: list[Statement] = list(body)
    while pending:
        s = pending.pop()
        match s:
            case Load() | Store():
                yield s.buffer
            case MatMul():
                yield from (s.out, *s.operands)
            case Perform():
                yield from (*s.inputs, *s.outputs)
            case Loop() | Kernel():
                pending += s.body
            case If():
                pending += [*s.then, *s.orelse]


def plan(program: Program) -> None:
    """Give each arena buffer a slot: one that a dead buffer leaves, or a new one."""
    last: dict[Buffer, int] = {}
    declared_in: list[list[Buffer]] = []
    for position, statement in enumerate(program.body):
        declared_in.append(list(_declared([statement])))
        for buffer in used_buffers([statement]):
            last[buffer.root] = position
    dying: dict[int, list[Buffer]] = {}
    for buffer, position in last.items():
        if buffer.kind == "arena":
            dying.setdefault(position, []).append(buffer)
    free: list[int] = []
    for position in range(len(program.body)):
        for buffer in declared_in[position]:
            if buffer.kind == "arena":
                if free:
                    buffer.slot = free.pop()
                else:
                    buffer.slot = program.slots
                    program.slots += 1
        free += [buffer.slot for buffer in dying.get(position, ()) if buffer.slot is not None]


def _declared(body: Sequence[Statement]) -> Iterator[Buffer]:
    pending: list[Statement] = list(body)
    while pending:
        s = pending.pop()
        match s:
            case Declare():
                yield s.buffer
            case Loop() | Kernel():
                pending += s.body
            case If():
                pending += [*s.then, *s.orelse]
