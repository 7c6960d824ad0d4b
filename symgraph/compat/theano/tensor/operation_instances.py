"""Objects of Theano's operations under the names that its modules have for them."""

from typing import Any

from symgraph.compat.theano.gof.node_classes import CLASSES
from symgraph.compat.theano.tensor.constants import as_tensor_variable

_dot = CLASSES["Dot"]()
join_ = CLASSES["Join"]()
bartlett_ = CLASSES["Bartlett"]()
cpu_contiguous = CLASSES["CpuContiguous"]()
fill_diagonal_ = CLASSES["FillDiagonal"]()
fill_diagonal_offset_ = CLASSES["FillDiagonalOffset"]()
tensor_from_scalar = CLASSES["TensorFromScalar"]()
scalar_from_tensor = CLASSES["ScalarFromTensor"]()


def is_flat(var: Any, ndim: int | None = None, outdim: int | None = None) -> bool:
    """Return whether a tensor has a number of dimensions, 1 unless given.

    var: a tensor. ndim: the number; `outdim` is its older name. Raises ValueError for both.

    >>> from symgraph.compat.theano.tensor.operation_instances import is_flat
    >>> is_flat(T.dvector("x")), is_flat(T.dmatrix("x"))
    (True, False)
    """
    if ndim is not None and outdim is not None:
        raise ValueError("You should only specify ndim")
    wanted = outdim if ndim is None else ndim
    return bool(as_tensor_variable(var).ndim == (1 if wanted is None else wanted))
