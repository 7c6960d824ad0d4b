"""Names of routines. A name says everything about its routine, which can be written from it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

# How the names of routines begin.
PRODUCT, CONVOLUTION = "symgraph_product", "symgraph_convolution"
# In the name of a word that holds the address of one: see `late_name`.
LATE = "?"


def late_name(routine: str, branch: tuple[int, bool]) -> str:
    """The symbol of a word, for the branch of the program's choice of that number."""
    number, then = branch
    return f"{routine}{LATE}{number}.{int(then)}"


class Names:
    """The names of the routines of a room, and what these are written for: of each kind a
    dataclass, whose fields are words, bools, numbers, tuples of numbers, or dataclasses of bools;
    n is a number that is not known."""

    def __init__(self, room: str, kinds: Mapping[str, type]) -> None:
        self.room = room
        self.kinds = kinds

    def of(self, spec: Any) -> str:
        """The room, the kind, and all fields, between dots."""
        kind = next(name for name, type in self.kinds.items() if isinstance(spec, type))
        return ".".join([self.room, kind, *(_text(getattr(spec, f.name)) for f in fields(spec))])

    def spec(self, name: str) -> Any:
        """What the routine of a name is written for."""
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
