"""Arithmetic on cotangents that are sparse matrices."""

from symgraph.graph import Variable

from ..type import SparseType
from .elementwise import AddSS
from .structure import converted, zeros_like


def _added(type: SparseType, a: Variable, b: Variable) -> Variable:
    total: Variable = AddSS()(a, b)
    return total


def _zeros_like(type: SparseType, variable: Variable, dtype: str) -> Variable:
    return zeros_like(variable, dtype)


def _converted(type: SparseType, variable: Variable, dtype: str) -> Variable | None:
    if not isinstance(variable.type, SparseType):
        return None
    return converted(variable, type.format, dtype)


def install() -> None:
    """Give the type its operations, which are made of types. Called once, by the package."""
    SparseType.added = _added  # type: ignore[method-assign, assignment]
    SparseType.zeros_like = _zeros_like  # type: ignore[method-assign, assignment]
    SparseType.converted = _converted  # type: ignore[method-assign, assignment]
