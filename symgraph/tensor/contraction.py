"""Sums of products of several arrays over named axes, written as matrix products."""

from __future__ import annotations

from collections.abc import Sequence, Set
from string import ascii_letters
from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensors
from symgraph.ops.scalar import conjugate, promote
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import extent_of
from symgraph.tensor.diagonals import diagonal
from symgraph.tensor.linalg import matmul, tensordot
from symgraph.tensor.manipulation import dimshuffle, expand_dims, squeeze
from symgraph.tensor.reshaping import product_of, reshape, specify_shape

# What an extent that is not known counts as when the order of products is chosen.
GUESS = 100


def batched_tensordot(x: TensorLike, y: TensorLike, axes: int | Sequence[Any] = 2) -> Variable:
    """Compute for each i the sums of products of x[i] and y[i] over several axes.

    x, y: arrays of at least one dimension, with equal first extents.
    axes: how many last axes of x and first axes of y behind the batch are summed over, or the axes
        of x and those of y, as two ints or two sequences of ints, the first axis not among them.
    Returns along the first axis the other axes of x and then those of y, in the common dtype.
    Raises ValueError for axes that are not there and where extents differ, here or when the
    function runs. Cost: one batch of matrix products.

    >>> T.batched_tensordot([[1, 2], [3, 4]], [[1, 1], [2, 2]], axes=1).eval()
    array([ 3, 14])
    """
    x, y = as_tensors(x, y)
    if isinstance(axes, int):
        over = list(range(x.type.ndim - axes, x.type.ndim)), list(range(1, axes + 1))
    else:
        given = [[e] if isinstance(e, int) else list(e) for e in axes]
        over = ([a % max(x.type.ndim, 1) for a in given[0]],
                [a % max(y.type.ndim, 1) for a in given[1]])  # fmt: skip
    for axes_of, operand in zip(over, (x, y), strict=True):
        if any(not 0 < axis < operand.type.ndim for axis in axes_of):
            raise ValueError(
                f"batched_tensordot over the axes {axes_of} of {operand} ({operand.type}): they are"
                " behind the first"
            )
    if len(over[0]) != len(over[1]):
        raise ValueError(
            f"batched_tensordot: {len(over[0])} axes of {x}, but {len(over[1])} of {y}"
        )
    if 0 in (x.type.ndim, y.type.ndim):
        raise ValueError(f"batched_tensordot: {x} ({x.type}) or {y} ({y.type}) has no axis")
    labels = iter(ascii_letters[1:])
    names = [["a", *(next(labels) for _ in range(v.type.ndim - 1))] for v in (x, y)]
    for one, other in zip(*over, strict=True):
        names[1][other] = names[0][one]
    kept = [n for v in (0, 1) for a, n in enumerate(names[v]) if a and a not in over[v]]
    return _Term(x, names[0]).times(_Term(y, names[1]), ["a", *kept]).value


def einsum(subscripts: str, *operands: TensorLike) -> Variable:
    """Compute sums of products of arrays whose axes are named by letters.

    subscripts: the letters of each array's axes, between commas, and behind '->' those of the
        result; without it those that stand once, in the order of the alphabet. Axes of one letter
        are multiplied element by element, and summed over where the result has not the letter. An
        ellipsis '...' stands for axes that broadcast.
    operands: an array for each.
    Returns the common dtype. Raises ValueError for subscripts that do not fit the arrays, and where
    extents of one letter differ, here or when the function runs.
    Cost: two arrays at a time, in the order that numpy.einsum_path finds, with extents that are not
    known counted as 100; each pair is one matrix product, or a batch of them, where a letter is
    summed over.

    >>> T.einsum("ij,jk->ik", [[1, 2], [3, 4]], [[1, 0], [1, 1]]).eval()
    array([[3, 2],
           [7, 4]])
    """
    arrays = as_tensors(*operands)
    inputs, output = _read(subscripts, arrays)
    dtype = promote([array.type.dtype for array in arrays])
    terms = [_Term(a, names).without_repeats() for a, names in zip(arrays, inputs, strict=True)]
    terms = _broadcasting(terms)
    for pair in _path(terms, output):
        chosen = [terms.pop(position) for position in sorted(pair, reverse=True)][::-1]
        needed = {name for term in terms for name in term.names} | set(output)
        first = chosen[0].summed(needed | {n for term in chosen[1:] for n in term.names})
        for following in chosen[1:]:
            kept = [n for n in dict.fromkeys([*first.names, *following.names]) if n in needed]
            first = first.times(following.summed({*needed, *first.names}), kept)
        terms.append(first)
    result = terms[0].summed(set(output))
    return cast(result.ordered(output), dtype)


