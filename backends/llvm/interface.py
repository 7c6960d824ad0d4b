"""Kernels seen from outside: what they are called with, and which of them are the same."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from symgraph.lower.program import (
    Buffer,
    Compute,
    If,
    Literal,
    Load,
    Loop,
    Scalar,
    Statement,
    Store,
    Value,
)


class Interface(NamedTuple):
    """A kernel from outside: a text that is equal for kernels equal but for names, and the
    scalars and root buffers that it uses, in order of appearance."""

    key: str
    scalars: list[Scalar]
    roots: list[Buffer]


def canonical(body: Sequence[Statement]) -> Interface:
    names: dict[Scalar, str] = {}
    free: list[Scalar] = []
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
                    yield f"for {value(s.extent)} {inits}{' at once' * s.at_once}"
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

    return Interface("\n".join(lines(body)), free, list(roots))
