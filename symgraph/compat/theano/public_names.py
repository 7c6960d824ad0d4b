"""The public names of Theano 1.0, module by module: a list of names only."""

import json
from functools import cache
from importlib.resources import files


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    text = files("symgraph.compat.theano").joinpath("public_names.json").read_text("utf-8")
    table: dict[str, dict[str, list[str]]] = json.loads(text)
    return table


def public_modules() -> list[str]:
    """Return the names of Theano's modules that are listed.

    >>> from symgraph.compat.theano.public_names import public_modules
    >>> "theano.tensor.nnet" in public_modules()
    True
    """
    return list(_table())


@cache
def public_names(module: str) -> tuple[str, ...]:
    """Return the public names of one of Theano's modules, in alphabetical order.

    module: its name in Theano; one that is not listed has none.

    >>> from symgraph.compat.theano.public_names import public_names
    >>> "grad" in public_names("theano.tensor")
    True
    """
    kinds = _table().get(module, {})
    return tuple(sorted(name for names in kinds.values() for name in names))


def kind_of(module: str, name: str) -> str:
    """Return what a public name stands for in Theano: class, function, module or value.

    >>> from symgraph.compat.theano.public_names import kind_of
    >>> kind_of("theano.tensor", "grad")
    'function'
    """
    return next(kind for kind, names in _table()[module].items() if name in names)


@cache
def _imported() -> dict[str, str]:
    text = files("symgraph.compat.theano").joinpath("imported_names.json").read_text("utf-8")
    table: dict[str, str] = json.loads(text)
    return table


def is_imported(module: str, name: str) -> bool:
    """Return whether one of Theano's modules has a name because it imports it for its own use.

    module, name: in Theano. Programs import such names from there, too.

    >>> from symgraph.compat.theano.public_names import is_imported
    >>> is_imported("theano.tensor.nlinalg", "Apply"), is_imported("theano.ifelse", "dot")
    (True, False)
    """
    return name in _imported().get(module, "").split()
