"""From a loop program to an object file: out of the cache on disk, or by LLVM and then kept there.

A hit builds no IR and generates no code.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from symgraph.backends.llvm.cache import Entry, object_cache
from symgraph.backends.llvm.emit import emit
from symgraph.backends.llvm.fingerprint import fingerprint
from symgraph.backends.llvm.jit import ObjectCode, compile_object

from symgraph.lower.program import Check, If, Loop, Perform, Program, Statement


class Translated(NamedTuple):
    """A program as an object file, and what the runtime must know to run it."""

    code: ObjectCode
    # By the numbers that the code has for them.
    checks: list[Check]
    performs: list[Perform]
    # 8-byte words of the frame.
    frame_size: int


def translate(program: Program, name: str) -> Translated:
    """The code of a program for this processor."""
    numbered = list(_numbered(program.body))
    cache = object_cache()
    key = fingerprint(program) if cache is not None else ""
    entry = cache.get(key, name) if cache is not None else None
    if entry is None:
        emitted = emit(program)
        place = {statement: position for position, statement in enumerate(numbered)}
        facts: dict[str, Any] = {
            "checks": [place[check] for check in emitted.checks],
            "performs": [place[perform] for perform in emitted.performs],
            "frame_size": emitted.frame_size,
        }
        entry = Entry(compile_object(emitted.module, name), facts)
        if cache is not None:
            cache.put(key, entry)
    code, facts = entry
    return Translated(
        code,
        [numbered[position] for position in facts["checks"]],
        [numbered[position] for position in facts["performs"]],
        facts["frame_size"],
    )


def _numbered(body: Sequence[Statement]) -> Iterator[Any]:
    """The checks and fall-backs of a program, in the order of its text."""
    pending = list(reversed(body))
    while pending:
        match pending.pop():
            case Check() | Perform() as found:
                yield found
            case Loop() as loop:
                pending += reversed(loop.body)
            case If() as branch:
                pending += reversed((*branch.then, *branch.orelse))
