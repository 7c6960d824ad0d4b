"""Linear algebra with NumPy's meaning: `T.nlinalg`, as in Theano.

Matrices are real and have two axes; see `symgraph.ops.linalg` for dtypes, errors and derivatives.
"""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor, as_tensors
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


def matrix_inverse(a: TensorLike) -> Variable:
    """Compute the inverse of a square matrix.

    a: a real matrix.
    Returns floats of the shape of a. Raises TypeError for other ranks, ValueError where it is not
    square or, when the function runs, singular. Cost: O(n ** 3), by an LU factorisation.

    >>> T.nlinalg.matrix_inverse([[2.0, 0.0], [0.0, 4.0]]).eval()
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    return MatrixInverse()(as_tensor(a))


inv = matrix_inverse


def det(a: TensorLike) -> Variable:
    """Compute the determinant of a square matrix.

    a: a real matrix.
    Returns a scalar. Its first and second derivatives, by way of the cofactors, exist for singular
    matrices too; a third one needs the inverse. Its logarithm is computed without overflow, as by
    `slogdet`. Raises TypeError for other ranks, ValueError where the matrix is not square.

    >>> T.nlinalg.det([[2.0, 1.0], [1.0, 3.0]]).eval()
    array(5.)
    """
    return Det()(as_tensor(a))


def slogdet(a: TensorLike) -> tuple[Variable, Variable]:
    """Compute the sign of a determinant, and the logarithm of its absolute value.

    a: a real square matrix.
    Returns two scalars. The derivative is the inverse: computing it raises ValueError for a
    singular matrix, where the logarithm is -inf. Raises TypeError for other ranks.

    >>> sign, logarithm = T.nlinalg.slogdet([[2.0, 0.0], [0.0, -0.5]])
    >>> sign.eval()
    array(-1.)
    """
    sign, logarithm = SlogDet()(as_tensor(a))
    return sign, logarithm


def matrix_dot(*matrices: TensorLike) -> Variable:
    """Compute the product of two or more matrices, from left to right.

    matrices: the matrices, as separate arguments.
    Returns the common dtype. Raises TypeError for fewer than two, ValueError where shapes do not
    fit.

    >>> T.nlinalg.matrix_dot([[1, 2]], [[0, 1], [1, 0]], [[1], [1]]).eval()
    array([[3]])
    """
    if len(matrices) < 2:
        raise TypeError(f"matrix_dot takes two matrices or more, not {len(matrices)}")
    first, *rest = as_tensors(*matrices)
    for matrix in rest:
        first = Dot()(first, matrix)
    return first


def matrix_power(a: TensorLike, n: int) -> Variable:
    """Compute the n-th power of a square matrix, by repeated squaring.

    a: a real square matrix.
    n: an int; of a negative one the power of the inverse, of 0 the identity, whose derivative is 0.
    Returns the shape of a. Raises TypeError for a power that is no int, ValueError where the matrix
    is not square or has no inverse that is needed.

    >>> T.nlinalg.matrix_power([[1, 1], [0, 1]], 3).eval()
    array([[1, 3],
           [0, 1]])
    """
    a = as_tensor(a)
    if isinstance(n, bool) or not isinstance(n, int):
        raise TypeError(f"matrix_power: the power is an integer, not {n!r}")
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