def vecdot(x: TensorLike, y: TensorLike) -> Variable:
    """Compute the products of vectors on the last axes, of complex ones conj(x) · y.

    x, y: arrays of at least one dimension; those before the last broadcast.
    Returns the common dtype, without the last axis. Raises ValueError for scalars and where the
    extents differ, here or when the function runs.

    >>> T.vecdot([[1, 2], [3, 4]], [1, 1]).eval()
    array([3, 7])
    """
    x, y = _with_axes(x, y, (1, 1), "vecdot")
    product = matmul(expand_dims(conjugate(x), -2), expand_dims(y, -1))
    return squeeze(product, (-2, -1))


def matvec(x: TensorLike, y: TensorLike) -> Variable:
    """Compute the products of matrices on the last two axes with vectors on the last axis.

    x: an array of at least two dimensions. y: one of at least one dimension; those before
        broadcast.
    Returns the common dtype, with the rows of x as the last axis. Raises ValueError for fewer
    dimensions and where the extents differ, here or when the function runs.

    >>> T.matvec([[1, 2], [3, 4]], [[1, 1], [1, 0]]).eval()
    array([[3, 7],
           [1, 3]])
    """
    x, y = _with_axes(x, y, (2, 1), "matvec")
    return squeeze(matmul(x, expand_dims(y, -1)), -1)


def vecmat(x: TensorLike, y: TensorLike) -> Variable:
    """Compute the products of vectors on the last axis with matrices on the last two.

    Of complex vectors it is conj(x) · y.

    x: an array of at least one dimension. y: one of at least two dimensions; those before
        broadcast.
    Returns the common dtype, with the columns of y as the last axis. Raises ValueError for fewer
    dimensions and where the extents differ, here or when the function runs.

    >>> T.vecmat([1, 1], [[1, 2], [3, 4]]).eval()
    array([4, 6])
    """
    x, y = _with_axes(x, y, (1, 2), "vecmat")
    return squeeze(matmul(expand_dims(conjugate(x), -2), y), -2)


def _with_axes(x: Any, y: Any, least: tuple[int, int], what: str) -> list[Variable]:
    """The operands, which have at least so many dimensions. Raises ValueError."""
    operands = as_tensors(x, y)
    for operand, ndim in zip(operands, least, strict=True):
        if operand.type.ndim < ndim:
            raise ValueError(
                f"{what}: {operand} ({operand.type}) has fewer dimensions than the {ndim} needed"
            )
    return operands


def _read(subscripts: str, arrays: Sequence[Variable]) -> tuple[list[list[str]], list[str]]:
    """The names of each array's axes, and those of the result. Axes of an ellipsis are named by
    their distance from its end."""
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    parts = left.split(",")
    if len(parts) != len(arrays):
        raise ValueError(f"einsum: {subscripts!r} names {len(parts)} arrays, not {len(arrays)}")
    inputs = [
        _names(p, a.type.ndim, subscripts, str(a)) for p, a in zip(parts, arrays, strict=True)
    ]
    pairs = zip(inputs, parts, strict=True)
    rank = max(len(names) - len(part.replace("...", "")) for names, part in pairs)
    wide = [str(number) for number in reversed(range(rank))]
    if arrow:
        ndim = len(right.replace("...", "")) + (rank if "..." in right else 0)
        output = _names(right, ndim, subscripts, "the result")
    else:
        counts = [name for names in inputs for name in names]
        once = sorted(n for n in set(counts) if n.isalpha() and counts.count(n) == 1)
        output = [*wide, *once]
    known = {name for names in inputs for name in names}
    if len(set(output)) != len(output) or not set(output) <= known:
        raise ValueError(
            f"einsum: {subscripts!r}: the result names an axis twice, or one of no array"
        )
    return inputs, output


def _names(part: str, ndim: int, subscripts: str, what: str) -> list[str]:
    before, dots, behind = part.partition("...")
    letters = before + behind
    if any(letter not in ascii_letters for letter in letters):
        raise ValueError(f"einsum: {subscripts!r}: axes are named by letters, not {part!r}")
    free = ndim - len(letters)
    if free < 0 or (free and not dots):
        raise ValueError(
            f"einsum: {subscripts!r}: {part!r} does not name the {ndim} axes of {what}"
        )
    return [*before, *(str(number) for number in reversed(range(free))), *behind]


