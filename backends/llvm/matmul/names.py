"""Names of routines. A name says everything about its routine, which can be written from it."""

from dataclasses import Field, fields
from typing import Any, TypeAlias

from symgraph.backends.llvm.matmul.copy import Copy
from symgraph.backends.llvm.matmul.dots import Dots
from symgraph.backends.llvm.matmul.library import Library
from symgraph.backends.llvm.matmul.outer import Outer
from symgraph.backends.llvm.matmul.routine import Sum
from symgraph.backends.llvm.routines import PRODUCT

Spec: TypeAlias = Outer | Dots | Library | Copy
KINDS: dict[str, Any] = {"outer": Outer, "dots": Dots, "library": Library, "copy": Copy}


def name_of(spec: Spec) -> str:
    """`symgraph_product.outer.float32.000.n.500.n.1.0.0`: the kind, and all that it is told."""
    kind = next(name for name, type in KINDS.items() if isinstance(spec, type))
    return ".".join([PRODUCT, kind, *(_text(getattr(spec, f.name)) for f in fields(spec))])


def spec_of(name: str) -> Spec:
    """What the routine of a name is written for."""
    _, kind, *words = name.split(".")
    made = KINDS[kind]
    return made(*(_value(f, word) for f, word in zip(fields(made), words, strict=True)))


def _text(value: Any) -> str:
    if isinstance(value, Sum):
        return "".join(str(int(getattr(value, f.name))) for f in fields(value))
    if isinstance(value, bool):
        return str(int(value))
    return "n" if value is None else str(value)


def _value(f: Field, word: str) -> Any:
    kind: Any = f.type
    if kind is Sum:
        return Sum(*(letter == "1" for letter in word))
    if kind is bool:
        return word == "1"
    if kind is str:
        return word
    return None if word == "n" else int(word)
