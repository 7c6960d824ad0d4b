"""Sums, products and comparisons of elements."""

from collections.abc import Callable
from typing import Any

import symgraph.tensor as T
from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike

from . import algorithms
from .constructors import as_sparse_variable
from .operations.base import Negate, check_tensor, is_sparse, operands
from .operations.elementwise import AddSS, CompareSS, MulSD, MulSS, ScaleRows, SpSum, on_entries
from .operations.structure import CSM, CSMProperties, DenseFromSparse, data_of
from .parts import SparseParts


def neg(x: Any) -> Variable:
    """Negate each entry.

    x: a sparse matrix.
    Returns a matrix of the same format and dtype. Derivative: -1, regular. Raises TypeError for
    what is not sparse.

    >>> sg.sparse.neg(sg.sparse.as_csr([[0.0, 2.0]])).eval().data
    array([-2.])
    """
    found: Variable = Negate()(as_sparse_variable(x))
    return found


def add(x: Any, y: Any) -> Variable:
    """Add two matrices, one of which is sparse at least.

    x, y: matrices of one shape; a dense one may also be what NumPy broadcasts to it.
    Returns a canonical sparse matrix in the format of x if both are sparse, else a dense matrix.
    Derivative: 1; by a sparse operand of a dense sum structured. Raises TypeError where none is
    sparse; ValueError for other shapes.

    >>> x = sg.sparse.as_csr([[0.0, 2.0]])
    >>> sg.sparse.add(x, x).eval().toarray()
    array([[0., 4.]])
    """
    a, b = operands("add", x, y)
    if is_sparse(a) and is_sparse(b):
        total: Variable = AddSS()(a, b)
        return total
    return _dense(a) + _dense(b)


def _dense(x: Variable) -> Variable:
    if not is_sparse(x):
        return x
    found: Variable = DenseFromSparse()(x)
    return found


def sub(x: Any, y: Any) -> Variable:
    """Subtract a matrix from another, of which one is sparse at least.

    x, y: as for `add`.
    Returns what `add` returns. Derivative: 1 and -1. Raises as `add` does.

    >>> x = sg.sparse.as_csr([[0.0, 2.0]])
    >>> sg.sparse.sub([[1.0, 1.0]], x).eval()
    array([[ 1., -1.]])
    """
    a, b = operands("sub", x, y)
    return add(a, neg(b) if is_sparse(b) else -b)


def mul(x: Any, y: Any) -> Variable:
    """Multiply two matrices element by element, one of which is sparse at least.

    x, y: matrices of one shape; a dense one may be a scalar, or a vector of a number per column.
    Returns a sparse matrix in the format of the first that is sparse. Derivative: the other factor,
    regular. Raises TypeError where none is sparse; ValueError for other shapes.

    >>> sg.sparse.mul(sg.sparse.as_csr([[0.0, 2.0]]), [[5.0, 6.0]]).eval().toarray()
    array([[ 0., 12.]])
    """
    a, b = operands("mul", x, y)
    found: Variable
    if is_sparse(a) and is_sparse(b):
        found = MulSS()(a, b)
    else:
        found = MulSD()(a, b) if is_sparse(a) else MulSD()(b, a)
    return found


def add_s_s_data(x: Any, y: Any) -> Variable:
    """Add two sparse matrices whose entries are at the same places.

    x, y: matrices of one format, with equal indices and indptr, which are not compared.
    Returns a sparse matrix. Derivative: 1, structured. Raises TypeError for what is not sparse or
    of other formats; ValueError where the numbers of entries differ.

    >>> x = sg.sparse.as_csr([[0.0, 2.0]])
    >>> sg.sparse.add_s_s_data(x, x).eval().data
    array([4.])
    """
    a, b = as_sparse_variable(x), as_sparse_variable(y)
    if a.type.format != b.type.format:
        raise TypeError(
            f"add_s_s_data: {a} ({a.type}) and {b} ({b.type}) are in different formats;"
            " sparse.add takes any"
        )
    return on_entries(T.add, a, data_of(b))


def mul_s_v(x: Any, y: TensorLike) -> Variable:
    """Multiply each column of a sparse matrix by a number.

    x: a sparse matrix. y: a dense vector of a number for each column.
    Returns a sparse matrix. Derivative: the other factor, regular. Raises TypeError for other
    types, ValueError for another number of columns.

    >>> sg.sparse.mul_s_v(sg.sparse.as_csr([[1.0, 2.0]]), [5.0, 6.0]).eval().toarray()
    array([[ 5., 12.]])
    """
    factor = T.as_tensor_variable(y)
    check_tensor("mul_s_v", factor, 1)
    found: Variable = MulSD()(as_sparse_variable(x), factor)
    return found


