"""`theano.tensor.sharedvar`: the classes of shared variables."""

from typing import Any

import numpy as np

from symgraph.compat.theano.aliases import AliasOfState
from symgraph.compat.theano.lookup import resolver
from symgraph.compile import shared
from symgraph.graph import SharedVariable, TensorType

__getattr__, __dir__ = resolver(__name__)


class _OfTensors(AliasOfState):
    def is_one(self, instance: Any) -> bool:
        return isinstance(instance, SharedVariable) and isinstance(instance.type, TensorType)

    def make(self, *args: Any, **kwargs: Any) -> SharedVariable:
        """Return a shared variable of Theano's arguments: name, type, value, strict, ..."""
        return _made(*args, **kwargs)


class TensorSharedVariable(metaclass=_OfTensors):
    """Stands for shared variables whose type is a tensor's; called, it makes one.

    name, type, value, strict, allow_downcast: Theano's arguments, in this order.

    >>> from symgraph.compat.theano.tensor.sharedvar import TensorSharedVariable
    >>> isinstance(sg.shared(1.0), TensorSharedVariable)
    True
    """

    native = SharedVariable


class ScalarSharedVariable(metaclass=_OfTensors):
    """Stands for shared variables whose type is a scalar's.

    >>> from symgraph.compat.theano.tensor.sharedvar import ScalarSharedVariable
    >>> isinstance(sg.shared(1.0), ScalarSharedVariable)
    True
    """

    native = SharedVariable


def _made(
    name: str | None,
    type: TensorType,
    value: Any,
    strict: bool = False,
    allow_downcast: bool | None = None,
    container: Any = None,
) -> SharedVariable:
    if container is not None:
        return SharedVariable(type, container, name, strict, allow_downcast)
    given = type.filter(value, strict=strict, allow_downcast=allow_downcast)
    return shared(given, name, strict, allow_downcast, shape=type.shape)


def load_shared_variable(val: Any) -> SharedVariable:
    """Return a shared variable of a value: what pickles of older versions call.

    val: an array.

    >>> from symgraph.compat.theano.tensor.sharedvar import load_shared_variable
    >>> load_shared_variable(np.ones(2)).get_value()
    array([1., 1.])
    """
    return shared(np.asarray(val))


def tensor_constructor(value: Any, **keywords: Any) -> SharedVariable:
    """Return a shared variable of an array: see `symgraph.shared`. Raises TypeError for others.

    >>> from symgraph.compat.theano.tensor.sharedvar import tensor_constructor
    >>> tensor_constructor(np.ones(2), name="w")
    w
    """
    if not isinstance(value, np.ndarray):
        raise TypeError(f"tensor_constructor takes an array, not {value!r}")
    return shared(value, **keywords)
