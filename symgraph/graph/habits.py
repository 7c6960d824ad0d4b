"""What a language of programs that symgraph runs may change for all variables: the one place.

Native programs change nothing here: a variable has no truth value and no attributes of a program's
own, and Python numbers take the dtype of what stands beside them.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from symgraph.graph.trace import is_ours
from symgraph.graph.variable import Variable


@dataclass(frozen=True)
class Habits:
    """The habits of a language, each at a point that all variables share.

    truth: what `bool(variable)` is, as in `if not W`.
    attribute: makes the value of an attribute that a program reads and never set; raises
        AttributeError for those that stay unknown. Programs may set attributes.
    number: returns the operand that a Python number is beside a variable, in an expression of the
        program's own such as `variable + 1`. Within symgraph numbers are what they always are.
    methods: by class of symgraph's (variables, types, containers, graphs) what it has besides, or
        in another form, which takes all that symgraph's own takes.
    """

    truth: Callable[[Variable], bool]
    attribute: Callable[[Variable, str], Any]
    number: Callable[[Variable, Any], Any]
    methods: Mapping[type, Mapping[str, Any]] = field(default_factory=dict)


_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "divmod")
_OPERATORS = (
    *(f"__{reflected}{name}__" for name in _BINARY for reflected in ("", "r")),
    *(f"__{name}__" for name in ("lt", "gt", "le", "ge")),
)
_NUMBERS = (bool, int, float, complex)


class _Adopted:
    """The habits in force: one set for the whole process, adopted once."""

    habits: Habits | None = None


def adopt(habits: Habits) -> None:
    """Put habits in force, for the rest of the process. Raises RuntimeError where there are some
    already."""
    if _Adopted.habits is not None:
        raise RuntimeError("the habits of a language are in force already")
    _Adopted.habits = habits
    methods: dict[str, Any] = {
        "__bool__": habits.truth,
        "__getattr__": _read,
        "__setattr__": _write,
        "__delattr__": _delete,
    }
    for kind, those in ((Variable, methods), *habits.methods.items()):
        for name, method in those.items():
            setattr(kind, name, method)
    for name in _OPERATORS:
        setattr(Variable, name, _of_programs(getattr(Variable, name), habits.number))


def _of_programs(method: Any, number: Callable[[Variable, Any], Any]) -> Any:
    """Return an operator to which a program's numbers are what `number` says."""

    def call(self: Variable, other: Any) -> Any:
        if type(other) in _NUMBERS:
            caller = sys._getframe(1).f_globals.get("__name__", "")
            if not is_ours(caller):
                other = number(self, other)
        return method(self, other)

    return call


def _read(variable: Variable, name: str) -> Any:
    """Return an attribute that the class does not have. Raises AttributeError."""
    notes = object.__getattribute__(variable, "notes")
    if notes is not None and name in notes:
        return notes[name]
    if name.startswith("__") or hasattr(type(variable), name) or _Adopted.habits is None:
        return object.__getattribute__(variable, name)
    value = _Adopted.habits.attribute(variable, name)
    _write(variable, name, value)
    return value


def _write(variable: Variable, name: str, value: Any) -> None:
    try:
        object.__setattr__(variable, name, value)
    except AttributeError:
        notes = object.__getattribute__(variable, "notes")
        if notes is None:
            notes = {}
            object.__setattr__(variable, "notes", notes)
        notes[name] = value


def _delete(variable: Variable, name: str) -> None:
    notes = object.__getattribute__(variable, "notes")
    if notes is not None and name in notes:
        del notes[name]
    else:
        object.__delattr__(variable, name)
