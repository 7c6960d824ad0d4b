"""`theano.tensor.nlinalg`: linear algebra in Theano's forms."""

from typing import Any

from symgraph.compat.theano.gof.node_objects import OperationObject
from symgraph.compat.theano.lookup import resolver
from symgraph.tensor import nlinalg as native

__getattr__, __dir__ = resolver(
    __name__,
    "symgraph.tensor.slinalg",
    "symgraph.tensor.nlinalg",
    "symgraph.tensor.linalg",
    "symgraph.tensor",
)


def lstsq(*args: Any, **keywords: Any) -> Any:
    """Solve a system by least squares, as `lstsq()(a, b, rcond)` or as `lstsq(a, b, rcond)`.

    args, keywords: see `symgraph.tensor.nlinalg.lstsq`.

    >>> from symgraph.compat.theano.tensor.nlinalg import lstsq
    >>> len(lstsq()(T.dmatrix("a"), T.dvector("b"), -1))
    4
    """
    if not args and not keywords:
        return OperationObject("lstsq", (), lambda *given: list(_solved(*given)))
    return _solved(*args, **keywords)


def _solved(a: Any, b: Any, rcond: Any = None) -> Any:
    given = getattr(rcond, "data", rcond)
    return native.lstsq(a, b, None if given is None or given < 0 else float(given))
