"""`theano.compile.sharedvalue`: shared variables."""

from typing import Any

import numpy as np

from symgraph.compat.theano.aliases import AliasOfState
from symgraph.compat.theano.lookup import resolver
from symgraph.compile import shared as natively
from symgraph.graph import Container
from symgraph.graph import SharedVariable as NativeVariable
from symgraph.graph import Variable as Variable
from symgraph.graph.other_types import generic_type as generic

__getattr__, __dir__ = resolver(__name__, ".gof.type")


class SharedVariable(metaclass=AliasOfState):
    """Represent a variable that holds a value: symgraph's, of Theano's arguments.

    name, type, value, strict, allow_downcast: the name and type of the variable, its value, and
        what `set_value` takes. container: where the value is kept, in place of a value.
    Raises TypeError where both value and container are given, or neither.

    >>> from symgraph.compat.theano.compile.sharedvalue import SharedVariable
    >>> SharedVariable("w", T.dvector().type, [1.0], strict=False).get_value()
    array([1.])
    """

    native = NativeVariable

    @classmethod
    def make(
        cls,
        name: str | None,
        type: Any,
        value: Any,
        strict: bool,
        allow_downcast: bool | None = None,
        container: Container | None = None,
    ) -> NativeVariable:
        """Return the variable."""
        if container is None:
            given = type.filter(value, strict=strict, allow_downcast=allow_downcast)
            container = Container(type.own_value(given, value))
        elif value is not None or strict is not None:
            raise TypeError("Error to specify both container and value, strict or allow_downcast")
        return NativeVariable(type, container, name, bool(strict), allow_downcast)


def shared(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    **keywords: Any,
) -> NativeVariable:
    """Return a variable that holds a value: see `symgraph.shared`; of any Python object.

    value, name, strict, allow_downcast, keywords: those of `symgraph.shared`.
    Raises TypeError for a symbolic variable.

    >>> from symgraph.compat.theano.compile.sharedvalue import shared
    >>> shared(2.0).get_value()
    array(2.)
    """
    try:
        return natively(value, name, strict, allow_downcast, **keywords)
    except TypeError:
        if isinstance(value, Variable | np.ndarray | np.generic | int | float | complex | list):
            raise
        return natively(value, name, strict, allow_downcast, type=generic, **keywords)


def shared_constructor(constructor: Any, remove: bool = False) -> Any:
    """Raise TypeError: symgraph finds the type of a value by its class.

    constructor, remove: Theano's.
    """
    raise TypeError(
        "shared_constructor: symgraph finds the type of a shared value by its class; tell it of"
        " another class by symgraph.compile.register_shared(class, type_of)"
    )
