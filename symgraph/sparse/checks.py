"""Checks of derivatives of functions of sparse matrices."""

from collections.abc import Callable, Sequence
from typing import Any

import symgraph.tensor as T
from symgraph.graph import Variable

from .constructors import as_sparse_or_tensor_variable
from .operations.base import is_sparse
from .operations.structure import CSM, DenseFromSparse, SparseFromDense
from .type import type_of


def verify_grad_sparse(
    op: Callable[..., Any], pt: Sequence[Any], structured: bool = False, **options: Any
) -> None:
    """Check the gradient of a function of sparse matrices against central differences.

    op: takes as many variables as `pt` has values, sparse where these are, and returns one.
    pt: csr and csc matrices of SciPy, and arrays, of floats.
    structured: whether only entries are moved; otherwise all elements of the matrices.
    options: those of `T.verify_grad`.
    Returns nothing. Raises GradientError where the derivatives differ.

    >>> sg.sparse.verify_grad_sparse(sg.sparse.transpose, [sg.sparse.as_csr([[0.0, 2.0]])])
    """
    result = op(*map(as_sparse_or_tensor_variable, pt))
    gives_sparse = isinstance(result, Variable) and is_sparse(result)
    convert: list[Callable[[Any], Variable]] = []
    points = []
    for point in pt:
        type = type_of(point)
        if type is None:
            convert.append(lambda x: x)
            points.append(point)
        elif structured:
            _, *structure = type.split(point)
            convert.append(lambda x, f=type.format, s=structure: CSM(f)(x, *s))  # type: ignore[misc]
            points.append(point.data)
        else:
            convert.append(SparseFromDense(type.format))
            points.append(point.toarray())

    def function(*inputs: Variable) -> Variable:
        found: Variable = op(*(f(x) for f, x in zip(convert, inputs, strict=True)))
        return DenseFromSparse(structured)(found) if gives_sparse else found

    T.verify_grad(function, points, **options)


__all__ = ["verify_grad_sparse"]