def col_scale(x: Any, s: TensorLike) -> Variable:
    """Scale each column of a sparse matrix by a number.

    x: a sparse matrix. s: a dense vector of a number for each column.
    Returns a sparse matrix. Derivative: the other factor, regular. Raises TypeError for other
    types, ValueError for another number of columns.

    >>> sg.sparse.col_scale(sg.sparse.as_csr([[1.0, 2.0]]), [5.0, 6.0]).eval().toarray()
    array([[ 5., 12.]])
    """
    return mul_s_v(x, s)


def row_scale(x: Any, s: TensorLike) -> Variable:
    """Scale each row of a sparse matrix by a number.

    x: a sparse matrix. s: a dense vector of a number for each row.
    Returns a sparse matrix. Derivative: the other factor, regular. Raises TypeError for other
    types, ValueError for another number of rows.

    >>> sg.sparse.row_scale(sg.sparse.as_csr([[1.0, 2.0]]), [5.0]).eval().toarray()
    array([[ 5., 10.]])
    """
    found: Variable = ScaleRows()(as_sparse_variable(x), T.as_tensor_variable(s))
    return found


def structured_add_s_v(x: Any, y: TensorLike) -> Variable:
    """Add to each entry of a sparse matrix the number of its column.

    x: a sparse matrix. y: a dense vector of a number for each column.
    Returns a sparse matrix with the entries of x. Derivative: 1, structured. Raises TypeError for
    other types, ValueError for another number of columns.

    >>> sg.sparse.structured_add_s_v(sg.sparse.as_csr([[0.0, 2.0]]), [5.0, 6.0]).eval().toarray()
    array([[0., 8.]])
    """
    a, v = as_sparse_variable(x), T.as_tensor_variable(y)
    check_tensor("structured_add_s_v", v, 1)
    parts = SparseParts(*CSMProperties()(a))
    v = algorithms.check_extent("structured_add_s_v", v, v.shape[0], parts.shape[1])
    _, column = algorithms.coordinates(parts, a.type.format)
    found: Variable = CSM(a.type.format)(parts.data + v[column], *parts[1:])
    return found


def sp_sum(x: Any, axis: int | None = None, sparse_grad: bool = False) -> Variable:
    """Add up the elements of a sparse matrix.

    x: a sparse matrix. axis: along which, all elements unless given.
    sparse_grad: whether the derivative is structured: it has entries where x has.
    Returns a dense scalar or vector of the dtype of x. Derivative: 1, regular unless `sparse_grad`.
    Raises TypeError for what is not sparse, ValueError for no axis.

    >>> sg.sparse.sp_sum(sg.sparse.as_csr([[1.0, 2.0], [0.0, 3.0]]), axis=0).eval()
    array([1., 5.])
    """
    found: Variable = SpSum(axis, sparse_grad)(as_sparse_variable(x))
    return found


# --- comparisons ---


_COMPARISON = """Test which elements of a matrix {what} of another; one is sparse at least.

    x, y: matrices of one shape.
    Returns bools: sparse if both are sparse{zeros}; else dense. Derivative: zero. Raises TypeError
    where none is sparse, ValueError for other shapes.

    >>> sg.sparse.{name}(sg.sparse.as_csr([[0.0, 2.0]]), [[0.0, 3.0]]).eval()
    array([{result}])
    """
_ZEROS = ",\n    with an entry for each pair of zeros"


def _comparison(
    name: str, what: str, result: str, zeros: str = ""
) -> Callable[[Any, Any], Variable]:
    """Return the comparison of this name, whose docstring tells what it asks."""
    of_tensors = getattr(T, name)

    def function(x: Any, y: Any) -> Variable:
        a, b = operands(name, x, y)
        if is_sparse(a) and is_sparse(b):
            compared: Variable = CompareSS(name)(a, b)
        else:
            compared = of_tensors(_dense(a), _dense(b))
        return compared

    function.__name__ = function.__qualname__ = name
    function.__doc__ = _COMPARISON.format(name=name, what=what, result=result, zeros=zeros)
    return function


eq = _comparison("eq", "are equal to those", "[ True, False]", _ZEROS)
neq = _comparison("neq", "differ from those", "[False,  True]")
lt = _comparison("lt", "are less than those", "[False,  True]")
gt = _comparison("gt", "are greater than those", "[False, False]")
le = _comparison("le", "are at most those", "[ True,  True]", _ZEROS)
ge = _comparison("ge", "are at least those", "[ True, False]", _ZEROS)

__all__ = [
    "add",
    "add_s_s_data",
    "col_scale",
    "eq",
    "ge",
    "gt",
    "le",
    "lt",
    "mul",
    "mul_s_v",
    "neg",
    "neq",
    "row_scale",
    "sp_sum",
    "structured_add_s_v",
    "sub",
]
