"""The configuration flags: read from the environment or a file, or set for a while.

Order of precedence: `config.change_flags(...)`, then assignment, then the variable
``SYMGRAPH_FLAGS`` (``floatX=float32,device=opencl``), then the ini file named by
``SYMGRAPHRC`` (default ``~/.symgraphrc``, section ``[global]``), then the default.
"""

import contextlib
import contextvars
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symgraph.graph.lazy_import import LazyModule

configparser: Any = LazyModule("configparser")


@dataclass(frozen=True)
class Flag:
    """One flag: its default, the values it accepts (int: integers from 0; None: any) and its
    effect."""

    name: str
    default: str
    choices: tuple[str, ...] | type[int] | None
    doc: str

    def check(self, value: Any, source: str) -> str:
        text = str(value)
        if self.choices is int and not (text.isascii() and text.isdecimal()):
            admitted = "an integer, at least 0"
        elif isinstance(self.choices, tuple) and text not in self.choices:
            admitted = f"one of {', '.join(self.choices)}"
        else:
            return text
        raise ValueError(
            f"{source}: {text!r} is no value for the flag {self.name!r}; it takes {admitted}"
        )


FLAGS = {
    flag.name: flag
    for flag in (
        Flag(
            "floatX",
            "float64",
            ("float16", "float32", "float64"),
            "dtype of T.matrix() and friends, and of Python floats among integers",
        ),
        Flag(
            "device",
            "cpu",
            None,
            "what function() compiles for: cpu by the flag mode; or opencl, opencl:gpu, opencl:cpu,"
            " or a device by its numbers, opencl:0:1 (symgraph info lists them)",
        ),
        Flag("mode", "llvm", None, "back end of function() on the cpu: the name of an entry point"),
        Flag(
            "optimizer",
            "fast_run",
            ("fast_run", "None"),
            "whether function() rewrites the graph before it is compiled",
        ),
        Flag(
            "optimizer_excluding",
            "",
            None,
            "rewriting rules and phases to leave out, by their names, separated by ':'",
        ),
        Flag(
            "optimizer_including",
            "",
            None,
            "rules to apply though their phase is left out, by their names, separated by ':'",
        ),
        Flag(
            "optimizer_verbose",
            "False",
            ("False", "True"),
            "whether function() prints each step of rewriting",
        ),
        Flag(
            "on_unused_input",
            "raise",
            ("raise", "warn", "ignore"),
            "what function() does with an input that no output needs",
        ),
        Flag(
            "cast_policy",
            "numpy",
            ("numpy", "floatX"),
            "dtype of int * float32: float64 as in NumPy, or the float's own",
        ),
        Flag(
            "cache",
            "True",
            ("True", "False"),
            "whether machine code is kept on disk, for other processes and the next start",
        ),
        Flag(
            "compiledir",
            "",
            None,
            "the folder in which it is kept; by default one for each user, as the system has it",
        ),
        Flag(
            "max_file_bytes",
            str(2 << 30),
            int,
            "the most that is read of a file of data or of a model, in bytes, when unpacked",
        ),
        Flag("cache_limit", "512", int, "the most that is kept there, in megabytes"),
        Flag(
            "threads",
            "0",
            int,
            "threads on which compiled functions do large work; 0: one for each processor",
        ),
        Flag("traceback_limit", "8", int, "lines kept of a variable's place of creation"),
    )
}


class ConfigError(ValueError):
    """Raised for a flag that does not exist, or for a value that a flag does not accept."""


def _known(name: str, source: str) -> Flag:
    try:
        return FLAGS[name]
    except KeyError:
        raise ConfigError(
            f"{source}: there is no flag {name!r}; the flags are {', '.join(sorted(FLAGS))}"
        ) from None


def _checked(name: str, value: Any, source: str) -> str:
    try:
        return _known(name, source).check(value, source)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _from_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        if not parser.read(path):
            return {}
    except configparser.Error as error:
        raise ConfigError(f"{path}: not a readable ini file: {error}") from None
    if not parser.has_section("global"):
        return {}
    return {name: _checked(name, value, str(path)) for name, value in parser.items("global")}


def _from_environment(text: str) -> dict[str, str]:
    flags = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals:
            raise ConfigError(f"SYMGRAPH_FLAGS: {part!r} is not of the form flag=value")
        flags[name.strip()] = _checked(name.strip(), value.strip(), "SYMGRAPH_FLAGS")
    return flags


class Config:
    """Read and set the flags, as attributes: `config.floatX = "float32"`.

    `print(config)` lists them with their values and meanings. What is assigned counts for all
    threads; `change_flags` counts for the thread or task that calls it, and for a while. Raises
    AttributeError for a flag that does not exist, ConfigError for one that is set and does not
    exist, or for a value that it does not take.

    >>> sg.config.floatX
    'float64'
    """

    def __init__(self) -> None:
        rc = Path(os.path.expanduser(os.environ.get("SYMGRAPHRC", "~/.symgraphrc")))
        values = {name: flag.default for name, flag in FLAGS.items()}
        values |= _from_file(rc)
        values |= _from_environment(os.environ.get("SYMGRAPH_FLAGS", ""))
        self.__dict__["_values"] = values
        self.__dict__["_overrides"] = contextvars.ContextVar("symgraph_flags")

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        overrides = self.__dict__["_overrides"].get({})
        if name in overrides:
            return overrides[name]
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(
                f"config has no flag {name!r}; the flags are {', '.join(sorted(FLAGS))}"
            ) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__["_values"][name] = _checked(name, value, "config")

    @contextlib.contextmanager
    def change_flags(self, **flags: Any) -> Iterator[None]:
        """Set flags within a `with` block, or within a decorated function.

        flags: the values, by the flags' names.
        Returns a context manager. Raises ConfigError for an unknown flag or value.

        >>> with sg.config.change_flags(floatX="float32"):
        ...     T.vector().dtype
        'float32'
        """
        checked = {name: _checked(name, value, "change_flags") for name, value in flags.items()}
        token = self.__dict__["_overrides"].set(self.__dict__["_overrides"].get({}) | checked)
        try:
            yield
        finally:
            self.__dict__["_overrides"].reset(token)

    def __repr__(self) -> str:
        return "\n".join(f"{name} = {getattr(self, name)}  ({FLAGS[name].doc})" for name in FLAGS)


config: Config = Config()
