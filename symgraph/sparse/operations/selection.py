"""Rows, columns and elements of sparse matrices, and matrices side by side."""

from collections.abc import Sequence
from typing import Any

import symgraph.tensor as T
from symgraph.graph import Apply, TensorType, Type, Variable
from symgraph.ops.scalar import promote

from .. import algorithms
from ..algorithms import Entries
from ..parts import SparseParts
from ..type import SparseType
from .base import Gradients, SparseOp, check_sparse
from .structure import CSM, CSMProperties


class FromTriples(SparseOp):
    """The matrix of entries given by their rows and columns, in any order: the sum of those at one
    place. Indices are sorted.

    Inputs: data, rows, columns, shape.
    """

    __props__ = ("format",)

    def __init__(self, format: str) -> None:
        self.format = format

    def output_types(self, data: Variable, *others: Variable) -> Sequence[Type]:
        return [SparseType(self.format, data.type.dtype)]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        data, rows, columns, shape = inputs
        return [from_triples(data, rows, columns, shape, self.format)]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        _, rows, columns, _ = node.inputs
        found: Variable = Elements()(g, rows, columns)
        return found


def from_triples(
    data: Variable, rows: Variable, columns: Variable, shape: Variable, format: str
) -> SparseParts:
    """Return the canonical matrix of entries in any order, the sum of those at one place."""
    major, minor = T.cast(rows, "int64"), T.cast(columns, "int64")
    extents = (shape[0], shape[1])
    if format == "csc":
        major, minor, extents = minor, major, extents[::-1]
    return algorithms.merged(Entries(data, major, minor), shape, extents)


class Elements(SparseOp):
    """The elements of a matrix at rows and columns, a vector."""

    def output_types(self, x: Variable, rows: Variable, columns: Variable) -> Sequence[Type]:
        return [TensorType(check_sparse(self, x).dtype, (None,))]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[Variable]:
        x, rows, columns = inputs
        rows, columns = T.cast(rows, "int64"), T.cast(columns, "int64")
        format = node.inputs[0].type.format
        major, minor = (rows, columns) if format == "csr" else (columns, rows)
        return [algorithms.values_at(x, format, major, minor)]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        x, rows, columns = node.inputs
        found: Variable = FromTriples(x.type.format)(g, rows, columns, CSMProperties()(x)[3])
        return found


class Selected(SparseOp):
    """Rows (`axis` 0) or columns of a matrix by their numbers, in the same format."""

    __props__ = ("axis",)

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def output_types(self, x: Variable, chosen: Variable) -> Sequence[Type]:
        return [check_sparse(self, x)]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        x, chosen = inputs
        format = node.inputs[0].type.format
        wanted = ("csr", "csc")[self.axis]
        rows = algorithms.selected(algorithms.in_format(x, format, wanted), wanted, chosen)
        return [algorithms.in_format(rows, wanted, format)]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        x, chosen = node.inputs
        found: Variable = Scattered(self.axis, x.type.format)(g, chosen, CSMProperties()(x)[3])
        return found


class Scattered(SparseOp):
    """The matrix of a shape whose rows (`axis` 0) or columns with these numbers are those of
    another, added up where a number comes several times. Indices are sorted.

    Inputs: the other matrix, the numbers, the shape.
    """

    __props__ = ("axis", "format")

    def __init__(self, axis: int, format: str) -> None:
        self.axis, self.format = axis, format

    def output_types(self, x: Variable, chosen: Variable, shape: Variable) -> Sequence[Type]:
        return [check_sparse(self, x).clone(format=self.format)]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        x, chosen, shape = inputs
        row, column = algorithms.coordinates(x, node.inputs[0].type.format)
        row, column = (chosen[row], column) if self.axis == 0 else (row, chosen[column])
        return [from_triples(x.data, row, column, shape, self.format)]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        found: Variable = Selected(self.axis)(g, node.inputs[1])
        return found


class Stack(SparseOp):
    """Matrices one below the other (`axis` 0) or side by side."""

    __props__ = ("axis", "format", "dtype")

    def __init__(self, axis: int, format: str, dtype: str) -> None:
        self.axis, self.format, self.dtype = axis, format, dtype

    def output_types(self, *blocks: Variable) -> Sequence[Type]:
        for block in blocks:
            promote([check_sparse(self, block).dtype, self.dtype])
        return [SparseType(self.format, self.dtype)]

    def connection_pattern(self, node: Apply) -> None:
        return None

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        blocks = [
            (p._replace(data=T.cast(p.data, self.dtype)), v.type.format)
            for p, v in zip(inputs, node.inputs, strict=True)
        ]
        return [algorithms.stacked(blocks, self.axis, self.format)]

    def jvp(self, node: Apply, tangents: Gradients) -> Gradients:
        moved = [
            x.type.zeros_like(x, self.dtype) if t is None else t
            for x, t in zip(node.inputs, tangents, strict=True)
        ]
        return [self(*moved)]

    def vjp(self, node: Apply, cotangents: Gradients) -> Gradients:
        (g,) = cotangents
        if g is None:
            return [None] * len(node.inputs)
        found = []
        before: Variable = T.as_tensor_variable(0)
        for block in node.inputs:
            extent = CSMProperties()(block)[3][self.axis]
            found.append(Selected(self.axis)(g, T.arange(before, before + extent)))
            before = before + extent
        return found


def square_diagonal(diagonal: Variable) -> Variable:
    """Return the square csc matrix that has this diagonal."""
    n = diagonal.shape[0]
    found: Variable = CSM("csc")(diagonal, T.arange(n), T.arange(n + 1), T.stack([n, n]))
    return found
