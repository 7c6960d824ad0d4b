"""Elements, rows and columns of sparse matrices, diagonals, and matrices side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph.graph import TensorType, Variable
from symgraph.ops.constant import IntLike, TensorLike
from symgraph.ops.scalar import promote

from .constructors import as_sparse_variable, csm_shape
from .operations.base import check_tensor
from .operations.selection import Elements, FromTriples, Selected, Stack
from .operations.selection import square_diagonal as _square_diagonal


def _shape(x: Variable) -> tuple[Variable, Variable]:
    shape = csm_shape(x)
    return shape[0], shape[1]


def _numbers(index: Any, extent: Variable, axis: int, what: str) -> Variable:
    """Return row or column numbers, the negative ones counted from the end. Raises ValueError."""
    numbers = T.as_tensor_variable(index)
    if numbers.type.ndim > 1 or np.dtype(numbers.type.dtype).kind not in "iu":
        raise ValueError(
            f"{what}: rows and columns are chosen by integers, lists of them and slices, not by"
            f" {numbers} ({numbers.type}) on axis {axis}"
        )
    # Read through positions, which counts from the end and refuses what is beyond.
    return T.arange(extent)[numbers]


def get_item_list(x: Any, index: TensorLike) -> Variable:
    """Select rows of a sparse matrix by a list of their numbers.

    x: a sparse matrix. index: a vector of integers, which may repeat; negative ones count from the
    end.
    Returns a sparse matrix in the format of x. Derivative: regular, added up where a row is chosen
    several times. Raises TypeError for what is not sparse, ValueError for other indices, and when
    it runs IndexError for rows that are not there.

    >>> x = sg.sparse.as_csr([[0.0, 2.0], [3.0, 0.0]])
    >>> sg.sparse.get_item_list(x, [1, 1]).eval().toarray()
    array([[3., 0.],
           [3., 0.]])
    """
    x = as_sparse_variable(x)
    numbers = _numbers(index, _shape(x)[0], 0, "get_item_list")
    found: Variable = Selected(0)(x, numbers)
    return found


def get_item_2lists(x: Any, ind1: TensorLike, ind2: TensorLike) -> Variable:
    """Select elements of a sparse matrix by lists of their rows and columns.

    x: a sparse matrix. ind1, ind2: vectors of integers of one length.
    Returns a dense vector. Derivative: regular, added up where an element is chosen several times.
    Raises as `get_item_list` does.

    >>> x = sg.sparse.as_csr([[0.0, 2.0], [3.0, 0.0]])
    >>> sg.sparse.get_item_2lists(x, [0, 1], [1, 1]).eval()
    array([2., 0.])
    """
    x = as_sparse_variable(x)
    rows, columns = _shape(x)
    where = (
        _numbers(ind1, rows, 0, "x[rows, columns]"),
        _numbers(ind2, columns, 1, "x[rows, columns]"),
    )
    found: Variable = Elements()(x, *where)
    return found


def get_item_scalar(x: Any, index: Sequence[IntLike]) -> Variable:
    """Read one element of a sparse matrix.

    x: a sparse matrix. index: its row and its column.
    Returns a dense scalar. Derivative: regular. Raises as `get_item_list` does.

    >>> sg.sparse.get_item_scalar(sg.sparse.as_csr([[0.0, 2.0]]), [0, 1]).eval()
    array(2.)
    """
    row, column = index
    return get_item_2lists(x, T.stack([row]), T.stack([column]))[0]


def get_item_2d(x: Any, index: Any) -> Variable:
    """Select a part of a sparse matrix by slices.

    x: a sparse matrix. index: a slice of rows, or one of rows and one of columns, with steps of
    either sign.
    Returns a sparse matrix in the format of x. Derivative: regular. Raises NotImplementedError for
    an integer beside a slice: there are no sparse vectors; ValueError for other indices.

    >>> x = sg.sparse.as_csr([[0.0, 2.0, 1.0], [3.0, 0.0, 4.0]])
    >>> sg.sparse.get_item_2d(x, (slice(None), slice(1, None))).eval().toarray()
    array([[2., 1.],
           [0., 4.]])
    """
    x = as_sparse_variable(x)
    chosen = index if isinstance(index, tuple) else (index,)
    for axis, (entry, extent) in enumerate(zip(chosen, _shape(x), strict=False)):
        if not isinstance(entry, slice):
            raise NotImplementedError(
                f"x[{index}]: an integer beside a slice gives a vector, and there are no sparse"
                " vectors; write x[i : i + 1, ...]"
            )
        if entry == slice(None):
            continue
        for bound in (entry.start, entry.stop, entry.step):
            _check_bound(bound)
        x = Selected(axis)(x, T.arange(extent)[entry])
    return x


def _check_bound(bound: Any) -> None:
    if bound is None or isinstance(bound, int | np.integer):
        return
    type = bound.type if isinstance(bound, Variable) else None
    if isinstance(type, TensorType) and type.ndim == 0 and np.dtype(type.dtype).kind in "iu":
        return
    raise ValueError(f"a slice of a sparse matrix has integer bounds, not {bound!r}")


def getitem(x: Variable, index: Any) -> Variable:
    """Return `x[index]` of a sparse variable."""
    if not isinstance(index, tuple):
        index = (index,)
    if len(index) > 2:
        raise IndexError(f"a sparse matrix has 2 axes, and {len(index)} indices were given")
    slices = [isinstance(entry, slice) for entry in index]
    if all(slices):
        return get_item_2d(x, index)
    ranks = [T.as_tensor_variable(e).type.ndim for e in index if not isinstance(e, slice)]
    if len(index) == 1:
        if ranks == [1]:
            return get_item_list(x, index[0])
    elif ranks == [0, 0]:
        return get_item_scalar(x, index)
    elif ranks == [1, 1]:
        return get_item_2lists(x, *index)
    if 0 in ranks:
        return get_item_2d(x, index)
    raise ValueError(
        f"x[{', '.join(map(str, index))}]: a sparse matrix takes slices, one list of rows, two"
        " lists, or two integers; to choose columns by a list, transpose it"
    )


def diag(x: Any) -> Variable:
    """Read the diagonal of a sparse matrix.

    x: a sparse matrix.
    Returns a dense vector. Derivative: regular. Raises TypeError for what is not sparse.

    >>> sg.sparse.diag(sg.sparse.as_csr([[1.0, 2.0], [0.0, 3.0]])).eval()
    array([1., 3.])
    """
    x = as_sparse_variable(x)
    places = T.arange(T.minimum(*_shape(x)))
    found: Variable = Elements()(x, places, places)
    return found


def square_diagonal(diag: TensorLike) -> Variable:
    """Build the square matrix that has a diagonal, and no other entries.

    diag: a vector.
    Returns a csc matrix. Derivative: the diagonal of the cotangent. Raises TypeError for other
    ranks.

    >>> sg.sparse.square_diagonal([1.0, 3.0]).eval().toarray()
    array([[1., 0.],
           [0., 3.]])
    """
    diagonal = T.as_tensor_variable(diag)
    check_tensor("square_diagonal", diagonal, 1)
    return _square_diagonal(diagonal)


def construct_sparse_from_list(x: TensorLike, y: TensorLike, indices: TensorLike) -> Variable:
    """Build a matrix of the shape of x with only some rows: the derivative of `x[indices]` by x.

    The cotangent of `x[indices]` is y.

    x: a dense matrix, of which only the shape matters. y: a matrix of rows. indices: which rows
    these are; equal ones add up.
    Returns a csr matrix. Derivative: by y, the rows of the cotangent. Raises TypeError for other
    ranks; when it runs IndexError for rows that are not there.

    >>> sg.sparse.construct_sparse_from_list(np.zeros((3, 2)), [[1.0, 2.0]], [2]).eval().toarray()
    array([[0., 0.],
           [0., 0.],
           [1., 2.]])
    """
    whole, rows, chosen = (T.as_tensor_variable(v) for v in (x, y, indices))
    check_tensor("construct_sparse_from_list", whole, 2)
    check_tensor("construct_sparse_from_list", rows, 2)
    check_tensor("construct_sparse_from_list", chosen, 1)
    row = T.repeat(_numbers(chosen, whole.shape[0], 0, "construct_sparse_from_list"), rows.shape[1])
    column = T.arange(rows.shape[0] * rows.shape[1]) % rows.shape[1]
    shape = T.stack([whole.shape[0], whole.shape[1]])
    found: Variable = FromTriples("csr")(rows.flatten(), row, column, shape)
    return found


def _stacked(blocks: Any, axis: int, format: str | None, dtype: Any) -> Variable:
    given = [as_sparse_variable(block) for block in blocks]
    if not given:
        raise ValueError("no matrices were given to stack")
    name = promote([block.type.dtype for block in given]) if dtype is None else str(dtype)
    found: Variable = Stack(axis, "csc" if format is None else format, name)(*given)
    return found


def hstack(blocks: Sequence[Any], format: str | None = None, dtype: Any = None) -> Variable:
    """Join sparse matrices side by side.

    blocks: sparse matrices of as many rows. format: of the result, 'csc' unless given. dtype: of
    the result, that to which those of the blocks are promoted unless given.
    Returns a sparse matrix with sorted indices. Derivative: regular. Raises TypeError for what is
    not sparse, ValueError for no blocks, or other numbers of rows.

    >>> x = sg.sparse.as_csr([[0.0, 2.0]])
    >>> sg.sparse.hstack([x, x]).eval().toarray()
    array([[0., 2., 0., 2.]])
    """
    return _stacked(blocks, 1, format, dtype)


def vstack(blocks: Sequence[Any], format: str | None = None, dtype: Any = None) -> Variable:
    """Join sparse matrices one below the other.

    blocks: sparse matrices of as many columns. format, dtype: as for `hstack`.
    Returns a sparse matrix with sorted indices. Derivative: regular. Raises as `hstack` does.

    >>> x = sg.sparse.as_csr([[0.0, 2.0]])
    >>> sg.sparse.vstack([x, x]).eval().toarray()
    array([[0., 2.],
           [0., 2.]])
    """
    return _stacked(blocks, 0, format, dtype)


__all__ = [
    "construct_sparse_from_list",
    "diag",
    "get_item_2d",
    "get_item_2lists",
    "get_item_list",
    "get_item_scalar",
    "hstack",
    "square_diagonal",
    "vstack",
]
