"""Theano's operations of linear algebra and of BLAS, as objects: see `node_objects`."""

from typing import Any

import numpy as np

from symgraph import tensor
from symgraph.compat.theano.compile.overwriting import WRITTEN_OVER
from symgraph.compat.theano.gof.node_objects import Applied
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Variable
from symgraph.ops.blas import Gemm as Product
from symgraph.ops.blas import ScaledDot
from symgraph.ops.shape import DimShuffle
from symgraph.tensor import nlinalg, slinalg

# What Theano's Solve may be told of a matrix; only of triangles it makes use.
MATRIX_STRUCTURES = (
    "general", "symmetric", "lower_triangular", "upper_triangular", "hermitian", "banded",
    "diagonal", "toeplitz",
)  # fmt: skip


def solve(A_structure: str = "general", lower: bool = False, **rest: Any) -> Applied:
    if A_structure not in MATRIX_STRUCTURES:
        raise ValueError(
            f"A_structure is one of {', '.join(MATRIX_STRUCTURES)}, not {A_structure!r}"
        )
    told = A_structure if A_structure.endswith("_triangular") else "general"
    return lambda A, b: slinalg.solve(as_tensor_variable(A), as_tensor_variable(b), told)


def eig(a: Any) -> list[Variable]:
    """Compute eigenvalues and eigenvectors; of a real matrix their real parts, as of Theano's
    results, whose dtype is that of the matrix: all of them where the eigenvalues are real."""
    a = as_tensor_variable(a)
    found = nlinalg.eig(a)
    if np.dtype(a.type.dtype).kind == "c":
        return list(found)
    return [tensor.real(part) for part in found]


def _operands(what: str, ndims: str, given: tuple[Any, ...]) -> list[Variable]:
    """Return operands, of the wanted numbers of dimensions and of one dtype, of floats or complex
    numbers. Raises TypeError."""
    if len(given) != len(ndims):
        raise TypeError(f"{what} takes {len(ndims)} operands, not {len(given)}")
    operands = [as_tensor_variable(x) for x in given]
    for x, ndim in zip(operands, map(int, ndims), strict=True):
        if x.type.ndim != ndim:
            raise TypeError(f"{what} takes {ndim} dimensions, not {x} ({x.type})")
        if np.dtype(x.type.dtype).kind not in "fc":
            raise TypeError(f"{what} takes floats or complex numbers, not {x} ({x.type})")
        if x.type.dtype != operands[0].type.dtype:
            raise TypeError(f"{what} takes operands of one dtype, not {operands[0]} and {x}")
    return operands


def _over(first: Variable, found: Variable, inplace: bool) -> Variable:
    """Return a result, which in place is written over the first operand."""
    if inplace:
        WRITTEN_OVER[found] = first
    return found


def gemm(inplace: bool = False) -> Applied:
    def apply(*given: Any) -> Variable:
        operands = _operands("gemm", "20220", given)
        return _over(operands[0], Product()(*operands), inplace)

    return apply


def gemv(inplace: bool = False) -> Applied:
    def apply(*given: Any) -> Variable:
        y, alpha, a, x, beta = _operands("gemv", "10210", given)
        column = Product()(y.dimshuffle(0, "x"), alpha, a, x.dimshuffle(0, "x"), beta)
        return _over(y, DimShuffle((0,))(column), inplace)

    return apply


def ger(destructive: bool = False) -> Applied:
    def apply(*given: Any) -> Variable:
        a, alpha, x, y = _operands("ger", "2011", given)
        fitting = tensor.specify_shape(a, [x.shape[0], y.shape[0]])
        return _over(a, fitting + alpha * tensor.outer(x, y), destructive)

    return apply


def scaled_product(*given: Any) -> Variable:
    a, b, scale = _operands("dot22scalar", "220", given)
    found: Variable = ScaledDot()(scale, a, b)
    return found