def _broadcasting(terms: Sequence[_Term]) -> list[_Term]:
    """The terms without axes of a known extent of 1 where another one has more."""
    wide = {n for t in terms for n, e in zip(t.names, t.value.type.shape, strict=True) if e != 1}
    return [term.dropping(wide) for term in terms]


def _path(terms: Sequence[_Term], output: Sequence[str]) -> list[tuple[int, ...]]:
    """The positions of the terms that are multiplied next, and so on, until one is left."""
    if len(terms) <= 2:
        return [tuple(range(len(terms)))]
    letters = dict.fromkeys(name for term in terms for name in term.names)
    number = {name: position for position, name in enumerate(letters)}
    extents: dict[str, int] = {}
    for term in terms:
        for name, extent in zip(term.names, term.value.type.shape, strict=True):
            extents[name] = extents.get(name) or extent or 0
    arguments: list[Any] = []
    for term in terms:
        shape = tuple(extents[name] or GUESS for name in term.names)
        arguments += [np.broadcast_to(np.zeros(()), shape), [number[name] for name in term.names]]
    path = np.einsum_path(*arguments, [number[name] for name in output], optimize="greedy")[0]
    return [tuple(positions) for positions in path[1:]]


class _Term:
    """An array with a name for each axis."""

    def __init__(self, value: Variable, names: Sequence[str]) -> None:
        self.value = value
        self.names = list(names)

    def without_repeats(self) -> _Term:
        """The diagonal of axes that have one name."""
        value, names = self.value, self.names
        while len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            one, other = [axis for axis, name in enumerate(names) if name == twice][:2]
            value = diagonal(value, 0, one, other)
            names = [*(n for axis, n in enumerate(names) if axis not in (one, other)), twice]
        return _Term(value, names)

    def dropping(self, wide: Set[str]) -> _Term:
        """The term without the axes of these names whose extent is known to be 1."""
        shape = self.value.type.shape
        kept = [a for a, n in enumerate(self.names) if n not in wide or shape[a] != 1]
        return _Term(dimshuffle(self.value, kept), [self.names[axis] for axis in kept])

    def summed(self, needed: Set[str]) -> _Term:
        """The sum over the axes of other names."""
        over = [axis for axis, name in enumerate(self.names) if name not in needed]
        if not over:
            return self
        total = self.value.sum(axis=over, dtype=self.value.type.dtype)
        return _Term(total, [name for name in self.names if name in needed])

    def ordered(self, names: Sequence[str]) -> Variable:
        return dimshuffle(self.value, [self.names.index(name) for name in names])

    def extents(self, names: Sequence[str]) -> list[Variable]:
        return [extent_of(self.value, self.names.index(name)) for name in names]

    def times(self, other: _Term, kept: Sequence[str]) -> _Term:
        """The product, summed over the names that both have and the result does not keep."""
        both = [name for name in self.names if name in other.names]
        summed = [name for name in both if name not in kept]
        batch = [name for name in both if name in kept]
        if not summed:
            left, right = (dimshuffle(t.value, t.spread(kept)) for t in (self, other))
            return _Term(left * right, kept)
        rows = [name for name in self.names if name not in both]
        columns = [name for name in other.names if name not in both]
        if not batch:
            axes = [[t.names.index(name) for name in summed] for t in (self, other)]
            return _Term(tensordot(self.value, other.value, axes), [*rows, *columns])
        wanted = self.extents(both)
        fits = [wanted[both.index(n)] if n in both else None for n in other.names]
        other = _Term(specify_shape(other.value, fits), other.names)
        product = matmul(self.joined(batch, rows, summed), other.joined(batch, summed, columns))
        shape = [*self.extents([*batch, *rows]), *other.extents(columns)]
        return _Term(reshape(product, shape), [*batch, *rows, *columns])

    def spread(self, names: Sequence[str]) -> list[int | str]:
        return [self.names.index(name) if name in self.names else "x" for name in names]

    def joined(self, *groups: Sequence[str]) -> Variable:
        """The array with an axis for each group of names."""
        ordered = self.ordered([name for group in groups for name in group])
        if all(len(group) == 1 for group in groups):
            return ordered
        return reshape(ordered, [product_of(self.extents(group)) for group in groups])


__all__ = [
    "batched_tensordot",
    "einsum",
    "matvec",
    "vecdot",
    "vecmat",
]
