"""`theano.sandbox.linalg.ops`: linear algebra, and a bound of eigenvalues."""

from typing import Any

from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Variable
from symgraph.tensor import nlinalg

__getattr__, __dir__ = resolver(__name__, ".tensor.slinalg", ".tensor.nlinalg")


def spectral_radius_bound(X: Any, log2_exponent: int) -> Variable:
    """Compute an upper bound of the spectral radius of a symmetric matrix without negative
    eigenvalues.

    X: the matrix. log2_exponent: the bound is the root of the trace of X to the power of two to
        this; the larger it is, the closer.
    Returns a scalar. Raises TypeError for other ranks and an exponent that is no int, ValueError
    for one that is not positive.

    >>> from symgraph.compat.theano.sandbox.linalg.ops import spectral_radius_bound
    >>> spectral_radius_bound([[3.0, 0.0], [0.0, 1.0]], 5).eval().round(6)
    np.float64(3.0)
    """
    matrix = as_tensor_variable(X)
    if matrix.type.ndim != 2:
        raise TypeError(f"spectral_radius_bound takes a matrix, not {matrix} ({matrix.type})")
    if not isinstance(log2_exponent, int):
        raise TypeError(f"log2_exponent is an int, not {log2_exponent!r}")
    if log2_exponent <= 0:
        raise ValueError(f"log2_exponent is positive, not {log2_exponent}")
    power = nlinalg.matrix_power(matrix, 2**log2_exponent)
    return nlinalg.trace(power) ** (2.0**-log2_exponent)
