"""Names of routines. A name encodes everything about its routine, which is generated from it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

# The prefixes of the names of routines.
PRODUCT, CONVOLUTION = "symgraph_product", "symgraph_convolution"
SORTING = "symgraph_sorting"
# A mark in the name of a word that holds the address of a routine: see `late_name`.
LATE = "?"


def late_name(routine: str, branch: tuple[int, bool]) -> str:
    """Return the symbol of a routine's word, for a branch of the program's choice of that
    number."""
    number, then = branch
    return f"{routine}{LATE}{number}.{int(then)}"


class Names:
    """The names of the routines of a package, and their specifications: each kind of routine has a
    dataclass, whose fields are words, bools, numbers, tuples of numbers, or dataclasses of bools; n
    stands for an unknown number."""

    def __init__(self, room: str, kinds: Mapping[str, type]) -> None:
        self.room = room
        self.kinds = kinds

    def of(self, spec: Any) -> str:
        """Return the name: the package, the kind, and all fields, separated by dots."""
        kind = next(name for name, type in self.kinds.items() if isinstance(spec, type))
        return ".".join([self.room, kind, *(_text(getattr(spec, f.name)) for f in fields(spec))])

    def spec(self, name: str) -> Any:
        """Return the specification of the routine with a name."""
        _, kind, *words = name.split(".")
        made: Any = self.kinds[kind]
        return made(*(_value(f.type, word) for f, word in zip(fields(made), words, strict=True)))


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return "x".join(map(_text, value))
    if is_dataclass(value):
        return "".join(_text(getattr(value, f.name)) for f in fields(value))
    if isinstance(value, bool):
        return str(int(value))
    return "n" if value is None else str(value)


def _value(kind: Any, word: str) -> Any:
    if kind is str:
        return word
    if kind is bool:
        return word == "1"
    if kind is int or kind == int | None:
        return _number(word)
    if is_dataclass(kind):
        made: Any = kind
        return made(*(letter == "1" for letter in word))
    return tuple(map(_number, word.split("x")))


def _number(word: str) -> int | None:
    return None if word == "n" else int(word)
