"""`theano.tensor.var`: the classes of variables."""

from typing import Any

from symgraph.compat.theano.aliases import AliasOfState
from symgraph.compat.theano.lookup import resolver
from symgraph.graph import Constant, SharedVariable, TensorType, Variable

__getattr__, __dir__ = resolver(__name__)


class AsTensorError(TypeError):
    """Raised by Theano for what makes no tensor; here a TypeError tells why."""


class _OfTensors(AliasOfState):
    def is_one(self, instance: Any) -> bool:
        return isinstance(instance, self.native) and isinstance(instance.type, TensorType)


class _OfExpressions(_OfTensors):
    def is_one(self, instance: Any) -> bool:
        stored = isinstance(instance, Constant | SharedVariable)
        return super().is_one(instance) and not stored


class TensorVariable(metaclass=_OfExpressions):
    """Stands for variables whose type is a tensor's, other than constants and shared ones.

    >>> from symgraph.compat.theano.tensor.var import TensorVariable
    >>> isinstance(T.dscalar("x"), TensorVariable), isinstance(T.constant(1), TensorVariable)
    (True, False)
    """

    native = Variable


class TensorConstant(metaclass=_OfTensors):
    """Stands for constants whose type is a tensor's.

    >>> from symgraph.compat.theano.tensor.var import TensorConstant
    >>> isinstance(T.constant(1), TensorConstant)
    True
    """

    native = Constant


def equal_slices(s1: slice, s2: slice) -> bool:
    """Return whether two slices have equal bounds and steps.

    >>> from symgraph.compat.theano.tensor.var import equal_slices
    >>> equal_slices(slice(1, 2), slice(1, 2))
    True
    """
    return (s1.start, s1.stop, s1.step) == (s2.start, s2.stop, s2.step)
