"""The type of sparse matrices, and their variables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgraph.graph import (
    BundleType,
    Constant,
    LazyModule,
    PrecisionLoss,
    SharedVariable,
    TensorType,
    Type,
    Variable,
    canonical_dtype,
)
from symgraph.graph.tensor_values import approximately_equal, equal_arrays

from .parts import SparseParts

FORMATS = ("csr", "csc")
_scipy = LazyModule("scipy.sparse")
# The format of the transpose.
OTHER_FORMAT = {"csr": "csc", "csc": "csr"}
# The dtype of indices; entries are numbered by it, too.
INDEX_DTYPE = "int32"


@dataclass(frozen=True, slots=True, init=False)
class SparseType(BundleType):
    """Represent sparse matrices of one format and dtype.

    format: 'csr' or 'csc'.
    dtype: the name of the dtype of the entries, or "floatX".
    Called with a name, a type makes a variable. Raises TypeError for what names no dtype,
    ValueError for another format.

    >>> sg.sparse.SparseType("csr", "float32")("x").type.format
    'csr'
    """

    format: str
    dtype: str

    def __init__(self, format: str, dtype: Any = "floatX") -> None:
        if format not in FORMATS:
            raise ValueError(
                f"a sparse matrix is in one of the formats {', '.join(FORMATS)}, not {format!r};"
                " a SciPy matrix is converted by x.tocsr()"
            )
        name = canonical_dtype(dtype)
        if name == "float16":
            raise TypeError("no sparse matrix has the dtype float16: scipy.sparse has none")
        object.__setattr__(self, "format", format)
        object.__setattr__(self, "dtype", name)

    @property
    def ndim(self) -> int:  # type: ignore[override]
        """Return the number of dimensions, which is 2.

        >>> sg.sparse.SparseType("csr", "float32").ndim
        2
        """
        return 2

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Return the extents that are known: none.

        >>> sg.sparse.SparseType("csr", "float32").shape
        (None, None)
        """
        return (None, None)

    @property
    def broadcastable(self) -> tuple[bool, ...]:
        """Return for each axis whether its extent is known to be 1, which it is not.

        >>> sg.sparse.SparseType("csr", "float32").broadcastable
        (False, False)
        """
        return (False, False)

    def clone(self, format: str | None = None, dtype: Any = None) -> "SparseType":
        """Return a type of another format or dtype.

        format, dtype: those of this type unless given.
        Raises as the class does.

        >>> sg.sparse.SparseType("csr", "float32").clone(format="csc").format
        'csc'
        """
        return SparseType(self.format if format is None else format, dtype or self.dtype)

    def __str__(self) -> str:
        return f"{self.dtype} {self.format} matrix"

    # --- values ---

    def filter(
        self, value: Any, *, strict: bool = False, allow_downcast: bool | None = None
    ) -> Any:
        """Convert a value to a sparse matrix of this type.

        value: a matrix of scipy.sparse, or a dense matrix.
        strict: whether only a sparse matrix of the very format and dtype is taken. Otherwise values
            are converted, and cast where nothing is lost.
        allow_downcast: True casts always.
        Returns a csr_matrix or csc_matrix of SciPy. Raises TypeError.

        >>> sg.sparse.SparseType("csr", "float64").filter(np.eye(2)).nnz
        2
        """
        if isinstance(value, Variable):
            raise TypeError(
                f"expected a value of type {self}, got the symbolic variable {value};"
                " a compiled function takes matrices (to replace a variable use givens)"
            )
        is_sparse = _scipy.issparse(value)
        if is_sparse and value.format == self.format and value.dtype.name == self.dtype:
            return value
        if strict or not (is_sparse or np.ndim(value) == 2):
            raise TypeError(f"expected a {self} of scipy.sparse, got {_describe(value)}")
        found = value if is_sparse else np.asarray(value)
        if found.dtype.name != self.dtype:
            if not (allow_downcast or np.can_cast(found.dtype, self.dtype, "safe")):
                raise PrecisionLoss(
                    f"expected dtype {self.dtype}, got {_describe(value)}, and casting would lose"
                    f" precision; write value.astype('{self.dtype}') to have it nevertheless"
                )
            found = found.astype(self.dtype)
        return self.matrix_class()(found)

    def matrix_class(self) -> Any:
        """Return SciPy's class of matrices of this format.

        >>> sg.sparse.SparseType("csr", "float64").matrix_class().__name__
        'csr_matrix'
        """
        return _scipy.csr_matrix if self.format == "csr" else _scipy.csc_matrix

    def split(self, value: Any) -> list[np.ndarray]:
        """Return data, indices, pointers and shape of a matrix.

        value: a matrix of this type.
        Returns a list of arrays. Raises ValueError for a matrix with too many entries for
        indices of int32.

        >>> sg.sparse.SparseType("csr", "float64").split(sg.sparse.as_csr(np.eye(2)))[0]
        array([1., 1.])
        """
        count = int(value.indptr[-1])
        if max(count, *value.shape) > np.iinfo(INDEX_DTYPE).max:
            raise ValueError(
                f"a sparse matrix of {count} entries and shape {value.shape}: entries, rows and"
                f" columns are numbered by {INDEX_DTYPE}; split it"
            )
        return [
            np.asarray(value.data[:count]),
            value.indices[:count].astype(INDEX_DTYPE, copy=False),
            value.indptr.astype(INDEX_DTYPE, copy=False),
            np.array(value.shape, "int64"),
        ]

    def join(self, parts: Sequence[np.ndarray]) -> Any:
        """Return the matrix that has these parts.

        parts: data, indices, pointers and shape.
        Returns a csr_matrix or csc_matrix. Raises ValueError where they do not fit.

        >>> matrix_type = sg.sparse.SparseType("csr", "float64")
        >>> matrix_type.join(matrix_type.split(sg.sparse.as_csr(np.eye(2)))).nnz
        2
        """
        data, indices, indptr, shape = parts
        return self.matrix_class()((data, indices, indptr), shape=tuple(map(int, shape)))

    # --- variables ---

    def part_types(self) -> Sequence[TensorType]:
        index = TensorType(INDEX_DTYPE, (None,))
        return TensorType(self.dtype, (None,)), index, index, TensorType("int64", (2,))

    def parts(self, variables: Sequence[Variable]) -> SparseParts:
        return SparseParts(*variables)

    def convert_variable(self, variable: Any) -> Any:
        """Return a sparse variable in this format, where the cast to this dtype loses nothing.

        variable: any variable.
        Returns a variable, None where it is not sparse or would lose precision.

        >>> x = sg.sparse.csr_matrix("x")
        >>> sg.sparse.SparseType("csc").convert_variable(x).type.format
        'csc'
        """
        if not isinstance(variable.type, SparseType):
            return None
        if not np.can_cast(variable.type.dtype, self.dtype, "safe"):
            return None
        return self.converted(variable, self.dtype)

    def values_eq(self, a: Any, b: Any) -> bool:
        """Test whether two matrices have the same shape, format, dtype and elements.

        a, b: matrices of this type; where they have entries makes no difference.
        Returns a bool; nan counts as equal to itself.

        >>> x = sg.sparse.as_csr(np.eye(2))
        >>> x.indices.size, sg.sparse.SparseType("csr").values_eq(x, x.tocsc().tocsr())
        (2, True)
        """
        return _are_alike(a, b) and equal_arrays(*_at_common_places(a, b))

    def values_eq_approx(self, a: Any, b: Any, **tolerances: Any) -> bool:
        """Test whether two matrices are of one shape, format and dtype, and equal but for rounding.

        a, b: matrices of this type; where they have entries makes no difference.
        tolerances: those of `TensorType.values_eq_approx`.
        Returns a bool; nan counts as equal to itself.

        >>> x = sg.sparse.as_csr(np.eye(2))
        >>> sg.sparse.SparseType("csr").values_eq_approx(x, x * (1 + 1e-14))
        True
        """
        if not _are_alike(a, b):
            return False
        first, second = _at_common_places(a, b)
        return approximately_equal(first, second, **tolerances)

    def copy_value(self, value: Any) -> Any:
        """Copy a matrix.

        value: a matrix of this type.
        Returns another one.

        >>> sg.sparse.SparseType("csr").copy_value(sg.sparse.as_csr(np.eye(2))).nnz
        2
        """
        return value.copy()

    def own_value(self, filtered: Any, given: Any) -> Any:
        """Return a matrix that shares nothing with one that was given.

        filtered: what `filter` made of it. given: the value given.
        Returns `filtered`, or a copy.

        >>> given = sg.sparse.as_csr(np.eye(2))
        >>> sg.sparse.SparseType("csr").own_value(given, given) is given
        False
        """
        return filtered.copy()


