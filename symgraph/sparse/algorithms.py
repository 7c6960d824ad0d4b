"""Algorithms on the parts of sparse matrices, as expressions of tensors.

The *major* index of an entry is its row in a csr matrix and its column in a csc matrix: entries are
compressed along it. The *minor* index is the other one. A matrix is *canonical* where the minor
indices of each row or column rise, so that none is there twice.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import symgraph.tensor as T
from symgraph.graph import Variable
from symgraph.ops.compressed import ColumnDot, RowDot
from symgraph.ops.compressed_structure import CountingSort, Ranges, RowNumbers
from symgraph.ops.constant import as_tensor
from symgraph.ops.requirement import Require

from .parts import SparseParts
from .type import INDEX_DTYPE


class Entries(NamedTuple):
    """Entries by their major and minor indices, in any order."""

    data: Variable
    major: Variable
    minor: Variable


def extents(p: SparseParts, format: str) -> tuple[Variable, Variable]:
    """Return the extents along the major and along the minor index."""
    rows, columns = p.shape[0], p.shape[1]
    return (rows, columns) if format == "csr" else (columns, rows)


def count(vector: Variable) -> Variable:
    """Return the number of elements."""
    return vector.shape[0]  # type: ignore[no-any-return]


def majors(p: SparseParts) -> Variable:
    """Return the major index of each entry."""
    found: Variable = RowNumbers()(p.indices, p.indptr)
    return found


def entries(p: SparseParts) -> Entries:
    return Entries(p.data, majors(p), T.cast(p.indices, "int64"))


def coordinates(p: SparseParts, format: str) -> tuple[Variable, Variable]:
    """Return the row and the column of each entry."""
    major, minor = majors(p), T.cast(p.indices, "int64")
    return (major, minor) if format == "csr" else (minor, major)


def packed(data: Variable, indices: Variable, indptr: Variable, shape: Any) -> SparseParts:
    """Return parts, in the dtypes that parts have."""
    return SparseParts(
        data,
        T.cast(indices, INDEX_DTYPE),
        T.cast(indptr, INDEX_DTYPE),
        T.cast(as_tensor(shape), "int64"),
    )


def vector_of(first: Variable, second: Variable) -> Variable:
    """Return the vector of two scalars."""
    return T.stack([first, second])


def shape_of(major: Variable, minor: Variable, format: str) -> Variable:
    return vector_of(major, minor) if format == "csr" else vector_of(minor, major)


def turned(p: SparseParts) -> SparseParts:
    """Return the transpose, whose format is the other one."""
    return p._replace(shape=p.shape[::-1])


def same_shape(what: str, a: SparseParts, b: SparseParts) -> SparseParts:
    """Return `a`, checked to have the shape of `b`."""
    if a.shape is b.shape:
        return a
    check = Require(f"{what}: an extent of the first operand", "the same extent")
    data = a.data
    for axis in range(2):
        data = check(data, a.shape[axis], b.shape[axis])
    return a._replace(data=data)


def check_extent(what: str, x: Variable, have: Variable, want: Variable) -> Variable:
    """Return `x`, after a check that two extents are equal."""
    if have is want:
        return x
    found: Variable = Require(f"{what}: the inner extent", "the same extent")(x, have, want)
    return found


# --- order ---


def pointers(major: Variable, extent: Variable) -> Variable:
    """Return the pointers of entries whose major indices these are, in order."""
    found: Variable = CountingSort()(major, extent)[1]
    return found


def ordered(
    major: Variable, minor: Variable, extents: tuple[Variable, Variable]
) -> tuple[Variable, Variable]:
    """Return the order of entries by major, then by minor index, and the pointers in it."""
    by_minor, _ = CountingSort()(minor, extents[1])
    by_major, indptr = CountingSort()(major[by_minor], extents[0])
    return by_minor[by_major], indptr


def compressed(e: Entries, shape: Variable, of: tuple[Variable, Variable]) -> SparseParts:
    """Return the matrix of entries in any order, with sorted indices. Entries at one place remain
    several."""
    order, indptr = ordered(e.major, e.minor, of)
    return packed(e.data[order], e.minor[order], indptr, shape)


def in_other_format(p: SparseParts, format: str) -> SparseParts:
    """Return the same matrix in the other format. The indices are sorted."""
    order, indptr = CountingSort()(p.indices, extents(p, format)[1])
    return packed(p.data[order], majors(p)[order], indptr, p.shape)


def in_format(p: SparseParts, have: str, want: str) -> SparseParts:
    return p if have == want else in_other_format(p, have)


def sorted_indices(p: SparseParts, format: str) -> SparseParts:
    """Return the same matrix with sorted indices."""
    return compressed(entries(p), p.shape, extents(p, format))


class Groups(NamedTuple):
    """Entries in order, those at one place as a group."""

    order: Variable
    # The first of each group, the group of each, and the major and minor index of each group.
    group: Variable
    ends: Variable
    major: Variable
    minor: Variable

    def total(self, data: Variable) -> Variable:
        """Return the sum of the data of each group; `data` is in the original order."""
        in_order = data[self.order]
        if data.type.dtype == "bool":
            sums = RowDot()(
                T.cast(in_order, "int8"), T.zeros_like(self.order), self.ends, _one("int8")
            )
            return T.neq(sums, 0)
        found: Variable = RowDot()(
            in_order, T.zeros_like(self.order), self.ends, _one(data.type.dtype)
        )
        return found


def _one(dtype: str) -> Variable:
    return as_tensor([1], dtype=dtype)


def groups(major: Variable, minor: Variable, of: tuple[Variable, Variable]) -> Groups:
    """Return entries in order, those at one place as a group."""
    return grouped(ordered(major, minor, of)[0], major, minor)


def grouped(order: Variable, major: Variable, minor: Variable) -> Groups:
    """Return entries, whose order is given, those at one place as a group."""
    major, minor = major[order], minor[order]
    changes = T.neq(major[1:], major[:-1]) | T.neq(minor[1:], minor[:-1])
    n = count(order)
    starts = T.concatenate([T.arange(T.minimum(n, 1)), T.nonzero(changes)[0] + 1])
    ends = T.concatenate([starts, T.stack([n])])
    return Groups(order, RowNumbers()(order, ends), ends, major[starts], minor[starts])


def merged(e: Entries, shape: Variable, of: tuple[Variable, Variable]) -> SparseParts:
    """Return the canonical matrix of entries, the sum of those at one place."""
    return summed(e.data, groups(e.major, e.minor, of), shape, of[0])


def summed(data: Variable, found: Groups, shape: Variable, extent: Variable) -> SparseParts:
    """Return the canonical matrix of the sums of groups of entries."""
    return packed(found.total(data), found.minor, pointers(found.major, extent), shape)


def canonical(p: SparseParts, format: str) -> SparseParts:
    """Return the same matrix, canonical."""
    return merged(entries(p), p.shape, extents(p, format))


# --- values at places ---


def values_at(p: SparseParts, format: str, major: Variable, minor: Variable) -> Variable:
    """Return the elements at these places, 0 where there is no entry."""
    own = entries(p)
    found = groups(
        T.concatenate([own.major, major]), T.concatenate([own.minor, minor]), extents(p, format)
    )
    n = count(own.major)
    group = T.set_subtensor(T.zeros_like(found.order)[found.order], found.group)
    sums = T.zeros((count(found.major),), p.data.type.dtype)
    sums = T.inc_subtensor(sums[group[:n]], p.data)
    return sums[group[n:]]


def same_pattern(a: SparseParts, b: SparseParts) -> bool:
    """Return whether the entries of both are known to be at the same places, one by one."""
    return a.indices is b.indices and a.indptr is b.indptr


def values_on(p: SparseParts, format: str, pattern: SparseParts) -> Variable:
    """Return the elements at the places of the entries of another matrix of the same format."""
    if same_pattern(p, pattern):
        return p.data
    own = entries(pattern)
    return values_at(p, format, own.major, own.minor)


def common_entries(
    a: SparseParts, b: SparseParts, format: str
) -> tuple[Variable, Variable, SparseParts]:
    """Return the data of both at the places where both, canonical, have entries, and the pattern of
    these places, with the data of `a`."""
    a, b = canonical(a, format), canonical(b, format)
    of = extents(a, format)
    first, second = entries(a), entries(b)
    major = T.concatenate([first.major, second.major])
    minor = T.concatenate([first.minor, second.minor])
    order, _ = ordered(major, minor, of)
    major, minor = major[order], minor[order]
    # The sort is stable: of two entries at one place, that of `a` comes first.
    both = T.eq(major[1:], major[:-1]) & T.eq(minor[1:], minor[:-1])
    at = T.nonzero(both)[0]
    left, right = a.data[order[at]], b.data[order[at + 1] - count(first.major)]
    return left, right, packed(left, minor[at], pointers(major[at], of[0]), a.shape)


# --- products, and selected rows ---


def row_dot(p: SparseParts, format: str, b: Variable) -> Variable:
    """Return the product with a dense vector or matrix."""
    of = extents(p, format)
    found: Variable
    if format == "csr":
        b = check_extent("sparse dot", b, count(b), of[1])
        found = RowDot()(p.data, p.indices, p.indptr, b)
    else:
        found = ColumnDot()(p.data, p.indices, p.indptr, b, of[1])
    return found


def product(a: SparseParts, b: SparseParts) -> SparseParts:
    """Return the product of two csr matrices: for each entry of `b`, column by column, the column
    of `a` that it meets, then the sums of what lies at one place. So terms come in the order of
    their columns, and only that of their rows is left to find."""
    a = a._replace(data=check_extent("sparse dot", a.data, a.shape[1], b.shape[0]))
    rows, columns = a.shape[0], b.shape[1]
    left, right = in_other_format(a, "csr"), in_other_format(b, "csr")
    lengths = (left.indptr[1:] - left.indptr[:-1])[right.indices]
    total = T.sum(lengths, dtype="int64")
    places, owners = Ranges()(left.indptr[right.indices], lengths, total)
    row, column = left.indices[places], majors(right)[owners]
    order, _ = CountingSort()(row, rows)
    found = grouped(order, T.cast(row, "int64"), column)
    terms = left.data[places] * right.data[owners]
    return summed(terms, found, vector_of(rows, columns), rows)


def selected(p: SparseParts, format: str, chosen: Variable) -> SparseParts:
    """Return the rows of a csr matrix, or the columns of a csc matrix, with these numbers."""
    lengths = (p.indptr[1:] - p.indptr[:-1])[chosen]
    places, owners = Ranges()(p.indptr[:-1][chosen], lengths, T.sum(lengths, dtype="int64"))
    of = extents(p, format)
    n = T.cast(count(chosen), "int64")
    return packed(
        p.data[places], p.indices[places], pointers(owners, n), shape_of(n, of[1], format)
    )


def stacked(blocks: Sequence[tuple[SparseParts, str]], axis: int, format: str) -> SparseParts:
    """Return matrices side by side along an axis."""
    data, rows, columns = [], [], []
    before: Variable = as_tensor(0)
    across = blocks[0][0].shape[1 - axis]
    for p, own in blocks:
        checked = check_extent("sparse stack", p.data, p.shape[1 - axis], across)
        data.append(checked)
        row, column = coordinates(p, own)
        rows.append(row + before if axis == 0 else row)
        columns.append(column + before if axis == 1 else column)
        before = before + p.shape[axis]
    shape = vector_of(before, across) if axis == 0 else vector_of(across, before)
    row, column = T.concatenate(rows), T.concatenate(columns)
    of = (shape[0], shape[1]) if format == "csr" else (shape[1], shape[0])
    major, minor = (row, column) if format == "csr" else (column, row)
    return compressed(Entries(T.concatenate(data), major, minor), shape, of)


# --- dense matrices ---


def dense(p: SparseParts, format: str) -> Variable:
    """Return the matrix with its zeros."""
    row, column = coordinates(p, format)
    zeros = T.zeros((p.shape[0], p.shape[1]), p.data.type.dtype)
    return T.inc_subtensor(zeros[row, column], p.data)


def from_dense(x: Variable, format: str) -> SparseParts:
    """Return the elements of a matrix that are not zero."""
    shape = T.stack([x.shape[0], x.shape[1]])
    turned = x if format == "csr" else x.T
    major, minor = T.nonzero(T.neq(turned, 0))
    return packed(turned[major, minor], minor, pointers(major, turned.shape[0]), shape)


def dense_pattern(shape: Variable, format: str) -> tuple[Variable, Variable]:
    """Return indices and pointers of a matrix all of whose elements are entries."""
    major, minor = (shape[0], shape[1]) if format == "csr" else (shape[1], shape[0])
    return T.arange(major * minor) % minor, T.arange(major + 1) * minor


def full(x: Variable, format: str) -> SparseParts:
    """Return all elements of a matrix as entries, zeros too."""
    shape = T.stack([x.shape[0], x.shape[1]])
    indices, indptr = dense_pattern(shape, format)
    return packed((x if format == "csr" else x.T).flatten(), indices, indptr, shape)
