"""Operators and methods of sparse variables."""

from collections.abc import Callable
from typing import Any

from symgraph.graph import Variable

from . import arithmetic, arrangement, constructors, conversion, functions, products
from .type import SparseOperators


def _shape(x: Variable) -> Variable:
    return constructors.csm_shape(x)


def _size(x: Variable) -> Variable:
    """Return the number of entries, as SciPy does."""
    return constructors.csm_data(x).shape[0]  # type: ignore[no-any-return]


def _refused(name: str) -> Callable[..., Any]:
    def method(self: Variable, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(
            f"{self} ({self.type}) is sparse, and sparse matrices have no {name}; convert it by"
            " sparse.dense_from_sparse(x), or use csm_data(x), its entries"
        )

    return method


METHODS: dict[str, Callable[..., Any]] = {
    "__neg__": arithmetic.neg,
    "__add__": arithmetic.add,
    "__radd__": lambda x, y: arithmetic.add(y, x),
    "__sub__": arithmetic.sub,
    "__rsub__": lambda x, y: arithmetic.sub(y, x),
    "__mul__": arithmetic.mul,
    "__rmul__": lambda x, y: arithmetic.mul(y, x),
    "__lt__": arithmetic.lt,
    "__gt__": arithmetic.gt,
    "__le__": arithmetic.le,
    "__ge__": arithmetic.ge,
    "__abs__": functions.absolute,
    "__matmul__": products.dot,
    "__rmatmul__": lambda x, y: products.dot(y, x),
    "__dot__": products.structured_dot,
    "__rdot__": lambda x, y: products.structured_dot(y, x),
    "__getitem__": arrangement.getitem,
    "dot": products.structured_dot,
    "sum": arithmetic.sp_sum,
    "transpose": conversion.transpose,
    "toarray": conversion.dense_from_sparse,
    "todense": conversion.dense_from_sparse,
    "tocsr": lambda x: conversion.to_format(x, "csr"),
    "tocsc": lambda x: conversion.to_format(x, "csc"),
    "astype": conversion.cast,
    "conj": functions.conj,
    "zeros_like": constructors.sp_zeros_like,
    "ones_like": constructors.sp_ones_like,
    "copy": lambda x: x,
}
PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "T": conversion.transpose,
    "shape": _shape,
    "size": _size,
    "nnz": _size,
    "format": lambda x: x.type.format,
}
# What tensors have, and sparse matrices have not.
ABSENT = (
    "truediv", "rtruediv", "floordiv", "rfloordiv", "mod", "rmod", "pow", "rpow", "and", "rand",
    "or", "ror", "xor", "rxor", "invert", "pos", "divmod", "rdivmod", "lshift", "rlshift",
    "rshift", "rrshift",
)  # fmt: skip


def install() -> None:
    """Give sparse variables their operators and methods. Called once, by the package."""
    for name in ABSENT:
        setattr(SparseOperators, f"__{name}__", _refused(f"__{name}__"))
    for name in vars(Variable):
        value = getattr(Variable, name)
        own = name in METHODS or name in PROPERTIES or hasattr(SparseOperators, name)
        if name.startswith("_") or own or not callable(value) or name in ("eval", "clone"):
            continue
        setattr(SparseOperators, name, _refused(name))
    for name, method in METHODS.items():
        setattr(SparseOperators, name, method)
    for name, value in PROPERTIES.items():
        setattr(SparseOperators, name, property(value))
