"""`import theano` finds the modules of this package."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from symgraph.compat.theano.absent import ABSENT_MODULES
from symgraph.compat.theano.lookup import PACKAGE, PRIVATE, search, theano_name
from symgraph.compat.theano.public_names import kind_of, public_names

_NAME = "theano"


class _Alias(Loader):
    """Gives a module of this package under Theano's name for it: one object under two names."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(PACKAGE + spec.name.removeprefix(_NAME))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # It has run, under its own name, which it keeps.
        alias = module.__spec__
        assert alias is not None
        module.__spec__ = alias.loader_state
        for name, value in _hidden(module).items():
            sys.modules[f"{alias.name}.{name}"] = import_module(f"{module.__name__}.{name}")
            # Importing the module has put it in the place of the function.
            setattr(module, name, value)


def _hidden(module: ModuleType) -> dict[str, Any]:
    """Return the modules within a package that are hidden by something of the same name, such as
    `compile.function` and `tensor.sort`, with what hides them."""
    public = theano_name(module.__name__)
    names = [entry.name for entry in iter_modules(getattr(module, "__path__", ()))]
    hidden = [n for n in names if n in public_names(public) and kind_of(public, n) != "module"]
    # Not what the module holds: there the module within it stands, once anything has imported it.
    return {name: search(module.__name__, name)[1] for name in hidden}


class TheanoFinder(MetaPathFinder):
    """Find `theano` and its modules in this package, for Python's import statement."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how a module of Theano is loaded; None for others.

        Raises ImportError, with the reason, for a module that symgraph does not have.
        """
        if fullname.partition(".")[0] != _NAME:
            return None
        parts = fullname.split(".")
        for count in range(len(parts), 1, -1):
            reason = ABSENT_MODULES.get(".".join(parts[:count]))
            if reason is not None:
                raise ModuleNotFoundError(f"{fullname}: {reason}", name=fullname)
        own = find_spec(PACKAGE + fullname.removeprefix(_NAME))
        if own is None or fullname.partition(".")[2] in PRIVATE:
            return None
        return ModuleSpec(fullname, _Alias(), is_package=own.submodule_search_locations is not None)


_finder = TheanoFinder()


def install_finder() -> None:
    """Make `import theano` find this package, in this process.

    Raises ImportError where another `theano` is already imported, which then stays as it is.

    >>> from symgraph.compat.theano.importer import install_finder
    >>> install_finder()
    >>> import theano.tensor
    >>> theano.tensor.dot is T.dot
    True
    """
    present = sys.modules.get(_NAME)
    if present is not None and present.__name__ != PACKAGE:
        raise ImportError(
            f"a module named theano is already imported, from {getattr(present, '__file__', '?')};"
            " install symgraph.compat.theano before anything imports theano"
        )
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def is_installed() -> bool:
    """Return whether `import theano` finds this package.

    >>> from symgraph.compat.theano.importer import install_finder, is_installed
    >>> install_finder()
    >>> is_installed()
    True
    """
    return _finder in sys.meta_path
