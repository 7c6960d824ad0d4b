"""Functions of the entries of a sparse matrix.

Those called structured leave the places without entries as they are, though the function of zero
is not zero; of the others it is.
"""

from collections.abc import Callable
from typing import Any

import symgraph.tensor as T
from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike

from .constructors import as_sparse_variable
from .operations.elementwise import on_entries


def structured_monoid(tensor_op: Callable[..., Any]) -> Callable[..., Any]:
    """Return a decorator that makes a function of tensors one of the entries of a sparse matrix.

    tensor_op: a function of a vector, and of further arguments, which keeps its shape.
    Returns a decorator, which takes a function for its name and docstring. Its result has the
    derivative of `tensor_op`, structured.

    >>> @sg.sparse.structured_monoid(T.cosh)
    ... def structured_cosh(x):
    ...     "Compute the hyperbolic cosine of each entry."
    >>> structured_cosh(sg.sparse.as_csr([[0.0, 2.0]])).eval().nnz
    1
    """

    def decorate(named: Callable[..., Any]) -> Callable[..., Any]:
        def function(x: Any, *others: Any) -> Variable:
            return on_entries(tensor_op, as_sparse_variable(x), *others)

        function.__name__, function.__doc__ = named.__name__, named.__doc__
        return function

    return decorate


def structured_exp(x: Any) -> Variable:
    """Compute the exponential of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.exp`. Derivative: the exponential,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.structured_exp(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([1.64872127])
    """
    return on_entries(T.exp, as_sparse_variable(x))


def structured_log(x: Any) -> Variable:
    """Compute the logarithm of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.log`. Derivative: 1 / x,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.structured_log(sg.sparse.as_csr([[0.0, 2.0]])).eval().data
    array([0.69314718])
    """
    return on_entries(T.log, as_sparse_variable(x))


def structured_sigmoid(x: Any) -> Variable:
    """Compute the logistic function of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.sigmoid`. Derivative: s * (1 - s),
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.structured_sigmoid(sg.sparse.as_csr([[0.0, 2.0]])).eval().data
    array([0.88079708])
    """
    return on_entries(T.sigmoid, as_sparse_variable(x))


def sqr(x: Any) -> Variable:
    """Compute the square of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.sqr`. Derivative: 2 * x,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.sqr(sg.sparse.as_csr([[0.0, 2.0]])).eval().data
    array([4.])
    """
    return on_entries(T.sqr, as_sparse_variable(x))


def sqrt(x: Any) -> Variable:
    """Compute the square root of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.sqrt`. Derivative: 0.5 / sqrt(x),
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.sqrt(sg.sparse.as_csr([[0.0, 4.0]])).eval().data
    array([2.])
    """
    return on_entries(T.sqrt, as_sparse_variable(x))


def sin(x: Any) -> Variable:
    """Compute the sine of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.sin`. Derivative: the cosine,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.sin(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([0.47942554])
    """
    return on_entries(T.sin, as_sparse_variable(x))


def tan(x: Any) -> Variable:
    """Compute the tangent of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.tan`. Derivative: 1 + tan(x)**2,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.tan(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([0.54630249])
    """
    return on_entries(T.tan, as_sparse_variable(x))


def arcsin(x: Any) -> Variable:
    """Compute the inverse sine of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.arcsin`. Derivative: 1 / sqrt(1 -
    x**2), structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.arcsin(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([0.52359878])
    """
    return on_entries(T.arcsin, as_sparse_variable(x))


def arctan(x: Any) -> Variable:
    """Compute the inverse tangent of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.arctan`. Derivative: 1 / (1 +
    x**2), structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.arctan(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([0.46364761])
    """
    return on_entries(T.arctan, as_sparse_variable(x))


def sinh(x: Any) -> Variable:
    """Compute the hyperbolic sine of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.sinh`. Derivative: the hyperbolic
    cosine, structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.sinh(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([0.52109531])
    """
    return on_entries(T.sinh, as_sparse_variable(x))


def arcsinh(x: Any) -> Variable:
    """Compute the inverse hyperbolic sine of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.arcsinh`. Derivative: 1 / sqrt(1 +
    x**2), structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.arcsinh(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([0.48121183])
    """
    return on_entries(T.arcsinh, as_sparse_variable(x))


def tanh(x: Any) -> Variable:
    """Compute the hyperbolic tangent of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.tanh`. Derivative: 1 - tanh(x)**2,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.tanh(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([0.46211716])
    """
    return on_entries(T.tanh, as_sparse_variable(x))


def arctanh(x: Any) -> Variable:
    """Compute the inverse hyperbolic tangent of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.arctanh`. Derivative: 1 / (1 -
    x**2), structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.arctanh(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([0.54930614])
    """
    return on_entries(T.arctanh, as_sparse_variable(x))


def rint(x: Any) -> Variable:
    """Compute the nearest integer of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.round`. Derivative: zero,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.rint(sg.sparse.as_csr([[0.0, 1.7]])).eval().data
    array([2.])
    """
    return on_entries(T.round, as_sparse_variable(x))


def ceil(x: Any) -> Variable:
    """Compute the next integer above of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.ceil`. Derivative: zero,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.ceil(sg.sparse.as_csr([[0.0, 1.2]])).eval().data
    array([2.])
    """
    return on_entries(T.ceil, as_sparse_variable(x))


