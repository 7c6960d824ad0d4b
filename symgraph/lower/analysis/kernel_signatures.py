"""Find the arguments of each kernel's function, and the kernels that can share a function."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from symgraph.lower.program.types import (
    Compute,
    If,
    Kernel,
    Load,
    Loop,
    Statement,
    Store,
)
from symgraph.lower.program.values import Buffer, Literal, Scalar, Value

# Extents and strides from here on may be passed to a kernel as arguments. Short rows are faster
# where their length is known.
LONG = 64
# An integer in a signature's key.
NUMBER = re.compile(r"(?<![\w.])(-?\d+):int64")


class KernelSignature(NamedTuple):
    """The signature of a kernel: a text that is equal for kernels that share a function, and the
    arguments: scalars, with literals that differ among those kernels, and root buffers."""

    key: str
    scalars: list[Value]
    roots: list[Buffer]


def interfaces(kernels: Iterable[Kernel]) -> dict[Kernel, KernelSignature]:
    """Return the signatures of kernels. They share a function if they are equal except for names
    and for long extents and strides, as in updates of matrices of several sizes."""
    found = {kernel: canonical(kernel.body) for kernel in kernels}
    alike: dict[tuple[bool, str], list[tuple[Kernel, list[int]]]] = {}
    for kernel, interface in found.items():
        form, numbers = _form(interface.key)
        alike.setdefault((bool(kernel.work), form), []).append((kernel, numbers))
    for (_, form), members in alike.items():
        columns = list(zip(*(numbers for _, numbers in members), strict=True))
        told = [place for place, column in enumerate(columns) if len(set(column)) > 1]
        if not told:
            continue
        known = [column[0] for place, column in enumerate(columns) if place not in told]
        for kernel, numbers in members:
            _, scalars, roots = found[kernel]
            literals = [Literal(numbers[place]) for place in told]
            found[kernel] = KernelSignature(f"{form}\n{known}", [*scalars, *literals], roots)
    return found


def _form(key: str) -> tuple[str, list[int]]:
    """Return a key with long numbers replaced by names in order of appearance, and these
    numbers."""
    numbers: dict[int, str] = {}

    def named(match: re.Match[str]) -> str:
        value = int(match[1])
        if abs(value) < LONG:
            return match[0]
        return numbers.setdefault(value, f"n{len(numbers)}")

    return NUMBER.sub(named, key), list(numbers)


def canonical(body: Sequence[Statement]) -> KernelSignature:
    """Return the signature of a single kernel, with all literals in its text."""
    names: dict[Scalar, str] = {}
    free: list[Value] = []
    roots: dict[Buffer, str] = {}

    def value(v: Value) -> str:
        if isinstance(v, Literal):
            return f"{v.value!r}:{v.dtype}"
        if v not in names:
            names[v] = f"f{len(free)}:{v.dtype}"
            free.append(v)
        return names[v]

    def define(s: Scalar) -> str:
        names[s] = f"s{len(names)}"
        return names[s]

    def place(buffer: Buffer, indices: Sequence[Value]) -> str:
        root = roots.setdefault(buffer.root, f"m{len(roots)}")
        steps = ",".join(map(value, buffer.strides))
        at = ",".join(map(value, indices))
        return f"{root}.{buffer.dtype}+{value(buffer.offset)}({steps})[{at}]"

    def lines(statements: Sequence[Statement]) -> Iterator[str]:
        for s in statements:
            match s:
                case Compute():
                    args = ",".join(map(value, s.args))
                    yield f"{define(s.out)}:{s.out.dtype}={s.fn}({args}){s.reassociable}"
                case Load():
                    at = place(s.buffer, s.indices)
                    yield f"{define(s.out)}={at}"
                case Store():
                    yield f"{place(s.buffer, s.indices)}={value(s.value)}"
                case Loop():
                    inits = ",".join(value(c.init) for c in s.carried)
                    yield f"for {value(s.extent)} {inits}"
                    yield ",".join(define(x) for x in (s.index, *(c.phi for c in s.carried)))
                    yield from lines(s.body)
                    yield "next " + ",".join(value(c.next) for c in s.carried)
                    yield ",".join(define(c.result) for c in s.carried)
                case If():
                    yield f"if {value(s.condition)}"
                    yield from lines(s.then)
                    yield "else"
                    yield from lines(s.orelse)
                    yield "end"
                case _:
                    raise TypeError(f"{type(s).__name__} has no place in a kernel")

    return KernelSignature("\n".join(lines(body)), free, list(roots))
