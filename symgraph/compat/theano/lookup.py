"""Where the names of Theano's modules are found.

Each module of this package holds the names whose meaning in Theano differs, and lists the modules
that have the others. Those are imported when a name is first asked for, so that a name that
symgraph gains is one that Theano's module has.
"""

import dis
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import FunctionType, ModuleType
from typing import Any, NoReturn

import numpy

from symgraph.compat.theano.absent import reason_for
from symgraph.compat.theano.public_names import is_imported, kind_of, public_names

PACKAGE = "symgraph.compat.theano"
# The modules directly within the package that stand for none of Theano's.
PRIVATE = frozenset(
    {
        "__main__", "absent", "aliases", "autocast", "flag_table", "habits", "importer", "lookup",
        "mersenne", "methods", "mrg31k3p", "mrg_ops", "mrg_streams", "name_table",
        "old_pickles", "public_names",
    }
)  # fmt: skip
_SOURCES: dict[str, tuple[str, ...]] = {}
# Modules that stand for none of Theano's.
_PRIVATE = frozenset(f"{PACKAGE}.{name}" for name in PRIVATE)
# What Theano's modules of tensors import besides, and `from theano.tensor import *` gives.
_IMPORTED = {
    "compile": f"{PACKAGE}.compile",
    "gof": f"{PACKAGE}.gof",
    "printing": f"{PACKAGE}.printing",
    "scal": f"{PACKAGE}.scalar",
}
_GIVING = frozenset({f"{PACKAGE}.tensor", f"{PACKAGE}.tensor.basic"})
_IMPORT_FROM = dis.opmap["IMPORT_FROM"]


def theano_name(module: str) -> str:
    """Return Theano's name of a module of this package.

    module: the module's name here.
    Returns a str.

    >>> from symgraph.compat.theano.lookup import theano_name
    >>> theano_name("symgraph.compat.theano.tensor.nnet")
    'theano.tensor.nnet'
    """
    return "theano" + module.removeprefix(PACKAGE)


def resolver(
    module: str, *sources: str
) -> tuple[Callable[[str], Any], Callable[[], Sequence[str]]]:
    """Return the `__getattr__` and `__dir__` of a module of this package.

    module: the module's name here.
    sources: the modules that have the names that it does not hold itself; one that begins with a
        dot is a module of this package. The first that has a name is taken.
    Returns two functions. The first raises AttributeError, or ImportError within `from m import x`,
    with what to use in place of a name that is in none of them.

    >>> from symgraph.compat.theano.lookup import resolver
    >>> find, _ = resolver("symgraph.compat.theano.tensor.extra_ops", "symgraph.tensor")
    >>> find("repeat") is T.repeat
    True
    """
    _SOURCES[module] = tuple(PACKAGE + s if s.startswith(".") else s for s in sources)

    # Not in the module itself, where names would look as if the module defined them.
    known: dict[str, Any] = {}

    def find(name: str) -> Any:
        if name in known:
            return known[name]
        if name == "__all__":
            # Theano's modules import these, and so give them to `from m import *`.
            more = _IMPORTED if module in _GIVING else ()
            return [*listed(module), "theano", "np", *more]
        if module in _GIVING and name in _IMPORTED:
            return import_module(_IMPORTED[name])
        if name.startswith("__"):
            raise AttributeError(f"module {theano_name(module)!r} has no attribute {name!r}")
        if name == "theano":
            # Theano's modules import it: programs write `from theano import theano`.
            return sys.modules[PACKAGE]
        if name == "np":
            return numpy
        found, value = _submodule(module, name) or (False, None)
        if not found and is_imported(theano_name(module), name):
            found, value = _at_home(name)
        if not found:
            found, value = search(module, name)
        if found:
            known[name] = _as_in_theano(module, name, value)
            return known[name]
        return _refuse(module, name, sys._getframe(1))

    def names() -> Sequence[str]:
        return sorted({*vars(sys.modules[module]), *listed(module)})

    return find, names


# Where the names are at home that Theano's modules import from each other.
_HOMES = (
    "", ".gof", ".tensor", ".compile", ".gradient", ".scalar", ".compat", ".printing", ".tests",
    ".gof.utils", ".gof.null_type", ".tensor.basic", ".tensor.type_other", ".tensor.elemwise",
    ".tensor.var", ".tensor.subtensor", ".tensor.opt", ".tensor.slinalg", ".tensor.nlinalg",
    ".tensor.nnet.abstract_conv", ".scan_module.scan_utils", ".compile.function_module",
    ".compile.sharedvalue", ".sparse",
)  # fmt: skip


# What Theano imports from where it tells Python 2 from 3.
_OF_PYTHON = {"PY3": True, "string_types": (str,), "integer_types": (int,)}