def _are_alike(a: Any, b: Any) -> bool:
    return all(getattr(a, name) == getattr(b, name) for name in ("format", "shape", "dtype"))


def _at_common_places(a: Any, b: Any) -> list[np.ndarray]:
    """Return the elements of two matrices of one shape, wherever one has an entry."""
    coordinates = [value.tocoo() for value in (a, b)]
    places = [c.row.astype("int64") * a.shape[1] + c.col for c in coordinates]
    every, at = np.unique(np.concatenate(places), return_inverse=True)
    found = []
    for c, own in zip(coordinates, np.split(at, [len(places[0])]), strict=True):
        values = np.zeros(len(every), c.data.dtype)
        np.add.at(values, own, c.data)
        found.append(values)
    return found


def _describe(value: Any) -> str:
    kind = type(value).__name__
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{kind} of dtype {value.dtype} and shape {value.shape}"
    return f"{kind} {value!r}"[:60]


class SparseOperators:
    """The operators and methods of sparse variables; `symgraph.sparse.operators` gives them."""

    __slots__ = ()
    # Arrays leave operators to the variable on their right.
    __array_ufunc__ = None


class SparseVariable(SparseOperators, Variable):
    """Represent a sparse matrix to be computed, or without an owner a free variable.

    >>> x = sg.sparse.csr_matrix("x")
    >>> isinstance(x + x, sg.sparse.SparseVariable)
    True
    """

    __slots__ = ()


