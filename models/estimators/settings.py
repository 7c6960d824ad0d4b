"""Settings of estimators: declared once, with a line of documentation, their range and option.

A class decorated with `settings` declares its settings as dataclasses declare fields:

    @settings
    class LeNet(PictureClassifier):
        n_hidden: int | None = setting("units of the hidden layer", Integer(), default=None)
        learning_rate: float = 0.1

The first is new; the second changes the default of one that a base class declares. From them come
the `__init__` whose signature scikit-learn reads, which stores each argument untouched, the checks
before training, the documentation, and the options of `symgraph train`.
"""

import dataclasses
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, dataclass_transform, get_args, get_origin

import numpy as np

from .ranges import Range

_UNSET: Any = object()
# Where a class keeps the settings that it declares, and all that its constructor takes.
_DECLARED, _ACCEPTED = "_declared_settings", "_accepted_settings"

C = TypeVar("C")


@dataclass(frozen=True)
class Option:
    """Describe an option of `symgraph train` that takes a setting's value.

    metavar: the value in its help.
    positive: whether 0, which the setting may be, is refused.
    if_none: how the default None is told.
    """

    flag: str
    metavar: str | None = None
    positive: bool = False
    if_none: str = "chosen from the data"


@dataclass(frozen=True)
class SwitchOption:
    """Describe an option of `symgraph train` that takes no value, and gives the setting `value`."""

    flag: str
    value: Any
    text: str


@dataclass(frozen=True)
class Setting:
    """Describe a setting of an estimator: `text` says what it is, with its unit.

    of_training: it says how to train; the others are what the network is made of.
    accepted: whether the constructor takes it; otherwise it always has its default.
    """

    name: str
    type: Any
    default: Any
    text: str
    range: Range
    option: Option | SwitchOption | None
    of_training: bool
    accepted: bool

    def check(self, value: Any) -> None:
        """Raise `ParameterError` where the value is out of range."""
        if value is not None or type(None) not in get_args(self.type):
            self.range.check(self.name, value)

    def __str__(self) -> str:
        kind = self.type.__name__ if isinstance(self.type, type) else str(self.type)
        kind = re.sub(r"(\w+\.)+", "", kind)
        text = f"{self.text[0].upper()}{self.text[1:]}"
        return f"{self.name}: {kind} = {self.default!r}. {text}; {self.range}."


def setting(
    text: str,
    range: Range,
    *,
    default: Any,
    option: Option | SwitchOption | None = None,
    of_training: bool = False,
    init: bool = True,
    kw_only: bool = True,
) -> Any:
    """Declare a setting in the body of a class that `settings` decorates.

    With `init` False the constructor does not take it, unless a subclass gives it a default.
    `kw_only` is for type checkers, which do not know that inherited settings come last; at run
    time any setting may be given by position, in the order of the signature.
    """
    return Setting("", _UNSET, default, text, range, option, of_training, init)


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(setting,))
def settings(cls: type[C]) -> type[C]:
    """Make the constructor of a class from its settings, and those that it inherits.

    Own settings come first, in their order, then those of its base classes from the nearest to
    the farthest; `_first` of the class names those that are before all others. Raises TypeError for
    one that has no default, or is neither declared by `setting` nor inherited.
    """
    declared: dict[str, Setting] = {}
    for name, kind in inspect.get_annotations(cls).items():
        if kind is ClassVar or get_origin(kind) is ClassVar:
            continue
        value = cls.__dict__.get(name, _UNSET)
        if not isinstance(value, Setting):
            tables = _tables(cls)
            if value is _UNSET or not any(name in table for table in tables):
                raise TypeError(
                    f"{cls.__name__}.{name} is declared by no setting(text, range, default=...)"
                )
            value = dataclasses.replace(_nearest(tables, name), default=value, accepted=True)
        declared[name] = dataclasses.replace(value, name=name, type=kind)
    setattr(cls, _DECLARED, declared)
    for name, own in declared.items():
        setattr(cls, name, own.default)
    accepted = {name: found for name, found in _resolved(cls).items() if found.accepted}
    setattr(cls, _ACCEPTED, MappingProxyType(accepted))
    _set_init(cls)
    _set_documentation(cls)
    return cls


def settings_of(cls: type[Any]) -> Mapping[str, Setting]:
    """Return the settings that the constructor of a class takes, in the order of its signature."""
    found: Mapping[str, Setting] = getattr(cls, _ACCEPTED)
    return found


def _resolved(cls: type[Any]) -> dict[str, Setting]:
    """Return each setting as the nearest class declares it, in the place where the farthest
    does."""
    tables = _tables(cls)
    order = [
        name
        for number, table in enumerate(tables)
        for name in table
        if not any(name in later for later in tables[number + 1 :])
    ]
    first: tuple[str, ...] = getattr(cls, "_first", ())
    return {name: _nearest(tables, name) for name in dict.fromkeys([*first, *order])}


def _tables(cls: type[Any]) -> list[Mapping[str, Setting]]:
    """Return what the class and each of its base classes declare, the nearest first."""
    return [vars(base).get(_DECLARED, {}) for base in cls.__mro__]


def _nearest(tables: list[Mapping[str, Setting]], name: str) -> Setting:
    return next(table[name] for table in tables if name in table)


def _set_init(cls: type[Any]) -> None:
    """Give the class the `__init__` of a dataclass with these fields."""
    fields = [
        (name, found.type, dataclasses.field(default=found.default))
        for name, found in settings_of(cls).items()
    ]
    made: Any = dataclasses.make_dataclass(cls.__name__, fields, repr=False, eq=False)
    init: Callable[..., None] = made.__init__
    init.__qualname__, init.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    cls.__init__ = init  # type: ignore[misc]


def _set_documentation(cls: type[Any]) -> None:
    lines = [f"    {found}" for found in settings_of(cls).values()]
    cls.__doc__ = "\n".join([inspect.cleandoc(cls.__doc__ or ""), "", "Settings:", "", *lines])


def plain(value: Any) -> Any:
    """Return the same in lists, numbers and text where it is an array, tuple or NumPy scalar."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (tuple, list, np.ndarray)):
        return [plain(element) for element in value]
    return value
