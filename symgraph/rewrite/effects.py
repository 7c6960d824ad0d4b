"""What cannot be an error when it runs, and so may be left out where its value does not matter."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from symgraph.graph import Apply, Variable
from symgraph.ops import DimShuffle, Elemwise, LogSoftmax, Reduce, Reshape, ShapeOf, Softmax
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.reduce import REDUCE_KINDS
from symgraph.ops.shape import inferred_extent, is_minus_one, keys_of_extents
from symgraph.rewrite.patterns import number_of

# So many operations are looked at.
MOST = 30


def cannot_raise(variable: Variable) -> bool:
    """Whether no operation that the value needs can refuse its operands' shapes or values."""
    pending, seen = [variable], {variable}
    while pending:
        node = pending.pop().owner
        if node is None:
            continue
        if not is_harmless(node) or len(seen) > MOST:
            return False
        for operand in node.inputs:
            if operand not in seen:
                seen.add(operand)
                pending.append(operand)
    return True


def is_harmless(node: Apply) -> bool:
    """Whether an operation cannot refuse its operands' shapes or values."""
    harmless = HARMLESS.get(type(node.op))
    return harmless is not None and harmless(node)


def _fits(node: Apply) -> bool:
    """Whether the operands of an elementwise function broadcast for sure."""
    whole = extent_keys(node.outputs[0])
    return all(
        key in (1, out) for v in node.inputs for key, out in zip(extent_keys(v), whole, strict=True)
    )


def _drops_ones(node: Apply) -> bool:
    shape = node.inputs[0].type.shape
    return all(extent == 1 for axis, extent in enumerate(shape) if axis not in node.op.order)


def _has_identity(node: Apply) -> bool:
    return REDUCE_KINDS[node.op.kind].identity is not None


def keeps_size(node: Apply) -> bool:
    """Whether a reshape is to as many elements for sure."""
    x, *given = node.inputs
    if any(is_minus_one(extent) for extent in given):
        return all(is_minus_one(extent) or number_of(extent) == 1 for extent in given)
    have = _factors(inferred_extent(x, axis) for axis in range(x.type.ndim))
    return have == _factors(given)


def _factors(extents: Iterable[Variable]) -> Counter[Any]:
    """A product of extents by what tells each of them; known ones as one number."""
    found: Counter[Any] = Counter()
    known = 1
    pending = list(extents)
    while pending:
        extent = pending.pop()
        node = extent.owner
        number = number_of(extent)
        if number is not None:
            known *= int(number.real)
        elif node is not None and isinstance(node.op, Elemwise) and node.op.scalar.name == "mul":
            pending += node.inputs
        else:
            (key,) = keys_of_extents([extent])
            found[key] += 1
    found[("known", known)] += 1
    return found


def _always(node: Apply) -> bool:
    return True


HARMLESS: dict[type, Callable[[Apply], bool]] = {
    DimShuffle: _drops_ones,
    Elemwise: _fits,
    LogSoftmax: _always,
    Reduce: _has_identity,
    Reshape: keeps_size,
    ShapeOf: _always,
    Softmax: _always,
}
