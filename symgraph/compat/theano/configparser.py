"""`theano.configparser`: the flags of a program's own, and flags for a while."""

import os
from collections.abc import Callable, Iterator
from typing import Any

from symgraph.compat.theano.configdefaults import UNKNOWN_FLAGS, config
from symgraph.compat.theano.flag_table import DEFAULTS
from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".configdefaults")

THEANO_FLAGS = os.environ.get("THEANO_FLAGS", "")
# The flags that the environment gives and that nobody has added yet.
THEANO_FLAGS_DICT = UNKNOWN_FLAGS


class TheanoConfigWarning(Warning):
    """Warned of by Theano where a flag has a doubtful value."""


class ConfigParam:
    """Describe a flag: its default and which values it takes.

    default: its value until it is set. filter: a function that returns the value, or raises.
    allow_override: Theano's; every flag may be set here.

    >>> from symgraph.compat.theano.configparser import ConfigParam
    >>> ConfigParam(3).default
    3
    """

    def __init__(
        self,
        default: Any,
        filter: Callable[[Any], Any] | None = None,
        allow_override: bool = True,
    ) -> None:
        self.default = default
        self.filter = filter
        self.allow_override = allow_override


class EnumStr(ConfigParam):
    """Describe a flag that takes one of several words, the first of them by default.

    >>> from symgraph.compat.theano.configparser import EnumStr
    >>> EnumStr("off", "on").all
    ('off', 'on')
    """

    def __init__(self, default: str, *options: str, **keywords: Any) -> None:
        super().__init__(default, self._among, **keywords)
        self.all: tuple[str, ...] = (default, *options)

    def _among(self, value: Any) -> str:
        if value not in self.all:
            raise ValueError(f"the flag takes one of {', '.join(self.all)}, not {value!r}")
        return str(value)


class TypedParam(ConfigParam):
    """Describe a flag of one type.

    default: its value until it is set. mytype: makes a value of text.
    is_valid: whether the flag takes a value. allow_override: Theano's.

    >>> from symgraph.compat.theano.configparser import TypedParam
    >>> TypedParam(3, int).mytype
    <class 'int'>
    """

    def __init__(
        self,
        default: Any,
        mytype: Callable[[Any], Any],
        is_valid: Callable[[Any], bool] | None = None,
        allow_override: bool = True,
    ) -> None:
        super().__init__(default, self._read, allow_override)
        self.mytype = mytype
        self.is_valid = is_valid

    def _read(self, value: Any) -> Any:
        made = self.mytype(value)
        if self.is_valid is not None and not self.is_valid(made):
            raise ValueError(f"the flag does not take {value!r}")
        return made


def StrParam(default: Any, is_valid: Any = None, allow_override: bool = True) -> TypedParam:
    """Return the description of a flag that takes text: see `ConfigParam`.

    >>> from symgraph.compat.theano.configparser import StrParam
    >>> StrParam("a").default
    'a'
    """
    return TypedParam(default, str, is_valid, allow_override)


def IntParam(default: Any, is_valid: Any = None, allow_override: bool = True) -> TypedParam:
    """Return the description of a flag that takes an integer: see `ConfigParam`.

    >>> from symgraph.compat.theano.configparser import IntParam
    >>> IntParam(3).default
    3
    """
    return TypedParam(default, int, is_valid, allow_override)


def FloatParam(default: Any, is_valid: Any = None, allow_override: bool = True) -> TypedParam:
    """Return the description of a flag that takes a float: see `ConfigParam`.

    >>> from symgraph.compat.theano.configparser import FloatParam
    >>> FloatParam(0.5).default
    0.5
    """
    return TypedParam(default, float, is_valid, allow_override)


def BoolParam(default: Any, is_valid: Any = None, allow_override: bool = True) -> TypedParam:
    """Return the description of a flag that takes a truth value: see `ConfigParam`.

    >>> from symgraph.compat.theano.configparser import BoolParam
    >>> BoolParam(True).default
    True
    """
    return TypedParam(default, _truth, is_valid, allow_override)


def _truth(value: Any) -> bool:
    found = {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())
    if found is None:
        raise ValueError(f"a truth value is needed, not {value!r}")
    return found


def AddConfigVar(
    name: str, doc: str, configparam: ConfigParam, root: Any = None, in_c_key: bool = True
) -> None:
    """Add a flag to `theano.config`.

    name: its full name. doc: what it is for. configparam: its default, and what it takes.
    root, in_c_key: Theano's.
    The environment and the user's files may give it another value than the default.
    Raises AttributeError where the flag exists, ValueError for a value that it does not take.

    >>> from symgraph.compat.theano.configparser import AddConfigVar, IntParam
    >>> AddConfigVar("a_program.flag", "an example", IntParam(3))
    """
    default = configparam.default
    given = UNKNOWN_FLAGS.pop(name, None)
    if given is None:
        given = default() if callable(default) else default
    config.add(name, given, configparam.filter)


class _Flag:
    """One flag, as Theano's objects of flags are read and set."""

    def __init__(self, fullname: str) -> None:
        self.fullname = fullname
        self.default = DEFAULTS.get(fullname, (None, None))[0]

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        return self if owner is None else config.get(self.fullname)

    def __set__(self, owner: Any, value: Any) -> None:
        config.set(self.fullname, value)

    def __repr__(self) -> str:
        return f"{self.fullname} = {config.get(self.fullname)!r}"


class _Flags:
    """All flags there are, also those that a program adds; Theano's list of them."""

    def __iter__(self) -> Iterator[_Flag]:
        return map(_Flag, config.names())

    def __len__(self) -> int:
        return len(config.names())


_config_var_list = _Flags()


class change_flags:  # noqa: N801 - Theano's name
    """Set flags within a `with` block or a decorated function: see `TheanoConfig.change_flags`.

    >>> from symgraph.compat.theano.configparser import change_flags
    >>> with change_flags(floatX="float32"):
    ...     T.vector().dtype
    'float32'
    """

    def __init__(self, args: Any = (), **kwargs: Any) -> None:
        self.flags = {**dict(args), **kwargs}

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, during whose calls the flags are set."""
        return config.change_flags(**self._named())(function)

    def __enter__(self) -> None:
        self._context = config.change_flags(**self._named())
        self._context.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._context.__exit__(*error)

    def _named(self) -> dict[str, Any]:
        return {name.replace(".", "__"): value for name, value in self.flags.items()}
