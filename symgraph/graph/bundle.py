"""Types whose values are bundles of arrays, such as sparse matrices.

A variable of such a type stands in expressions like any other. Before a function is compiled each
is replaced by the variables of its parts (`symgraph.compile.unbundling`), so that rewriting and
lowering know tensors only.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from symgraph.graph.base_type import Type
from symgraph.graph.op import Op
from symgraph.graph.types import TensorType
from symgraph.graph.variable import Apply, Variable

# What a bundle is replaced by; operations may give the parts a class of their own.
Parts = Sequence[Variable]


class BundleType(Type):
    """A type whose values have several arrays as parts. `dtype` and `ndim` are those of the whole,
    as in a TensorType."""

    dtype: str
    ndim: int

    def part_types(self) -> Sequence[TensorType]:
        """Return the types of the parts."""
        raise NotImplementedError

    def parts(self, variables: Sequence[Variable]) -> Parts:
        """Return variables of the parts in the form that operations on bundles take."""
        raise NotImplementedError

    def split(self, value: Any) -> list[np.ndarray]:
        """Return the parts of a value of this type."""
        raise NotImplementedError

    def join(self, parts: Sequence[np.ndarray]) -> Any:
        """Return the value that has these parts."""
        raise NotImplementedError

    # --- derivatives ---

    def added(self, a: Variable, b: Variable) -> Variable:
        """Return the sum of two cotangents of this type."""
        raise NotImplementedError

    def zeros_like(self, variable: Variable, dtype: str) -> Variable:
        """Return zeros in the shape of a variable of this type."""
        raise NotImplementedError

    def converted(self, variable: Variable, dtype: str) -> Variable | None:
        """Return a variable as one of this type but for the dtype, which is given; None where it
        is none."""
        raise NotImplementedError


class BundleOp(Op):
    """An operation that takes or returns bundles. Instead of `perform` and a lowering it says what
    it is in terms of their parts."""

    def on_parts(
        self, node: Apply, inputs: Sequence[Any]
    ) -> Sequence[Variable | Sequence[Variable]]:
        """Return each output, as a variable or as the parts of a bundle, given each input as a
        variable or as the parts of a bundle."""
        raise NotImplementedError


class TypeFinder(Protocol):
    """A module that knows the types of some values."""

    def type_of(self, value: Any) -> BundleType | None:
        """Return the type of a value; None where it is no bundle."""
        ...


_finders: list[tuple[str, Any]] = []


def register_values(package: str, finder: Any) -> None:
    """Let values be taken for bundles: those whose classes stand in a package, by the `TypeFinder`,
    which may be a LazyModule."""
    _finders.append((package, finder))


def bundle_type_of(value: Any) -> BundleType | None:
    """Return the type of a value that is a bundle of arrays; None for all others."""
    module = type(value).__module__
    for package, finder in _finders:
        if module.startswith(package):
            found: BundleType | None = finder.type_of(value)
            return found
    return None
