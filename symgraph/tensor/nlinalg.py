"""Linear algebra with NumPy's meaning: `T.nlinalg`, as in Theano.

Matrices are real and have two axes; see `symgraph.ops.linalg` for dtypes, errors and derivatives.
"""

from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import as_tensor, as_tensors
from symgraph.ops.determinant import Det, SlogDet
from symgraph.ops.dot import Dot
from symgraph.ops.linalg import MatrixInverse, check_square
from symgraph.ops.shape import extent_of
from symgraph.tensor.creation import eye
from symgraph.tensor.diagonals import diag, trace

__all__ = [
    "det",
    "diag",
    "inv",
    "matrix_dot",
    "matrix_inverse",
    "matrix_power",
    "slogdet",
    "trace",
]


def matrix_inverse(a: Any) -> Variable:
    """The inverse of a square matrix. Running it raises ValueError for a singular one."""
    return MatrixInverse()(as_tensor(a))


inv = matrix_inverse


def det(a: Any) -> Variable:
    """The determinant of a square matrix, 0-d. Its first and second derivatives, by way of the
    cofactors, exist for singular matrices too; a third one needs the inverse. Its logarithm is
    computed without overflow, as by `slogdet`."""
    return Det()(as_tensor(a))


def slogdet(a: Any) -> tuple[Variable, Variable]:
    """The sign of a square matrix' determinant, and the logarithm of its absolute value, 0-d. Its
    derivative is the inverse: computing it raises ValueError for a singular matrix, where the
    logarithm is -inf."""
    sign, logarithm = SlogDet()(as_tensor(a))
    return sign, logarithm


def matrix_dot(*matrices: Any) -> Variable:
    """The product of two or more matrices, from left to right; TypeError for fewer."""
    if len(matrices) < 2:
        raise TypeError(f"matrix_dot takes two matrices or more, not {len(matrices)}")
    first, *rest = as_tensors(*matrices)
    for matrix in rest:
        first = Dot()(first, matrix)
    return first


def matrix_power(a: Any, n: int) -> Variable:
    """The n-th power of a square matrix, n a whole number: of its inverse where n is negative, the
    identity where it is 0, whose derivative is zero. By repeated squaring."""
    a = as_tensor(a)
    if isinstance(n, bool) or not isinstance(n, int):
        raise TypeError(f"matrix_power: the power is a whole number, not {n!r}")
    square = matrix_inverse(a) if n < 0 else a
    result: Variable | None = None
    count = abs(n)
    while count:
        if count % 2:
            result = square if result is None else Dot()(result, square)
        count //= 2
        if count:
            square = Dot()(square, square)
    if result is not None:
        return result
    check_square("matrix_power", a)
    return eye(extent_of(a, 0), dtype=a.type.dtype) * a**0