def _at_home(name: str) -> tuple[bool, Any]:
    """Return what the module that defines one of Theano's names has."""
    if name in _OF_PYTHON:
        return True, _OF_PYTHON[name]
    if name == "config":
        return True, import_module(f"{PACKAGE}.configdefaults").config
    for home in _HOMES:
        found, value = search(PACKAGE + home, name)
        if found and name in public_names(theano_name(PACKAGE + home)):
            return True, value
    return False, None


class FunctionObject:
    """A function that in Theano is an operation: as a member of a class it takes no `self`."""

    def __init__(self, function: Any) -> None:
        self.__wrapped__ = function
        self.__name__, self.__doc__ = function.__name__, function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)

    def __repr__(self) -> str:
        return self.__name__

    def __reduce__(self) -> Any:
        return _operation, (self.__wrapped__,)


@cache
def _operation(function: Any) -> FunctionObject:
    return FunctionObject(function)


def _as_in_theano(module: str, name: str, value: Any) -> Any:
    public = theano_name(module)
    is_function = isinstance(value, FunctionType) and name in public_names(public)
    return _operation(value) if is_function and kind_of(public, name) == "value" else value


def _submodule(module: str, name: str) -> tuple[bool, Any] | None:
    """Return a module within the module, which Theano imports with it; None where there is none."""
    if not hasattr(sys.modules[module], "__path__") or f"{module}.{name}" in _PRIVATE:
        return None
    public = theano_name(module)
    if name in public_names(public) and kind_of(public, name) != "module":
        return None
    if find_spec(f"{module}.{name}") is None:
        return None
    return True, import_module(f"{module}.{name}")


def search(module: str, name: str) -> tuple[bool, Any]:
    """Look for a name in a module and in its sources.

    module: the module's name here. name: of what is wanted.
    Returns whether it is there, and what it is, None where it is not.

    >>> from symgraph.compat.theano.lookup import search
    >>> search("symgraph.compat.theano.tensor.extra_ops", "no_such_name")
    (False, None)
    """
    place = place_of(module, name)
    return (False, None) if place is None else (True, vars(import_module(place))[name])


def place_of(module: str, name: str) -> str | None:
    """Return the module that has a name of one of Theano's modules; None where none has.

    module: the module's name here. name: of what is wanted.

    >>> from symgraph.compat.theano.lookup import place_of
    >>> place_of("symgraph.compat.theano.tensor.extra_ops", "repeat")
    'symgraph.tensor'
    """
    own, native = _places(module)
    for place in own:
        namespace = vars(import_module(place))
        if name in namespace and not _is_incidental(place, namespace[name], name):
            return place
    classes = f"{PACKAGE}.gof.node_classes"
    if name in public_names(theano_name(module)) and name in import_module(classes).CLASSES:
        return classes
    for place in native:
        if find_spec(place) is None:
            continue
        namespace = vars(import_module(place))
        if name in namespace and name in namespace.get("__all__", (name,)):
            return place
    return None


def _places(module: str) -> tuple[list[str], list[str]]:
    """Return where a module's names are looked for, in order: modules of this package, which hold
    what differs in Theano and so come first, then symgraph's."""
    own: list[str] = [module]
    native: list[str] = []
    for place in own:
        import_module(place)
        for source in _SOURCES.get(place, ()):
            found = own if source.startswith(PACKAGE) else native
            if source not in found:
                found.append(source)
    return own, native


def _is_incidental(module: str, value: Any, name: str) -> bool:
    """Return whether a module of this package has a name for its own use alone."""
    public = theano_name(module)
    is_public = name in public_names(public)
    if isinstance(value, ModuleType) and not name.startswith("_"):
        # A module within the package does not stand for a function of the same name.
        return not (is_public and kind_of(public, name) == "module")
    if name.startswith("_") or is_public:
        return False
    origin = getattr(value, "__module__", None)
    return origin is not None and not str(origin).startswith(PACKAGE)


def listed(module: str) -> list[str]:
    """Return the public names of Theano's module that exist here, in order.

    module: the module's name here.
    Returns a list of str.

    >>> from symgraph.compat.theano.lookup import listed
    >>> "repeat" in listed("symgraph.compat.theano.tensor.extra_ops")
    True
    """
    return [name for name in public_names(theano_name(module)) if search(module, name)[0]]


def _refuse(module: str, name: str, frame: Any) -> NoReturn:
    message = f"{theano_name(module)}.{name}: {reason_for(theano_name(module), name)}"
    if frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] == _IMPORT_FROM:
        # Python would put a message of its own in the place of an AttributeError's.
        raise ImportError(message, name=theano_name(module))
    raise AttributeError(message)
