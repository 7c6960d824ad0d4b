"""Error messages of public functions: they name the function, its arguments and the user's line."""

import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from types import FunctionType, MappingProxyType
from typing import Any, TypeVar

from symgraph.graph.trace import is_ours, user_location
from symgraph.graph.variable import Variable

C = TypeVar("C", bound=type)
_LONGEST = 60
# The public functions by their full names, and for each function as written its public wrapper.
_PUBLIC: dict[str, Callable[..., Any]] = {}
_TOLD: dict[Callable[..., Any], Callable[..., Any]] = {}


def telling(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a function whose errors tell where it was called.

    function, name: the function, and its name in error messages.
    Where the arguments do not fit its signature, the error tells which ones it takes and got.
    """

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (TypeError, ValueError, IndexError) as error:
            _tell(error, function, name, args, kwargs)
            raise

    return call


def tell_calls(namespace: dict[str, Any]) -> None:
    """Wrap the public functions of a module (those in its `__all__`) so that their errors tell
    where they were called.

    They are entered in the table of public functions, in which all names of one function, in
    whatever module, refer to the same object.
    """
    listed = namespace["__all__"]
    for name in listed:
        value = namespace[name]
        if _is_plain(value):
            # The name by which the function is known in this module: its own if that is listed.
            own = value.__name__ if value.__name__ in listed else name
            namespace[name] = _TOLD.setdefault(inspect.unwrap(value), telling(value, own))
            _PUBLIC[f"{namespace['__name__']}.{name}"] = namespace[name]


def public_functions() -> Mapping[str, Callable[..., Any]]:
    """Return the table of public functions, each under its full names: module and name."""
    return MappingProxyType(_PUBLIC)


def tell_methods(of: C) -> C:
    """Return the class with public methods whose errors tell where they were called."""
    for name, value in list(vars(of).items()):
        if not name.startswith("_") and _is_plain(value):
            setattr(of, name, telling(value, name))
    return of


def _is_plain(value: Any) -> bool:
    return isinstance(value, FunctionType) and is_ours(value.__module__)


def _tell(
    error: Exception,
    function: Callable[..., Any],
    name: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> None:
    """Complete the message of an error if it is one of symgraph's own."""
    if len(error.args) != 1 or not isinstance(error.args[0], str):
        return
    (said,) = error.args
    assert error.__traceback__ is not None
    frame = error.__traceback__.tb_next
    if frame is None:
        # The function did not start to run: its arguments do not fit its signature.
        said = _misfit(said, function, name, args, kwargs)
    else:
        while frame.tb_next is not None:
            frame = frame.tb_next
        module = frame.tb_frame.f_globals.get("__name__", "")
        if not is_ours(module) and not module.startswith("numpy"):
            return
    location = user_location()
    if location is not None and f"{location.filename}:" not in said:
        error.args = (f"{said}\nat {location}",)


def _misfit(
    said: str,
    function: Callable[..., Any],
    name: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> str:
    signature = inspect.signature(function)
    taken = ", ".join(str(p.replace(annotation=p.empty)) for p in signature.parameters.values())
    # *names and **options are no keywords themselves.
    keywords = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    unknown = [key for key in kwargs if key not in keywords]
    what = said.split("() ", 1)[-1]
    if unknown:
        near = difflib.get_close_matches(unknown[0], keywords, 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        what = f"there is no argument {unknown[0]!r}{meant}"
    given = [_shown(value) for value in args]
    given += [f"{key}={_shown(value)}" for key, value in kwargs.items()]
    return f"{name}: {what}\nit takes ({taken}), and was given ({', '.join(given)})"


def _shown(value: Any) -> str:
    if isinstance(value, Variable):
        return f"{value} ({value.type})"
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
