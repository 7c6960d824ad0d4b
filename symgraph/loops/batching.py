"""Application of operations to batches of inputs, for `vectorize_graph`.

Some of a node's inputs are batched: they have `depth` additional axes in front of their own. An
operation that can process a whole batch implements `Op.batch`; for others a loop runs over the
batch.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

from symgraph.graph import Apply, Batched, Variable
from symgraph.loops.map_reduce import map as looped
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import broadcast_extents
from symgraph.ops.extent_arithmetic import as_scalar, multiplied
from symgraph.ops.reshape import reshaped
from symgraph.ops.shape import DimShuffle, ShapeOf, extent_of, extents_of, known_extent


class RaggedError(Exception):
    """Raised where an operation gives arrays of different shapes for the elements of a batch."""


class Batch:
    """Inputs, some of which are batched, in the form that an operation receives: see
    `BatchContext`."""

    def __init__(self, inputs: Sequence[Batched], depth: int) -> None:
        self.inputs = inputs
        self.depth = depth

    @property
    def variables(self) -> list[Variable]:
        return [x.variable for x in self.inputs]

    @cached_property
    def extents(self) -> list[Variable]:
        shapes = []
        for variable, batched in self.inputs:
            if batched:
                own = [extent_of(variable, axis) for axis in range(self.depth)]
                known = [known_extent(extent) for extent in own]
                shapes.append(tuple(e if k is None else k for e, k in zip(own, known, strict=True)))
        extents = shapes[0] if len(shapes) == 1 else broadcast_extents(shapes)
        return [constant(e, "int64") if isinstance(e, int) else e for e in extents]

    def repeated(self, x: Batched) -> Variable:
        variable, depth = x.variable, self.depth
        if not x.batched:
            variable = DimShuffle(["x"] * depth + list(range(variable.type.ndim)))(variable)
        target = [*self.extents, *extents_of(variable)[depth:]]
        known = tuple(map(known_extent, target))
        if known == variable.type.shape and None not in known:
            return variable
        return BroadcastTo(known)(variable, *target)


def batch(
    node: Apply, inputs: Sequence[Batched], depth: int, is_batched: Callable[[Variable], bool]
) -> Sequence[Batched]:
    """Return the outputs of the node's op for these inputs, some of which are batched; `is_batched`
    tells for any variable of the graph whether it is. Raises RaggedError."""
    result: Sequence[Batched] | None = node.op.batch(node, Batch(inputs, depth))
    if result is not None:
        return result
    if _is_ragged(node, is_batched):
        raise RaggedError

    def step(entries: list[Variable]) -> list[Variable]:
        return list(node.op.make_node(*entries).outputs)

    return [Batched(y, True) for y in one_by_one(step, inputs, depth, f"vectorized {node.op}")]


def _is_ragged(node: Apply, is_batched: Callable[[Variable], bool]) -> bool:
    """Return whether the extents of an output depend on values that differ within a batch."""
    shapes = [
        tuple(
            extent_of(x, axis) if known is None else known
            for axis, known in enumerate(x.type.shape)
        )
        for x in node.inputs
    ]
    found = node.op.infer_shape(node, shapes)
    if found is None:
        return True
    waiting = [extent for shape in found for extent in shape if isinstance(extent, Variable)]
    seen: set[Variable] = set()
    while waiting:
        variable = waiting.pop()
        if variable in seen:
            continue
        seen.add(variable)
        if is_batched(variable):
            return True
        # Extents are equal within a batch.
        if variable.owner is not None and not isinstance(variable.owner.op, ShapeOf):
            waiting.extend(variable.owner.inputs)
    return False


def one_by_one(
    make: Callable[[list[Variable]], list[Variable]],
    inputs: Sequence[Batched],
    depth: int,
    name: str,
) -> list[Variable]:
    """Return the results of `make` for each element of the batch, stacked: by a loop over it."""
    whole_batch = Batch(inputs, depth)
    extents = whole_batch.extents
    several = sum(x.batched for x in inputs) > 1
    sequences, rest = [], []
    for x in inputs:
        if not x.batched:
            rest.append(x.variable)
            continue
        whole = whole_batch.repeated(x) if several else x.variable
        if depth > 1:
            total = as_scalar(multiplied(*extents))
            whole = reshaped(whole, [total, *extents_of(whole)[depth:]])
        sequences.append(whole)

    def step(*given: Variable) -> list[Variable]:
        entries, others = iter(given[: len(sequences)]), iter(given[len(sequences) :])
        return make([next(entries if x.batched else others) for x in inputs])

    made, _ = looped(step, sequences, rest, name=name)
    outputs = made if isinstance(made, list) else [made]
    if depth == 1:
        return outputs
    return [reshaped(y, [*extents, *extents_of(y)[1:]]) for y in outputs]
