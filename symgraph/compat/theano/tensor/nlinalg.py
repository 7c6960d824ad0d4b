"""`theano.tensor.nlinalg`: linear algebra in Theano's forms."""

from typing import Any

import numpy as np

from symgraph import tensor
from symgraph.compat.theano.gof.node_classes import CLASSES
from symgraph.compat.theano.gof.node_objects import OperationObject, always
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Variable
from symgraph.ops.requirement import Require
from symgraph.tensor import nlinalg as native

__getattr__, __dir__ = resolver(
    __name__,
    "symgraph.tensor.slinalg",
    "symgraph.tensor.nlinalg",
    "symgraph.tensor.linalg",
    "symgraph.tensor",
)


def alloc_diag(x: Any) -> Variable:
    """Build the matrix with a vector on its diagonal: see `symgraph.tensor.alloc_diag`.

    x: a vector. Raises TypeError for other ranks.

    >>> from symgraph.compat.theano.tensor.nlinalg import alloc_diag
    >>> alloc_diag([1, 2]).eval()
    array([[1, 0],
           [0, 2]])
    """
    x = as_tensor_variable(x)
    if x.type.ndim != 1:
        raise TypeError(f"alloc_diag takes a vector, not {x} ({x.type})")
    return tensor.alloc_diag(x)


eig = CLASSES["Eig"]()


def norm(x: Any, ord: Any) -> Variable:
    """Compute the norm of a vector or a matrix.

    x: of one or two dimensions. ord: as in NumPy; 'inf' and '-inf' are infinite.
    Raises ValueError for what has no dimensions, NotImplementedError for more than two.

    >>> from symgraph.compat.theano.tensor.nlinalg import norm
    >>> norm(T.constant([3.0, -4.0]), "inf").eval()
    array(4.)
    """
    x = as_tensor_variable(x)
    if x.type.ndim == 0:
        raise ValueError("'axis' entry is out of bounds.")
    if x.type.ndim > 2:
        raise NotImplementedError("We don't support norm with ndim > 2")
    infinite = {"inf": np.inf, "-inf": -np.inf}
    found: Variable = native.norm(x, infinite.get(ord, ord) if isinstance(ord, str) else ord)
    return found


def lstsq(*args: Any, **keywords: Any) -> Any:
    """Solve a system by least squares, as `lstsq()(a, b, rcond)` or as `lstsq(a, b, rcond)`.

    args, keywords: see `symgraph.tensor.nlinalg.lstsq`.

    >>> from symgraph.compat.theano.tensor.nlinalg import lstsq
    >>> len(lstsq()(T.dmatrix("a"), T.dvector("b"), -1))
    4
    """
    if not args and not keywords:
        return _LeastSquares()
    return _solved(*args, **keywords)


class _LeastSquares(OperationObject):
    """The object that `lstsq()` is in Theano."""

    kind = "lstsq"
    makes = staticmethod(always(lambda *given: list(_solved(*given))))


def _solved(a: Any, b: Any, rcond: Any = None) -> Any:
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    if a.type.ndim != 2:
        # In Theano only running tells.
        what = f"lstsq: the number of dimensions of {a} is 2, which"
        limit = as_tensor_variable(-1 if rcond is None else rcond)
        never = tensor.and_(tensor.any(tensor.lt(a, a)), tensor.any(tensor.lt(limit, limit)))
        refused = Require(what, "true", np.linalg.LinAlgError)(a, tensor.cast(never, "int8"))
        a, rcond = tensor.shape_padleft(refused.flatten()), None
    given = getattr(rcond, "data", rcond)
    if isinstance(given, Variable):
        return native.lstsq(a, b, given)
    return native.lstsq(a, b, None if given is None or given < 0 else float(given))
