"""Sums and products of elements, with sparse and with dense operands."""

from collections.abc import Sequence
from typing import Any

import symgraph.tensor as T
from symgraph.graph import Apply, Type, Variable
from symgraph.ops.compressed import ColumnDot, RowDot
from symgraph.ops.compressed_structure import RowNumbers
from symgraph.ops.scalar import promote

from .. import algorithms
from ..algorithms import Entries
from ..parts import SparseParts
from ..type import SparseType
from .base import Bilinear, Gradients, SparseOp, check_sparse, check_tensor
from .structure import CSM, CSMProperties, DenseFromSparse, SparseFromDense, data_of


def common_type(what: Any, x: Variable, y: Variable) -> SparseType:
    """Return the type of what two sparse matrices make: the format of the first."""
    first, second = check_sparse(what, x), check_sparse(what, y)
    return first.clone(dtype=promote([first.dtype, second.dtype]))


def aligned(
    node: Apply, operands: Sequence[SparseParts], what: str
) -> tuple[SparseParts, SparseParts]:
    """Return both operands in the dtype and the format of the result, checked to have one
    shape."""
    format, dtype = node.outputs[0].type.format, node.outputs[0].type.dtype
    x, y = (
        algorithms.in_format(p._replace(data=T.cast(p.data, dtype)), v.type.format, format)
        for p, v in zip(operands, node.inputs, strict=True)
    )
    return algorithms.same_shape(what, x, y), y


class AddSS(SparseOp):
    """The sum of two sparse matrices, in the format of the first."""

    def output_types(self, x: Variable, y: Variable) -> Sequence[Type]:
        return [common_type("sparse add", x, y)]

    def connection_pattern(self, node: Apply) -> None:
        return None

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        x, y = aligned(node, inputs, "sparse add")
        if algorithms.same_pattern(x, y):
            return [x._replace(data=_sum(x.data, y.data))]
        format = node.outputs[0].type.format
        both = [algorithms.entries(p) for p in (x, y)]
        joined = Entries(*(T.concatenate(part) for part in zip(*both, strict=True)))
        return [algorithms.merged(joined, x.shape, algorithms.extents(x, format))]

    def jvp(self, node: Apply, tangents: Gradients) -> Gradients:
        a, b = tangents
        if a is None or b is None:
            return [b if a is None else a]
        return [self(a, b)]

    def vjp(self, node: Apply, cotangents: Gradients) -> Gradients:
        return [cotangents[0], cotangents[0]]


def _sum(a: Variable, b: Variable) -> Variable:
    return a | b if a.type.dtype == "bool" else a + b


class MulSS(Bilinear):
    """The product of the elements of two sparse matrices, in the format of the first."""

    def output_types(self, x: Variable, y: Variable) -> Sequence[Type]:
        return [common_type("sparse mul", x, y)]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        x, y = aligned(node, inputs, "sparse mul")
        left, right, pattern = algorithms.common_entries(x, y, node.outputs[0].type.format)
        return [pattern._replace(data=left * right)]

    def pulled_both(self, x: Variable, y: Variable, g: Variable) -> Gradients:
        return [self(g, y), self(g, x)]


class MulSD(Bilinear):
    """The product of the elements of a sparse and a dense matrix, sparse; the dense operand may be
    a scalar, or a vector, whose elements multiply columns."""

    def output_types(self, x: Variable, y: Variable) -> Sequence[Type]:
        type = check_sparse("sparse mul", x)
        check_tensor("sparse mul", y, 0, 1, 2)
        return [type.clone(dtype=promote([type.dtype, y.type.dtype]))]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        x, y = inputs
        if y.type.ndim == 0:
            return [x._replace(data=T.cast(x.data * y, node.outputs[0].type.dtype))]
        row, column = algorithms.coordinates(x, node.inputs[0].type.format)
        if y.type.ndim == 1:
            y = algorithms.check_extent("sparse mul", y, y.shape[0], x.shape[1])
            factors = y[column]
        else:
            # An axis of extent 1 is repeated, as by NumPy.
            for axis in range(2):
                if y.type.shape[axis] != 1:
                    y = algorithms.check_extent("sparse mul", y, y.shape[axis], x.shape[axis])
            places = [
                T.zeros_like(place) if y.type.shape[axis] == 1 else place
                for axis, place in enumerate((row, column))
            ]
            factors = y[tuple(places)]
        return [x._replace(data=x.data * factors)]

    def pulled_both(self, x: Variable, y: Variable, g: Variable) -> Gradients:
        product = MulSS()(g, x)
        by_y: Variable
        if y.type.ndim == 0:
            by_y = SpSum(None)(product)
        elif y.type.ndim == 1:
            by_y = SpSum(0)(product)
        else:
            by_y = DenseFromSparse(False)(product)
            for axis in range(2):
                if y.type.shape[axis] == 1:
                    by_y = T.sum(by_y, axis=axis, keepdims=True)
        return [self(g, y), by_y]


