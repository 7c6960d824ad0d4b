"""Fingerprint everything that determines the machine code of a loop program.

Two programs with one fingerprint compile to the same code on this processor: they are equal except
for names, the data of their constants and the nodes and messages that are only needed at run time.
Every field of every statement counts, also those that are added later; a value of an unknown kind
is an error rather than ignored.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm
from symgraph.backends.llvm.codegen.digest import DIGEST, blake2b
from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.codegen.processor import target

import symgraph.lower
from symgraph.graph.version import __version__
from symgraph.lower.program.types import Check, IRCall, NumpyCall, Program
from symgraph.lower.program.values import Buffer, BufferKind, Literal, Scalar
from symgraph.lower.target import Target

# Fields that do not affect the code.
IRRELEVANT = {
    (Program, "name"), (Program, "overwrites"), (Program, "timed"),
    (Check, "error"), (Check, "message"), (Check, "node"), (NumpyCall, "node"),
    (IRCall, "name"), (IRCall, "write"),
}  # fmt: skip
# The folders with the files of the translator itself.
TRANSLATOR = (Path(symgraph.lower.__file__).parent, Path(__file__).parent.parent)


def fingerprint(program: Program, patient: bool = False) -> str:
    """Return the fingerprint, 64 hexadecimal digits; `patient`: for code that polls within kernels.
    Raises TypeError for a program that contains values of unknown kinds."""
    return fingerprint_of_text("patient\n" * patient + canonical_text(program))


def fingerprint_of_text(source: str) -> str:
    """Return the fingerprint of a module that is IR text already."""
    text = f"{surroundings()}\n{_described(target())}\n{source}"
    return blake2b(text.encode(), digest_size=DIGEST).hexdigest()


@cache
def _described(processor: Target) -> str:
    """Return the parameters of the target by which programs were lowered."""
    return repr(processor)


@cache
def surroundings() -> str:
    """Describe all but the program: versions, the translator's own files, the processor."""
    processor = host()
    parts = (
        __version__,
        ".".join(map(str, sys.version_info)),
        llvmlite.__version__,
        ".".join(map(str, llvm.llvm_version_info)),
        processor.triple,
        processor.cpu,
        processor.features,
        *translator_files(TRANSLATOR),
    )
    return "\n".join(parts)


def translator_files(folders: Iterable[Path]) -> Iterator[str]:
    """Yield a line for each source file: name, size and time of change stand for its content."""
    for folder in folders:
        found = []
        # A path object for each file would take longer than everything else here.
        pending = [(os.fspath(folder), "")]
        while pending:
            path, prefix = pending.pop()
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir():
                        pending.append((entry.path, f"{prefix}{entry.name}/"))
                    elif entry.name.endswith(".py"):
                        status = entry.stat()
                        size, changed = status.st_size, status.st_mtime_ns
                        found.append(f"{prefix}{entry.name} {size} {changed}")
        yield from sorted(found)


def canonical_text(program: Program) -> str:
    """Return the program as text, without fields that do not affect the code, with scalars and
    buffers numbered in order of appearance."""
    return _Writer().text(program)


class _Writer:
    def __init__(self) -> None:
        self._names: dict[Scalar | Buffer, str] = {}
        self._parts: list[str] = []
        self._rules: dict[type, Callable[[Any], None]] = {
            Scalar: self._scalar,
            Literal: self._literal,
            Buffer: self._buffer,
            BufferKind: self._buffer_kind,
            tuple: self._sequence,
            list: self._sequence,
            **dict.fromkeys((str, int, bool, float, type(None)), self._plain),
        }

    def text(self, program: Program) -> str:
        self._write(program)
        return " ".join(self._parts)

    def _write(self, thing: Any) -> None:
        kind = type(thing)
        rule = self._rules.get(kind)
        if rule is None:
            rule = self._rules[kind] = self._rule_of(kind)
        rule(thing)

    def _rule_of(self, kind: Any) -> Callable[[Any], None]:
        """Return a rule for a kind of statement, from its fields."""
        if not (is_dataclass(kind) or hasattr(kind, "_fields")):
            raise TypeError(
                f"the fingerprint of a loop program does not know {kind.__name__}: say in"
                f" {__name__} how it decides the code"
            )
        own = [f.name for f in fields(kind)] if is_dataclass(kind) else kind._fields
        names = [name for name in own if (kind, name) not in IRRELEVANT]
        title = kind.__name__

        def write(statement: Any) -> None:
            self._parts.append(title)
            for name in names:
                self._write(getattr(statement, name))

        return write

    def _plain(self, value: Any) -> None:
        self._parts.append(repr(value))

    def _buffer_kind(self, kind: BufferKind) -> None:
        self._parts.append(repr(kind.value))

    def _literal(self, literal: Literal) -> None:
        self._parts.append(f"{literal.value!r}:{literal.dtype}")

    def _sequence(self, things: Any) -> None:
        self._parts.append(f"({len(things)}")
        for thing in things:
            self._write(thing)

    def _scalar(self, scalar: Scalar) -> None:
        name = self._names.get(scalar)
        if name is None:
            self._names[scalar] = name = f"%{len(self._names)}"
            self._parts.append(scalar.dtype)
        self._parts.append(name)

    def _buffer(self, buffer: Buffer) -> None:
        """Write a buffer's fields where it first appears; for views those of the root."""
        name = self._names.get(buffer)
        if name is not None:
            self._parts.append(name)
            return
        self._names[buffer] = name = f"@{len(self._names)}"
        root = buffer.root
        if root is not buffer:
            self._write(root)
        self._parts.append(name)
        for field in Buffer.__slots__:
            if field not in ("name", "base", "data"):
                self._write(getattr(buffer, field))
