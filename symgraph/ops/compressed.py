"""Products of a compressed matrix and a dense one.

A compressed matrix is a vector of entries, `data`, of which those from `pointers[i]` to
`pointers[i + 1]` lie in row i, at the columns `indices`. Read so it is a csr matrix; with rows and
columns exchanged, a csc matrix. The sum over all entries

    sum of data[k] * a[row of k] * b[indices[k]]

is linear in data, a and b: its three derivatives are the operations here, and theirs again.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, Extent, ExtentKey, Op, TensorType, Variable
from symgraph.ops.extent_arithmetic import less
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.shape import as_extent, extent_of, keys_of_extents, known_extent

Gradients = Sequence[Variable | None]


class CompressedProduct(Op):
    """What the three products share. Each is linear in its `operands`, by position."""

    operands: tuple[int, int]

    def jvp(self, node: Apply, tangents: Gradients) -> Gradients:
        terms = []
        for position in self.operands:
            if tangents[position] is not None:
                inputs = list(node.inputs)
                inputs[position] = tangents[position]
                terms.append(self(*inputs))
        if not terms:
            return [None]
        return [terms[0] if len(terms) == 1 else terms[0] + terms[1]]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[position in self.operands] for position in range(len(node.inputs))]


class RowDot(CompressedProduct):
    """A compressed matrix times a dense vector or matrix `b`: csr times dense.

    Inputs: data, indices, pointers, b.
    """

    operands = (0, 3)

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        set_keys(node.outputs[0], (None, *extent_keys(inputs[3])[1:]))
        return node

    def output_types(
        self, data: Variable, indices: Variable, pointers: Variable, b: Variable
    ) -> Sequence[TensorType]:
        _check_entries(self, data, indices, pointers)
        _check_dense(self, b, data.type.dtype)
        return [TensorType(data.type.dtype, (known_rows(pointers), *b.type.shape[1:]))]

    def perform(
        self,
        node: Apply,
        data: np.ndarray,
        indices: np.ndarray,
        pointers: np.ndarray,
        b: np.ndarray,
    ) -> tuple[np.ndarray, ...]:
        rows = row_numbers(indices, pointers, data)
        check_indices(indices, len(b))
        out = np.zeros((len(pointers) - 1, *b.shape[1:]), data.dtype)
        _add_at(out, rows, data, b[indices])
        return (out,)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [(less(shapes[2][0], 1), *shapes[3][1:])]

    def shape_constraints(self, node: Apply) -> Sequence[tuple[ExtentKey, ExtentKey]]:
        return [(extent_keys(node.inputs[0])[0], extent_keys(node.inputs[1])[0])]

    def vjp(self, node: Apply, cotangents: Gradients) -> Gradients:
        (g,) = cotangents
        if g is None:
            return [None] * 4
        data, indices, pointers, b = node.inputs
        by_b = ColumnDot()(data, indices, pointers, g, extent_of(b, 0))
        return [SampledDot()(indices, pointers, g, b), None, None, by_b]


class ColumnDot(CompressedProduct):
    """A compressed matrix, transposed, times a dense vector or matrix `b`: csc times dense.

    Inputs: data, indices, pointers, b, and the number of rows of the result.
    """

    operands = (0, 3)

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        (extent,) = keys_of_extents(inputs[4:])
        set_keys(node.outputs[0], (extent, *extent_keys(inputs[3])[1:]))
        return node

    def output_types(
        self, data: Variable, indices: Variable, pointers: Variable, b: Variable, extent: Variable
    ) -> Sequence[TensorType]:
        _check_entries(self, data, indices, pointers)
        _check_dense(self, b, data.type.dtype)
        as_extent(extent, f"{self}: the number of rows")
        return [TensorType(data.type.dtype, (known_extent(extent), *b.type.shape[1:]))]

    def perform(
        self,
        node: Apply,
        data: np.ndarray,
        indices: np.ndarray,
        pointers: np.ndarray,
        b: np.ndarray,
        extent: np.ndarray,
    ) -> tuple[np.ndarray, ...]:
        rows = row_numbers(indices, pointers, data)
        check_rows(len(pointers) - 1, len(b))
        check_indices(indices, int(extent))
        out = np.zeros((int(extent), *b.shape[1:]), data.dtype)
        _add_at(out, indices, data, b[rows])
        return (out,)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        known = node.outputs[0].type.shape[0]
        return [(node.inputs[4] if known is None else known, *shapes[3][1:])]

    def shape_constraints(self, node: Apply) -> Sequence[tuple[ExtentKey, ExtentKey]]:
        return [(extent_keys(node.inputs[0])[0], extent_keys(node.inputs[1])[0])]

    def vjp(self, node: Apply, cotangents: Gradients) -> Gradients:
        (g,) = cotangents
        if g is None:
            return [None] * 5
        data, indices, pointers, b, _ = node.inputs
        by_b = RowDot()(data, indices, pointers, g)
        return [SampledDot()(indices, pointers, b, g), None, None, by_b, None]


class SampledDot(CompressedProduct):
    """The product of `a` and the transpose of `b`, at the places of the entries only: for each
    entry the product of two numbers, or of two rows.

    Inputs: indices, pointers, a, b.
    """

    operands = (2, 3)

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        set_keys(node.outputs[0], extent_keys(inputs[0]))
        return node

    def output_types(
        self, indices: Variable, pointers: Variable, a: Variable, b: Variable
    ) -> Sequence[TensorType]:
        _check_entries(self, None, indices, pointers)
        _check_dense(self, a, b.type.dtype)
        _check_dense(self, b, a.type.dtype)
        if a.type.ndim != b.type.ndim:
            raise TypeError(f"{self}: {a} ({a.type}) and {b} ({b.type}) are of different ranks")
        return [TensorType(a.type.dtype, indices.type.shape)]

    def perform(
        self,
        node: Apply,
        indices: np.ndarray,
        pointers: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
    ) -> tuple[np.ndarray, ...]:
        rows = row_numbers(indices, pointers)
        check_rows(len(pointers) - 1, len(a))
        check_indices(indices, len(b))
        if a.shape[1:] != b.shape[1:]:
            raise ValueError(f"sampled dot: rows of {a.shape[1]} and of {b.shape[1]} numbers")
        with np.errstate(all="ignore"):
            product = a[rows] * b[indices]
            if a.ndim == 2:
                product = product.sum(axis=1, dtype=a.dtype)
        return (product,)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0]]

    def shape_constraints(self, node: Apply) -> Sequence[tuple[ExtentKey, ExtentKey]]:
        a, b = (extent_keys(variable) for variable in node.inputs[2:])
        return list(zip(a[1:], b[1:], strict=True))

    def vjp(self, node: Apply, cotangents: Gradients) -> Gradients:
        (g,) = cotangents
        if g is None:
            return [None] * 4
        indices, pointers, a, b = node.inputs
        by_b = ColumnDot()(g, indices, pointers, a, extent_of(b, 0))
        return [None, None, RowDot()(g, indices, pointers, b), by_b]


# --- checks, in words that the lowering has too ---

FALLING = "the pointers of a compressed matrix must rise from 0 to the number of entries, {0}"
NO_POINTERS = "a compressed matrix of n rows or columns has n + 1 pointers, not {0}"
OUTSIDE = "an index of a compressed matrix is {0}, for the extent {1}"
OTHER_ENTRIES = "a compressed matrix has {0} entries, but {1} indices"
OTHER_ROWS = "sparse product: shapes do not fit: {0} and {1} rows or columns"


def row_numbers(
    indices: np.ndarray, pointers: np.ndarray, data: np.ndarray | None = None
) -> np.ndarray:
    """Return the row of each entry. Raises ValueError for pointers that are none."""
    if data is not None and len(data) != len(indices):
        raise ValueError(OTHER_ENTRIES.format(len(data), len(indices)))
    if len(pointers) < 1:
        raise ValueError(NO_POINTERS.format(0))
    lengths = np.diff(pointers.astype("int64"))
    if pointers[0] != 0 or pointers[-1] != len(indices) or (lengths < 0).any():
        raise ValueError(FALLING.format(len(indices)))
    return np.repeat(np.arange(len(lengths)), lengths)


def check_indices(indices: np.ndarray, extent: int) -> None:
    """Raise IndexError for an index that is not within the extent."""
    wrong = indices[(indices < 0) | (indices >= extent)]
    if len(wrong):
        raise IndexError(OUTSIDE.format(wrong[0], extent))


def check_rows(have: int, want: int) -> None:
    """Raise ValueError where the numbers of rows are not equal."""
    if have != want:
        raise ValueError(OTHER_ROWS.format(have, want))


def known_rows(pointers: Variable) -> int | None:
    """Return the number of rows that pointers are of, if their type tells it."""
    known = pointers.type.shape[0]
    return None if known is None or known < 1 else int(known) - 1


def _add_at(out: np.ndarray, places: np.ndarray, data: np.ndarray, rows: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        np.add.at(out, places, data.reshape(-1, *[1] * (rows.ndim - 1)) * rows)


def check_vector(what: Any, name: str, variable: Variable, kinds: str) -> None:
    """Raise TypeError unless this is a vector with a dtype of these kinds."""
    if variable.type.ndim != 1 or np.dtype(variable.type.dtype).kind not in kinds:
        wanted = "integers" if kinds == "iu" else "numbers"
        raise TypeError(
            f"{what}: {name} must be a vector of {wanted}, not {variable} ({variable.type})"
        )


def _check_entries(op: Op, data: Variable | None, indices: Variable, pointers: Variable) -> None:
    if data is not None:
        check_vector(op, "the data", data, "iufc")
    check_vector(op, "the indices", indices, "iu")
    check_vector(op, "the pointers", pointers, "iu")


def _check_dense(op: Op, b: Variable, dtype: str) -> None:
    if b.type.ndim not in (1, 2) or b.type.dtype != dtype:
        raise TypeError(
            f"{op}: the dense operand must be a {dtype} vector or matrix, not {b} ({b.type})"
        )
