"""`theano.config`: Theano's flags. Those that mean something here are symgraph's own flags."""

import configparser as ini
import os
import re
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from symgraph.compat.theano.flag_table import DEFAULTS
from symgraph.compat.theano.lookup import resolver
from symgraph.graph import config as native

__getattr__, __dir__ = resolver(__name__, ".configparser")

# The flags that the environment or a file gives and that nobody has added yet.
UNKNOWN_FLAGS: dict[str, str] = {}
# Flags that are symgraph's flags of the same name.
SHARED = ("floatX", "on_unused_input", "optimizer_excluding", "optimizer_including")
_REWRITING = {"None": "None", "merge": "None"}
_BACK_ENDS = {"FAST_COMPILE": "reference", "DebugMode": "reference", "DEBUG_MODE": "reference"}


def _parsed(text: Any, default: Any) -> Any:
    """Return a value in the type of the flag's default."""
    if not isinstance(text, str) or isinstance(default, str) or default is None:
        return text
    if isinstance(default, bool):
        if text.lower() in ("true", "1", "yes", "on"):
            return True
        if text.lower() in ("false", "0", "no", "off"):
            return False
        raise ValueError(f"a truth value is needed, not {text!r}")
    return type(default)(text)


def _native_device(name: str, before: str) -> str:
    """Return the value of symgraph's flag for one of Theano's: 'opencl0:1' is a device of OpenCL.
    Theano's names of other devices change nothing."""
    if name.startswith(("cpu", "opencl")):
        return re.sub(r"\Aopencl(?=\d)", "opencl:", name)
    return before