class SpSum(SparseOp):
    """The sum of all elements, or along an axis, dense. If `sparse_grad`, the derivative has
    entries only where the matrix has; otherwise everywhere."""

    __props__ = ("axis", "sparse_grad")

    def __init__(self, axis: int | None = None, sparse_grad: bool = False) -> None:
        if axis not in (None, 0, 1, -1, -2):
            raise ValueError(f"sp_sum: the axis of a matrix is None, 0 or 1, not {axis!r}")
        self.axis = None if axis is None else axis % 2
        self.sparse_grad = bool(sparse_grad)

    def output_types(self, x: Variable) -> Sequence[Type]:
        dtype = check_sparse("sp_sum", x).dtype
        shape = () if self.axis is None else (None,)
        return [T.TensorType("int64" if dtype == "bool" else dtype, shape)]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[Variable]:
        (x,) = inputs
        dtype = node.outputs[0].type.dtype
        data = T.cast(x.data, dtype)
        if self.axis is None:
            return [T.sum(data, dtype=dtype)]
        format = node.inputs[0].type.format
        if self.axis == (1 if format == "csr" else 0):
            places, ends = T.zeros_like(x.indices), x.indptr
            return [RowDot()(data, places, ends, T.ones((1,), dtype))]
        ones = T.ones((x.indptr.shape[0] - 1,), dtype)
        minor = algorithms.extents(x, format)[1]
        return [ColumnDot()(data, x.indices, x.indptr, ones, minor)]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        (x,) = node.inputs
        shape = CSMProperties()(x)[3]
        ones = T.ones((shape[0], shape[1]), g.type.dtype)
        spread = ones * (g.dimshuffle(0, "x") if self.axis == 1 else g)
        if not self.sparse_grad:
            found: Variable = SparseFromDense(x.type.format)(spread)
            return found
        return _structured_spread(x, g, self.axis)


def _structured_spread(x: Variable, g: Variable, axis: int | None) -> Variable:
    """Return numbers for all rows or columns (the `axis` that was summed is left) at the entries of
    a matrix."""
    data, indices, indptr, shape = CSMProperties()(x)
    if axis is None:
        values = T.ones_like(data, dtype=g.type.dtype) * g
    else:
        along_indices = (axis == 0) == (x.type.format == "csr")
        places = indices if along_indices else RowNumbers()(indices, indptr)
        values = g[places]
    found: Variable = CSM(x.type.format)(values, indices, indptr, shape)
    return found


class ScaleRows(Bilinear):
    """Each row of a sparse matrix times a number."""

    def output_types(self, x: Variable, s: Variable) -> Sequence[Type]:
        type = check_sparse("row_scale", x)
        check_tensor("row_scale", s, 1)
        return [type.clone(dtype=promote([type.dtype, s.type.dtype]))]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        x, s = inputs
        s = algorithms.check_extent("row_scale", s, s.shape[0], x.shape[0])
        row, _ = algorithms.coordinates(x, node.inputs[0].type.format)
        return [x._replace(data=x.data * s[row])]

    def pulled_both(self, x: Variable, s: Variable, g: Variable) -> Gradients:
        return [self(g, s), SpSum(1)(MulSS()(g, x))]


class CompareSS(SparseOp):
    """The comparison of the elements of two sparse matrices, by the name of a function of
    `symgraph.tensor`: bools in the format of the first."""

    __props__ = ("name",)
    zero_gradient = True

    def __init__(self, name: str) -> None:
        self.name = name

    def output_types(self, x: Variable, y: Variable) -> Sequence[Type]:
        return [common_type(f"sparse.{self.name}", x, y).clone(dtype="bool")]

    def connection_pattern(self, node: Apply) -> None:
        return None

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        format = node.outputs[0].type.format
        x, y = (
            algorithms.in_format(p, v.type.format, format)
            for p, v in zip(inputs, node.inputs, strict=True)
        )
        x = algorithms.same_shape(f"sparse.{self.name}", x, y)
        function = getattr(T, self.name)
        if self.name in ("eq", "le", "ge"):
            # True of two zeros.
            dense = function(algorithms.dense(x, format), algorithms.dense(y, format))
            return [algorithms.from_dense(dense, format)]
        left, right = algorithms.entries(x), algorithms.entries(y)
        major = T.concatenate([left.major, right.major])
        minor = T.concatenate([left.minor, right.minor])
        of = algorithms.extents(x, format)
        found = algorithms.groups(major, minor, of)
        nothing = T.zeros_like(y.data, dtype=x.data.type.dtype)
        mine = found.total(T.concatenate([x.data, nothing]))
        nothing = T.zeros_like(x.data, dtype=y.data.type.dtype)
        theirs = found.total(T.concatenate([nothing, y.data]))
        at = T.nonzero(function(mine, theirs))[0]
        indptr = algorithms.pointers(found.major[at], of[0])
        return [algorithms.packed(T.ones_like(at, dtype="bool"), found.minor[at], indptr, x.shape)]

    def jvp(self, node: Apply, tangents: Gradients) -> Gradients:
        return [None]

    def vjp(self, node: Apply, cotangents: Gradients) -> Gradients:
        return [None, None]


def on_entries(function: Any, x: Variable, *others: Any) -> Variable:
    """Return the matrix with a function of its entries at their places: structured."""
    from_data: Variable = CSM(x.type.format)(function(data_of(x), *others), *CSMProperties()(x)[1:])
    return from_data
