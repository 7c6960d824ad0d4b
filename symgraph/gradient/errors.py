"""Errors of differentiation, and the types of disconnected derivatives."""

from dataclasses import dataclass

from symgraph.graph import Type


class DisconnectedInputError(ValueError):
    """Raised for a derivative by a variable that the cost does not depend on."""


class NullTypeGradError(TypeError):
    """Raised for a derivative that is undefined, because an operation on the path has none."""


@dataclass(frozen=True, slots=True)
class DisconnectedType(Type):
    """The type of the derivative by a variable that nothing depends on."""

    def __str__(self) -> str:
        return "disconnected"


disconnected_type = DisconnectedType()