class TheanoConfig:
    """Read and set Theano's flags, as attributes: `theano.config.floatX`, `config.blas.ldflags`.

    At the start flags come from the variable THEANO_FLAGS, then from `~/.theanorc` or the files
    that THEANORC names. `floatX`, `on_unused_input`, `optimizer`, `optimizer_excluding`,
    `optimizer_including`, `mode`, and of devices those of OpenCL have an effect; the other
    flags of Theano 1.0 are kept and can be read, but choose among things of which symgraph has one
    (linkers, C compilers).
    Raises AttributeError for a flag that Theano does not have.

    >>> from symgraph.compat.theano.configdefaults import config
    >>> config.floatX, config.traceback.limit
    ('float64', 8)
    """

    def __init__(
        self,
        values: dict[str, Any] | None = None,
        prefix: str = "",
        filters: dict[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        state = {name: default for name, (default, _) in DEFAULTS.items()}
        self.__dict__["_values"] = state if values is None else values
        self.__dict__["_prefix"] = prefix
        # What the flags of a program's own take.
        self.__dict__["_filters"] = {} if filters is None else filters

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"theano.config has no flag {name!r}")
        full = self._prefix + name
        if full in SHARED:
            return getattr(native, full)
        values = self._values
        if full in values:
            return values[full]
        if any(flag.startswith(full + ".") for flag in values):
            return TheanoConfig(values, full + ".", self._filters)
        raise AttributeError(f"theano.config has no flag {full!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        self.set(self._prefix + name, value)

    def set(self, name: str, value: Any) -> None:
        """Set a flag by its full name.

        name: with a dot where it is in a section, such as 'traceback.limit'.
        value: what the flag takes, or text that says it.
        Raises AttributeError for an unknown flag, ValueError for a value that it does not take.

        >>> from symgraph.compat.theano.configdefaults import config
        >>> config.set("exception_verbosity", "low")
        """
        if name in SHARED:
            setattr(native, name, value)
            return
        if name not in self._values:
            raise AttributeError(f"theano.config has no flag {name!r}")
        if name in self._filters:
            self._values[name] = self._filters[name](value)
            return
        default, choices = DEFAULTS.get(name, (self._values[name], None))
        parsed = _parsed(value, default)
        if choices is not None and str(parsed) not in choices:
            raise ValueError(
                f"Invalid value ({parsed!r}) for configuration variable {name!r}: it takes one of"
                f" {', '.join(choices)}"
            )
        self._values[name] = parsed
        if name == "optimizer":
            native.optimizer = _REWRITING.get(str(parsed), "fast_run")
        elif name == "mode":
            native.mode = _BACK_ENDS.get(str(parsed), "llvm")
        elif name == "device":
            native.device = _native_device(str(parsed), native.device)

    def get(self, name: str) -> Any:
        """Return a flag by its full name.

        name: as for `set`. Raises AttributeError for an unknown flag.

        >>> from symgraph.compat.theano.configdefaults import config
        >>> config.get("traceback.limit")
        8
        """
        found: Any = self
        for part in name.split("."):
            found = getattr(found, part)
        return found

    def __copy__(self) -> "TheanoConfig":
        return self

    def __deepcopy__(self, memo: Any) -> "TheanoConfig":
        # The flags are those of the process: a copy is another name of them.
        return self

    def names(self) -> list[str]:
        """Return the full names of all flags, sorted.

        >>> from symgraph.compat.theano.configdefaults import config
        >>> "traceback.limit" in config.names()
        True
        """
        return sorted([*SHARED, *self._values])

    def add(self, name: str, default: Any, filter: Callable[[Any], Any] | None = None) -> None:
        """Add a flag of a program's own.

        name: its full name. default: its value until it is set.
        filter: returns what is set, of what is given; raises ValueError for what the flag does not
            take.
        Raises AttributeError where the flag exists, and as `filter` does.

        >>> from symgraph.compat.theano.configdefaults import TheanoConfig
        >>> flags = TheanoConfig()
        >>> flags.add("my.flag", 3)
        >>> flags.my.flag
        3
        """
        if name in self._values or name in SHARED:
            raise AttributeError(f"theano.config has the flag {name!r} already")
        self._values[name] = default if filter is None else filter(default)
        if filter is not None:
            self._filters[name] = filter

    @contextmanager
    def change_flags(self, **flags: Any) -> Iterator[None]:
        """Set flags within a `with` block, or within a decorated function.

        flags: their values by name; `__` stands for the dot of a section.
        Returns a context manager.

        >>> from symgraph.compat.theano.configdefaults import config
        >>> with config.change_flags(floatX="float32"):
        ...     config.floatX
        'float32'
        """
        names = {name.replace("__", "."): value for name, value in flags.items()}
        before = {name: self.get(name) for name in names}
        try:
            for name, value in names.items():
                self.set(name, value)
            yield
        finally:
            for name, value in before.items():
                self.set(name, value)

    def __repr__(self) -> str:
        return "\n".join(f"{name} = {self.get(name)!r}" for name in self.names())


def _from_files() -> dict[str, str]:
    named = os.environ.get("THEANORC")
    paths = named.split(os.pathsep) if named else ["~/.theanorc"]
    parser = ini.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read([Path(path).expanduser() for path in paths])
    return {
        name if section == "global" else f"{section}.{name}": value
        for section in parser.sections()
        for name, value in parser.items(section)
    }


def _from_environment() -> dict[str, str]:
    found = {}
    for part in os.environ.get("THEANO_FLAGS", "").split(","):
        name, equals, value = part.strip().partition("=")
        if name and not equals:
            raise ValueError(f"THEANO_FLAGS: {part!r} is not of the form flag=value")
        if name:
            found[name.strip()] = value.strip()
    return found


def local_bitwidth() -> int:
    """Return how many bits an address has.

    >>> from symgraph.compat.theano.configdefaults import local_bitwidth
    >>> local_bitwidth() in (32, 64)
    True
    """
    return 64 if sys.maxsize > 2**32 else 32


def python_int_bitwidth() -> int:
    """Return how many bits a long of the C language has.

    >>> from symgraph.compat.theano.configdefaults import python_int_bitwidth
    >>> python_int_bitwidth() in (32, 64)
    True
    """
    return struct.calcsize("l") * 8


def read_flags(into: TheanoConfig) -> None:
    """Set the flags that the environment and the user's files give; unknown ones wait for a
    program to add them.

    into: the configuration.
    Raises ValueError for a value that a flag does not take.

    >>> from symgraph.compat.theano.configdefaults import TheanoConfig, read_flags
    >>> read_flags(TheanoConfig())
    """
    for name, value in (_from_files() | _from_environment()).items():
        if name in SHARED or name in into._values:
            into.set(name, value)
        else:
            UNKNOWN_FLAGS[name] = value


config: TheanoConfig = TheanoConfig()
