"""The machine code of a graph's kernels, loop by loop."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from symgraph.backends.llvm import supports
from symgraph.backends.llvm.codegen.jit import assembly, host
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.host_emission.module import emit

from symgraph.graph import FunctionGraph, Variable
from symgraph.lower import lower
from symgraph.lower.analysis.outline import Outline

# By feature of the processor: its widest registers, and how many bytes they hold.
WIDEST = (("avx512f", "zmm", 64), ("avx2", "ymm", 32))

LABEL = re.compile(r"(\.?L\w+):")
# Of x86 and of ARM.
JUMP = re.compile(r"\s+(?:j\w+|b(?:\.\w+)?|cbn?z\s+\w+,|tbn?z\s+\w+,\s*#\d+,)\s+(\.?L\w+)")


@dataclass(frozen=True)
class Code:
    """The instructions of an innermost loop."""

    lines: tuple[str, ...]

    def has(self, pattern: str) -> bool:
        return any(re.search(pattern, line) for line in self.lines)

    def __str__(self) -> str:
        return "\n".join(self.lines)


def vector_register() -> str:
    """The name of the widest vector registers; skips the test where there are none."""
    for feature, register, _ in WIDEST:
        if host().has(feature):
            return register
    pytest.skip("no vector registers that these tests know")


def kernels_of(inputs: Sequence[Variable], *outputs: Variable) -> dict[str, str]:
    """The assembly of each kernel's loops, and of what makes their random words, by name."""
    program = lower(FunctionGraph(inputs, outputs), "looked_at", supports, target=target()).program
    text = assembly(emit(Outline(program)))
    # A function ends where its size is told.
    found = re.findall(
        r"^(kernel\d+[\w.]*|symgraph\.random_words\d+):(.*?)\.size\s+\1,",
        text,
        re.MULTILINE | re.DOTALL,
    )
    # What cuts loops into ranges for several threads has names of its own.
    made = (".range", "words32", "words64")
    return {name: body for name, body in found if name.endswith(made) or "." not in name}


def innermost_loops(text: str) -> Iterator[Code]:
    """The loops of a function that have no loop inside."""
    lines = text.split("\n")
    labels = {m[1]: n for n, line in enumerate(lines) if (m := LABEL.match(line))}
    ranges = []
    for end, line in enumerate(lines):
        jump = JUMP.match(line)
        if jump and jump[1] in labels and labels[jump[1]] < end:
            ranges.append((labels[jump[1]], end))
    for start, end in ranges:
        inside = [r for r in ranges if r != (start, end) and start <= r[0] and r[1] <= end]
        if not inside:
            yield Code(tuple(lines[start : end + 1]))


def vector_loops(inputs: Sequence[Variable], *outputs: Variable) -> list[Code]:
    """The innermost loops of all kernels that compute on the widest registers."""
    register = vector_register()
    return [
        loop
        for text in kernels_of(inputs, *outputs).values()
        for loop in innermost_loops(text)
        if loop.has(register)
    ]
