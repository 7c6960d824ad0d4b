"""The source location at which the user created a variable."""

import contextvars
import linecache
import sys
import warnings
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """A line of the user's program."""

    filename: str
    line: int
    function: str

    def __str__(self) -> str:
        source = linecache.getline(self.filename, self.line).strip()
        where = f"{self.filename}:{self.line} in {self.function}"
        return f"{where}: {source}" if source else where


def is_ours(module: str) -> bool:
    """Return whether a module belongs to the compiler; `models` is a user like any other."""
    return module == "symgraph" or (
        module.startswith("symgraph.") and not module.startswith("symgraph.models")
    )


_fixed: contextvars.ContextVar[SourceLocation | None] = contextvars.ContextVar("fixed_location")


class at_location:  # noqa: N801 - used as a function
    """A context within which all variables are recorded as created at `location`."""

    # A class, not a generator: a generator would run below a frame of contextlib, which would count
    # as the user's.
    def __init__(self, location: SourceLocation | None) -> None:
        self._location = location

    def __enter__(self) -> None:
        self._token = _fixed.set(self._location)

    def __exit__(self, *error: object) -> None:
        _fixed.reset(self._token)


class one_location(at_location):  # noqa: N801 - used as a function
    """A context within which all variables are recorded as created at the user's line that entered
    it, so that this line is looked up only once."""

    def __init__(self) -> None:
        super().__init__(user_location())


def user_location() -> SourceLocation | None:
    """Return the innermost line on the stack that is not the compiler's own."""
    fixed = _fixed.get(None)
    if fixed is not None:
        return fixed
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    if frame is None:
        return None
    return SourceLocation(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


# The registry in which the filters of `warnings` record which warnings were issued.
_registry: dict[Any, Any] = {}


def warn(message: str, kind: type[Warning], location: SourceLocation | None = None) -> None:
    """Issue a warning at a line of the user's program: `location`, or the line that led here."""
    location = user_location() if location is None else location
    if location is None:
        warnings.warn(message, kind, stacklevel=2)
    else:
        warnings.warn_explicit(message, kind, location.filename, location.line, registry=_registry)
