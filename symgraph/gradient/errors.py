"""What can go wrong with a derivative, and the undefined and unconnected kinds of one."""

from dataclasses import dataclass

from symgraph.graph import Type


class DisconnectedInputError(ValueError):
    """A derivative was asked with respect to a variable that the cost does not depend on."""


class NullTypeGradError(TypeError):
    """A derivative was asked that does not exist: an operation on the way has none."""


@dataclass(frozen=True, slots=True)
class DisconnectedType(Type):
    """The type of the derivative by a variable that nothing depends on."""

    def __str__(self) -> str:
        return "disconnected"