class SparseConstant(SparseOperators, Constant):
    """Represent a sparse matrix that is fixed when the graph is built.

    >>> sg.sparse.as_sparse_variable(sg.sparse.as_csr(np.eye(2))).data.nnz
    2
    """

    __slots__ = ()

    def __init__(self, type: Type, data: Any, name: str | None = None) -> None:
        Variable.__init__(self, type, name=name)
        self.data: Any = data.copy()

    def signature(self) -> tuple[Any, ...]:
        """Return what is equal for constants of equal type and bits.

        Returns a tuple.

        >>> x, y = (sg.sparse.as_sparse_variable(sg.sparse.as_csr(np.eye(2))) for _ in range(2))
        >>> x.signature() == y.signature()
        True
        """
        parts = (self.data.data, self.data.indices, self.data.indptr)
        return (self.type, self.data.shape, *(part.tobytes() for part in parts))

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        return f"{self.type}({self.data.shape[0]} x {self.data.shape[1]}, {self.data.nnz} entries)"

    def __reduce__(self) -> Any:
        return SparseConstant, (self.type, self.data, self.name)


class SparseSharedVariable(SparseOperators, SharedVariable):
    """Represent a variable that holds a sparse matrix, shared by functions.

    >>> w = sg.shared(sg.sparse.as_csr(np.eye(2)), name="w")
    >>> w.get_value().nnz
    2
    """

    __slots__ = ()

    def set_value(self, value: Any, borrow: bool = False) -> None:
        """Replace the value of the shared variable.

        value: a sparse matrix of the variable's dtype, or one that can be cast to it.
        borrow: whether the very matrix is held; otherwise a copy.
        Returns nothing. Raises TypeError for a value that does not fit.

        >>> w = sg.shared(sg.sparse.as_csr(np.eye(2)))
        >>> w.set_value(sg.sparse.as_csr(np.zeros((2, 2))))
        >>> w.get_value().nnz
        0
        """
        self.container.value = value if borrow or not hasattr(value, "copy") else value.copy()

    def zero(self, borrow: bool = False) -> None:
        """Drop all entries of the value, keeping its shape.

        borrow: Theano's; it makes no difference here.
        Returns nothing.

        >>> w = sg.shared(sg.sparse.as_csr(np.eye(2)))
        >>> w.zero()
        >>> w.get_value().nnz
        0
        """
        value = self.container.value
        self.container.value = type(value)(value.shape, dtype=value.dtype)


def type_of(value: Any) -> SparseType | None:
    """Return the type of a sparse matrix of SciPy; None for other values. Raises ValueError for
    another format than csr and csc."""
    if not (type(value).__module__.startswith("scipy.sparse") and hasattr(value, "format")):
        return None
    return SparseType(value.format, value.dtype)


SparseType.variable_class = SparseVariable
SparseType.constant_class = SparseConstant
SparseType.shared_class = SparseSharedVariable