def floor(x: Any) -> Variable:
    """Compute the next integer below of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.floor`. Derivative: zero,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.floor(sg.sparse.as_csr([[0.0, 1.7]])).eval().data
    array([1.])
    """
    return on_entries(T.floor, as_sparse_variable(x))


def trunc(x: Any) -> Variable:
    """Compute the integer part of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.trunc`. Derivative: zero,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.trunc(sg.sparse.as_csr([[0.0, 1.7]])).eval().data
    array([1.])
    """
    return on_entries(T.trunc, as_sparse_variable(x))


def sgn(x: Any) -> Variable:
    """Compute the sign of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.sgn`. Derivative: zero,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.sgn(sg.sparse.as_csr([[0.0, -2.0]])).eval().data
    array([-1.])
    """
    return on_entries(T.sgn, as_sparse_variable(x))


def absolute(x: Any) -> Variable:
    """Compute the absolute value of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.abs`. Derivative: the sign,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.absolute(sg.sparse.as_csr([[0.0, -2.0]])).eval().data
    array([2.])
    """
    return on_entries(T.abs, as_sparse_variable(x))


def deg2rad(x: Any) -> Variable:
    """Compute the radians of degrees of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.deg2rad`. Derivative: pi / 180,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.deg2rad(sg.sparse.as_csr([[0.0, 90.0]])).eval().data
    array([1.57079633])
    """
    return on_entries(T.deg2rad, as_sparse_variable(x))


def rad2deg(x: Any) -> Variable:
    """Compute the degrees of radians of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.rad2deg`. Derivative: 180 / pi,
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.rad2deg(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([28.64788976])
    """
    return on_entries(T.rad2deg, as_sparse_variable(x))


def log1p(x: Any) -> Variable:
    """Compute log(1 + x) of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.log1p`. Derivative: 1 / (1 + x),
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.log1p(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([0.40546511])
    """
    return on_entries(T.log1p, as_sparse_variable(x))


def expm1(x: Any) -> Variable:
    """Compute exp(x) - 1 of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.expm1`. Derivative: exp(x),
    structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.expm1(sg.sparse.as_csr([[0.0, 0.5]])).eval().data
    array([0.64872127])
    """
    return on_entries(T.expm1, as_sparse_variable(x))


def conj(x: Any) -> Variable:
    """Compute the complex conjugate of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.conj`. Derivative: 1 for real
    numbers, structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.conj(sg.sparse.as_csr([[0.0, 2.0]])).eval().data
    array([2.])
    """
    return on_entries(T.conj, as_sparse_variable(x))


def structured_add(x: Any, y: TensorLike) -> Variable:
    """Add a number to each entry of a sparse matrix.

    x: a sparse matrix. y: a scalar.
    Returns a matrix with entries where x has. Derivative: 1, structured. Raises TypeError for what
    is not sparse.

    >>> sg.sparse.structured_add(sg.sparse.as_csr([[0.0, 2.0]]), 3.0).eval().data
    array([5.])
    """
    return on_entries(T.add, as_sparse_variable(x), y)


def structured_minimum(x: Any, y: TensorLike) -> Variable:
    """Compute the smaller one of each entry of a sparse matrix and a number.

    x: a sparse matrix. y: a scalar.
    Returns a matrix with entries where x has. Derivative: 1 where it is the entry, structured.
    Raises TypeError for what is not sparse.

    >>> sg.sparse.structured_minimum(sg.sparse.as_csr([[0.0, 2.0]]), 3.0).eval().data
    array([2.])
    """
    return on_entries(T.minimum, as_sparse_variable(x), y)


def structured_maximum(x: Any, y: TensorLike) -> Variable:
    """Compute the larger one of each entry of a sparse matrix and a number.

    x: a sparse matrix. y: a scalar.
    Returns a matrix with entries where x has. Derivative: 1 where it is the entry, structured.
    Raises TypeError for what is not sparse.

    >>> sg.sparse.structured_maximum(sg.sparse.as_csr([[0.0, 2.0]]), 3.0).eval().data
    array([3.])
    """
    return on_entries(T.maximum, as_sparse_variable(x), y)


def structured_pow(x: Any, y: TensorLike) -> Variable:
    """Compute a power of each entry of a sparse matrix.

    x: a sparse matrix. y: a scalar.
    Returns a matrix with entries where x has. Derivative: y * x**(y - 1), structured. Raises
    TypeError for what is not sparse.

    >>> sg.sparse.structured_pow(sg.sparse.as_csr([[0.0, 2.0]]), 3.0).eval().data
    array([8.])
    """
    return on_entries(T.pow, as_sparse_variable(x), y)


__all__ = [
    "absolute",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "ceil",
    "conj",
    "deg2rad",
    "expm1",
    "floor",
    "log1p",
    "rad2deg",
    "rint",
    "sgn",
    "sin",
    "sinh",
    "sqr",
    "sqrt",
    "structured_add",
    "structured_exp",
    "structured_log",
    "structured_maximum",
    "structured_minimum",
    "structured_monoid",
    "structured_pow",
    "structured_sigmoid",
    "tan",
    "tanh",
    "trunc",
]
