"""`theano.tensor.slinalg`: linear algebra in Theano's forms."""

from typing import Any

from symgraph.compat.theano.gof.linalg_objects import MATRIX_STRUCTURES as MATRIX_STRUCTURES
from symgraph.compat.theano.gof.node_classes import CLASSES
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Constant, Variable
from symgraph.tensor import outer
from symgraph.tensor import slinalg as native

# SciPy is one of the packages that symgraph needs.
imported_scipy = True

__getattr__, __dir__ = resolver(
    __name__,
    "symgraph.tensor.slinalg",
    "symgraph.tensor.nlinalg",
    "symgraph.tensor.linalg",
    "symgraph.tensor",
)

solve = CLASSES["Solve"]()
solve_symmetric = CLASSES["Solve"]("symmetric")
solve_lower_triangular = CLASSES["Solve"]("lower_triangular")
solve_upper_triangular = CLASSES["Solve"]("upper_triangular")


def eigvalsh(a: Any, b: Any = None, lower: bool = True) -> Variable:
    """Compute eigenvalues: see `symgraph.tensor.slinalg.eigvalsh`.

    a, b, lower: those of that function; b may be `NoneConst`.

    >>> from symgraph.compat.theano.tensor.slinalg import eigvalsh
    >>> eigvalsh([[2.0, 1.0], [1.0, 2.0]], None).eval()
    array([1., 3.])
    """
    absent = isinstance(b, Constant) and b.data is None
    return native.eigvalsh(as_tensor_variable(a), None if absent else b, lower)


def kron(a: Any, b: Any) -> Variable:
    """Compute the Kronecker product of matrices: see `symgraph.tensor.slinalg.kron`.

    a, b: matrices; or arrays whose dimensions are three or more together, in the order that old
        versions of SciPy gave the result.
    Raises TypeError for fewer dimensions.

    >>> from symgraph.compat.theano.tensor.slinalg import kron
    >>> kron([1, 2], [[1, 3]]).eval()
    array([1, 3, 2, 6])
    """
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    if a.ndim == b.ndim == 2:
        return native.kron(a, b)
    if a.ndim + b.ndim <= 2:
        raise TypeError(f"kron: {a} ({a.type}) and {b} ({b.type}) have less than three dimensions")
    products = outer(a, b).reshape([*a.shape, *b.shape], ndim=a.ndim + b.ndim)
    if products.ndim == 3:
        return products.dimshuffle(1, 0, 2).flatten()
    first, second, third, fourth, *rest = range(products.ndim)
    n = products.shape
    sides = [n[first] * n[third], n[second] * n[fourth], *(n[axis] for axis in rest)]
    return products.dimshuffle(first, third, second, fourth, *rest).reshape(
        sides, ndim=products.ndim - 2
    )
