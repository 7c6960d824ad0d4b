"""Names of routines. A name says everything about its routine, which can be written from it."""

from dataclasses import Field, fields
from typing import Any, TypeAlias

from symgraph.backends.llvm.conv.direct import Direct, Total
from symgraph.backends.llvm.conv.pooling import Pooling
from symgraph.backends.llvm.conv.winograd import Winograd
from symgraph.backends.llvm.routines import CONVOLUTION

Spec: TypeAlias = Direct | Total | Winograd | Pooling
KINDS: dict[str, Any] = {
    "direct": Direct, "total": Total, "winograd": Winograd, "pooling": Pooling
}  # fmt: skip


def name_of(spec: Spec) -> str:
    """`symgraph_convolution.direct.output.float32.1x1.1x1.5x5.20.50.8.64.1`: the kind, and all
    that it is told; n is what is not known."""
    kind = next(name for name, type in KINDS.items() if isinstance(spec, type))
    return ".".join([CONVOLUTION, kind, *(_text(getattr(spec, f.name)) for f in fields(spec))])


def spec_of(name: str) -> Spec:
    """What the routine of a name is written for."""
    _, kind, *words = name.split(".")
    made = KINDS[kind]
    return made(*(_value(f, word) for f, word in zip(fields(made), words, strict=True)))


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return "x".join(map(_text, value))
    if isinstance(value, bool):
        return str(int(value))
    return "n" if value is None else str(value)


def _value(f: Field, word: str) -> Any:
    kind: Any = f.type
    if kind is str:
        return word
    if kind is bool:
        return word == "1"
    if kind is int or kind == int | None:
        return _number(word)
    return tuple(map(_number, word.split("x")))


def _number(word: str) -> int | None:
    return None if word == "n" else int(word)
