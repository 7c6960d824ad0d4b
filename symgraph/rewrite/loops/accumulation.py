"""Sums accumulated in a loop: c + a·b in each step becomes one product after the loop, of all a
concatenated along the columns and all b along the rows; inc_subtensor(c[i], y) becomes one write of
all y. So the gradient of a weight matrix takes one large product, instead of a small one and a sum
over the whole matrix in each step, and that of an embedding touches only the rows used."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from symgraph.graph import Apply, FunctionGraph, Variable, at_location
from symgraph.ops import AdvancedIncSubtensor, DimShuffle, Dot, IncSubtensor, Reshape
from symgraph.ops.scan_parts import ScanState, backwards, cut, first_of
from symgraph.ops.shape import inferred_extent
from symgraph.rewrite.loops.scan_view import ScanView, ScanViewState, replace_outputs, turned
from symgraph.rewrite.rules.factored import function_name

SUM = ScanState((-1,), "last")


class _Sum(NamedTuple):
    """A sum that need not be in the loop: the values of each step that it takes, and what makes
    the total of the initial one and of these values for all steps."""

    parts: tuple[Variable, ...]
    total: Callable[[Variable, Sequence[Variable]], Variable]


def sum_behind(graph: FunctionGraph, node: Apply) -> bool:
    """a loop's c ← c + a·b → c + (all a)·(all b) after the loop, and
    c ← inc_subtensor(c[i], y) → inc_subtensor(c[all i], all y)"""
    loop = ScanView.of(node)
    uses: dict[Variable, int] = {}
    for inner in loop.nodes():
        for variable in inner.inputs:
            uses[variable] = uses.get(variable, 0) + 1
    found = {
        number: found
        for number, carried in enumerate(loop.states)
        if (found := _sum(carried, uses)) is not None
    }
    if not found:
        return False
    states = len(loop.states)
    entries = {formal for formal, _ in loop.sequences}
    places = {v: loop.stack(v) for s in found.values() for v in s.parts if v not in entries}
    kept = [number for number in range(states) if number not in found]
    loop.states = [loop.states[number] for number in kept]
    initials = {number: node.op.parts(node.inputs).initials[number] for number in found}
    made = loop.made()
    stacked = made.outputs[len(kept) : -1]
    for position, number in enumerate(kept):
        replace_outputs(graph, [(node.outputs[number], made.outputs[position])])
    replace_outputs(graph, list(zip(node.outputs[states:-1], stacked, strict=False)))
    replace_outputs(graph, [(node.outputs[-1], made.outputs[-1])])
    steps = made.outputs[-1] if loop.condition else loop.n_steps
    everything = {v: stacked[place] for v, place in places.items()}
    everything |= {formal: cut(given, 0, steps, True) for formal, given in loop.sequences}
    for number, (parts, total_of) in found.items():
        with at_location(node.location):
            total = total_of(first_of(initials[number]), [everything[v] for v in parts])
            result = DimShuffle(("x", *range(total.type.ndim)))(total)
        replace_outputs(graph, [(node.outputs[number], result)])
    return True


def _in_order(left: Variable, right: Variable) -> tuple[Variable, Variable]:
    """Return both reversed, where one of them would have to be reversed anyway, and the loop can as
    well produce the other in that order."""
    if turned(left) is None and turned(right) is None:
        return left, right
    one, other = (turned(v) for v in (left, right))
    return (backwards(left) if one is None else one), (backwards(right) if other is None else other)


def _sum(carried: ScanViewState, uses: dict[Variable, int]) -> _Sum | None:
    """Return how a state is summed up behind the loop, if it is a sum."""
    node = carried.new.owner
    if carried.state != SUM or node is None or uses.get(carried.taps[0], 0) != 1:
        return None
    if isinstance(node.op, IncSubtensor):
        return _writes(node, carried.taps[0])
    return _products(carried)


def _writes(node: Apply, tap: Variable) -> _Sum | None:
    """Return the sum that increments the parts of a state at indices."""
    total, y, *indices = node.inputs
    ranks = {v.type.ndim for v in indices}
    numbers = all(np.dtype(v.type.dtype).kind in "iu" for v in indices)
    op = AdvancedIncSubtensor(("array",) * len(indices), False)
    known = node.op in (op, IncSubtensor(("int",) * len(indices), False))
    if total is not tap or not known or len(ranks) != 1 or not numbers:
        return None
    rank = total.type.ndim - len(indices) + ranks.pop()
    if y.type.ndim != rank or y.type.dtype != total.type.dtype:
        return None
    return _Sum((y, *indices), lambda initial, values: op(initial, *values))


def _products(carried: ScanViewState) -> _Sum | None:
    """Return the sum of products, by the transposed left factor and the right factor, whose rows
    are to be stacked over the steps."""
    (tap,) = carried.taps
    if carried.new.type.ndim != 2 or function_name(carried.new) != "add":
        return None
    one, other = carried.new.owner.inputs  # type: ignore[union-attr]
    added = other if one is tap else one if other is tap else None
    if added is None or added.owner is None:
        return None
    inputs = added.owner.inputs
    if isinstance(added.owner.op, Dot) and all(v.type.ndim == 2 for v in inputs):
        return _Sum((_transposed(inputs[0]), inputs[1]), _plus_product)
    if function_name(added) == "mul":
        for one, other in (inputs, inputs[::-1]):
            column, row = _vector(one, (0, "x")), _vector(other, ("x", 0))
            if column is not None and row is not None:
                return _Sum((column, row), _plus_product)
    return None


def _plus_product(initial: Variable, factors: Sequence[Variable]) -> Variable:
    left, right = factors
    return initial + _product(*_in_order(left, right))


def _transposed(matrix: Variable) -> Variable:
    node = matrix.owner
    if node is not None and isinstance(node.op, DimShuffle) and tuple(node.op.order) == (1, 0):
        return node.inputs[0]
    return DimShuffle((1, 0))(matrix)


def _vector(variable: Variable, order: tuple[int | str, ...]) -> Variable | None:
    """Return the vector of which a variable is the one-column or one-row matrix; None for anything
    else."""
    owner = variable.owner
    if owner is None or not isinstance(owner.op, DimShuffle) or tuple(owner.op.order) != order:
        return None
    # A DimShuffle may also drop axes of extent 1.
    return owner.inputs[0] if owner.inputs[0].type.ndim == 1 else None


def _product(left: Variable, right: Variable) -> Variable:
    """Return left.T · right, for the rows of all steps."""
    return Dot()(DimShuffle((1, 0))(_rows(left)), _rows(right))


def _rows(stack: Variable) -> Variable:
    if stack.type.ndim == 2:
        return stack
    steps, batch, width = (inferred_extent(stack, axis) for axis in range(3))
    return Reshape((None, None))(stack, steps * batch, width)
