"""Matrices from their parts, the parts of matrices, formats, and dense matrices."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph.graph import Apply, TensorType, Type, Variable, canonical_dtype
from symgraph.ops.compressed import check_vector

from .. import algorithms
from ..parts import SparseParts
from ..type import FORMATS, INDEX_DTYPE, OTHER_FORMAT, SparseType
from .base import Gradients, SameMatrix, SparseOp, check_sparse, check_tensor


class CSM(SparseOp):
    """The compressed sparse matrix of the given parts, in the format 'csr' or 'csc'.

    Inputs: data, indices, indptr and shape. The derivative by the data are the elements of the
    cotangent at the places of the entries.
    """

    __props__ = ("format",)

    def __init__(self, format: str) -> None:
        if format not in FORMATS:
            raise ValueError(f"the format is one of {', '.join(FORMATS)}, not {format!r}")
        self.format = format

    def __call__(self, *inputs: Any, name: str | None = None) -> Any:
        data, indices, indptr, shape = inputs
        parts = [T.as_tensor_variable(part) for part in (data, indices, indptr)]
        return super().__call__(*parts, as_shape(shape), name=name)

    def output_types(
        self, data: Variable, indices: Variable, indptr: Variable, shape: Variable
    ) -> Sequence[Type]:
        check_vector(self, "the data", data, "biufc")
        check_vector(self, "the indices", indices, "iu")
        check_vector(self, "the pointers", indptr, "iu")
        check_vector(self, "the shape", shape, "iu")
        if shape.type.shape[0] not in (None, 2):
            raise TypeError(f"{self}: the shape is a vector of 2 integers, not {shape.type}")
        return [SparseType(self.format, data.type.dtype)]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        return [algorithms.packed(*inputs)]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        found: Variable = EntriesOn()(g, *node.inputs[1:])
        return found


class EntriesOn(SparseOp):
    """The elements of a matrix at the places of the entries of another, as a vector.

    Inputs: the matrix; indices, indptr and shape of the other, which has the same format.
    """

    def output_types(
        self, x: Variable, indices: Variable, indptr: Variable, shape: Variable
    ) -> Sequence[Type]:
        return [TensorType(check_sparse(self, x).dtype, indices.type.shape)]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[Variable]:
        x, indices, indptr, shape = inputs
        pattern = algorithms.packed(x.data, indices, indptr, shape)
        return [algorithms.values_on(x, node.inputs[0].type.format, pattern)]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        found: Variable = CSM(node.inputs[0].type.format)(g, *node.inputs[1:])
        return found


class CSMProperties(SparseOp):
    """The parts of a matrix: data, indices, indptr and shape. The derivative is structured."""

    def output_types(self, x: Variable) -> Sequence[Type]:
        return check_sparse(self, x).part_types()

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[Variable]:
        return list(inputs[0])

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True, False, False, False]]

    def jvp(self, node: Apply, tangents: Gradients) -> Gradients:
        moved = tangents[0]
        by_data = None if moved is None else EntriesOn()(moved, *node.outputs[1:])
        return [by_data, None, None, None]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        found: Variable = CSM(node.inputs[0].type.format)(g, *node.outputs[1:])
        return found


class DenseFromSparse(SparseOp):
    """A sparse matrix as a dense one. If `structured`, the derivative has entries only where the
    matrix has; otherwise everywhere."""

    __props__ = ("sparse_grad",)

    def __init__(self, structured: bool = True) -> None:
        self.sparse_grad = structured

    def output_types(self, x: Variable) -> Sequence[Type]:
        return [TensorType(check_sparse(self, x).dtype, (None, None))]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[Variable]:
        return [algorithms.dense(inputs[0], node.inputs[0].type.format)]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        (x,) = node.inputs
        found: Variable
        if self.sparse_grad:
            _, indices, indptr, shape = CSMProperties()(x)
            values = ValuesAt(x.type.format)(g, indices, indptr)
            found = CSM(x.type.format)(values, indices, indptr, shape)
        else:
            found = SparseFromDense(x.type.format)(g)
        return found


class ValuesAt(SparseOp):
    """The elements of a dense matrix at the places of the entries of a sparse one, a vector.

    Inputs: the dense matrix, indices and indptr.
    """

    __props__ = ("format",)

    def __init__(self, format: str) -> None:
        self.format = format

    def output_types(self, x: Variable, indices: Variable, indptr: Variable) -> Sequence[Type]:
        check_tensor(self, x, 2)
        return [TensorType(x.type.dtype, indices.type.shape)]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[Variable]:
        x, indices, indptr = inputs
        pattern = algorithms.packed(indices, indices, indptr, algorithms.vector_of(*x.shape))
        return [x[algorithms.coordinates(pattern, self.format)]]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        x, indices, indptr = node.inputs
        shape = T.stack([x.shape[0], x.shape[1]])
        found: Variable = DenseFromSparse(False)(CSM(self.format)(g, indices, indptr, shape))
        return found


class SparseFromDense(SparseOp):
    """The elements of a dense matrix that are not zero, as a sparse matrix. The derivative is
    regular: also by elements that are zero."""

    __props__ = ("format",)

    def __init__(self, format: str) -> None:
        self.format = SparseType(format, "float32").format

    def output_types(self, x: Variable) -> Sequence[Type]:
        check_tensor(self, x, 2)
        return [SparseType(self.format, x.type.dtype)]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        return [algorithms.from_dense(inputs[0], self.format)]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        found: Variable = DenseFromSparse(False)(g)
        return found


class ToFormat(SparseOp):
    """The same matrix in the format 'csr' or 'csc'."""

    __props__ = ("format",)

    def __init__(self, format: str) -> None:
        self.format = format

    def output_types(self, x: Variable) -> Sequence[Type]:
        return [check_sparse(self, x).clone(format=self.format)]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        return [algorithms.in_format(inputs[0], node.inputs[0].type.format, self.format)]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        found: Variable = ToFormat(node.inputs[0].type.format)(g)
        return found


class Transpose(SparseOp):
    """The transpose, in the other format: no entry is moved."""

    def output_types(self, x: Variable) -> Sequence[Type]:
        type = check_sparse(self, x)
        return [type.clone(format=OTHER_FORMAT[type.format])]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        return [algorithms.turned(inputs[0])]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        found: Variable = self(g)
        return found


class Cast(SparseOp):
    """The entries in another dtype."""

    __props__ = ("out_type",)

    def __init__(self, out_type: Any) -> None:
        self.out_type = canonical_dtype(out_type)

    def output_types(self, x: Variable) -> Sequence[Type]:
        return [check_sparse(self, x).clone(dtype=self.out_type)]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        (x,) = inputs
        return [x._replace(data=T.cast(x.data, self.out_type))]

    def pulled(self, node: Apply, g: Variable) -> Variable | None:
        # The derivative is cast to the dtype of the input by those who take it.
        return g if np.dtype(node.inputs[0].type.dtype).kind in "fc" else None


class EnsureSortedIndices(SameMatrix):
    """The same matrix with sorted indices."""

    __props__ = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        return [algorithms.sorted_indices(inputs[0], node.inputs[0].type.format)]


class Remove0(SameMatrix):
    """The same matrix without entries that are zero."""

    __props__ = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        (x,) = inputs
        kept = T.nonzero(T.neq(x.data, 0))[0]
        extent = algorithms.extents(x, node.inputs[0].type.format)[0]
        indptr = algorithms.pointers(algorithms.majors(x)[kept], extent)
        return [algorithms.packed(x.data[kept], x.indices[kept], indptr, x.shape)]


# --- what is made of them ---


def as_shape(shape: Any) -> Variable:
    """Return a shape as a vector."""
    return shape if isinstance(shape, Variable) else T.as_tensor_variable(list(shape))


def with_data(x: Variable, data: Variable) -> Variable:
    """Return the matrix that has other entries at the same places."""
    found: Variable = CSM(x.type.format)(data, *CSMProperties()(x)[1:])
    return found


def data_of(x: Variable) -> Variable:
    """Return the entries."""
    found: Variable = CSMProperties()(x)[0]
    return found


def zeros_like(x: Variable, dtype: str | None = None) -> Variable:
    """Return a matrix of the same shape without entries."""
    _, _, indptr, shape = CSMProperties()(x)
    none = T.zeros((0,), x.type.dtype if dtype is None else dtype)
    found: Variable = CSM(x.type.format)(
        none, T.zeros((0,), INDEX_DTYPE), T.zeros_like(indptr), shape
    )
    return found


def converted(x: Variable, format: str, dtype: str) -> Variable:
    """Return a matrix in this format and dtype; of complex numbers the real part, where the dtype
    is real."""
    if x.type.format != format:
        x = ToFormat(format)(x)
    if x.type.dtype == dtype:
        return x
    kinds = np.dtype(x.type.dtype).kind, np.dtype(dtype).kind
    if kinds[0] == "c" and kinds[1] != "c":
        x = with_data(x, T.real(data_of(x)))
    found: Variable = Cast(dtype)(x)
    return found
