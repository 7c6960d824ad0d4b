"""How each operation works on many of its inputs at once: what `vectorize_graph` is made of.

Of a node's inputs some are batched: they have `depth` axes more, before their own. A rule gives the
outputs, batched or not; None where it does not know how, and then a loop goes over the batch.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from symgraph.graph import Apply, Variable
from symgraph.loops.map_reduce import map as looped
from symgraph.ops.advanced_subtensor import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    array_axes,
    array_position,
)
from symgraph.ops.broadcast import BroadcastTo, SumTo
from symgraph.ops.constant import constant
from symgraph.ops.creation import Join
from symgraph.ops.dot import BatchedDot, Dot
from symgraph.ops.elemwise import Elemwise, broadcast_extents
from symgraph.ops.extent_arithmetic import as_scalar, multiplied
from symgraph.ops.nnet import LogSoftmax, Softmax
from symgraph.ops.rank_alignment import pad_left
from symgraph.ops.reduce import ArgReduce, Reduce
from symgraph.ops.requirement import Require
from symgraph.ops.reshape import Reshape
from symgraph.ops.shape import (
    DimShuffle,
    ShapeOf,
    SpecifyShape,
    extent_of,
    extents_of,
    known_extent,
)
from symgraph.ops.subtensor import IncSubtensor, Slice, Subtensor, Template


class Batched(NamedTuple):
    """A variable, and whether it has the axes of the batch before its own."""

    variable: Variable
    batched: bool


Rule = Callable[[Apply, Sequence[Batched], int], list[Batched] | None]
WHOLE = Slice()


class RaggedError(Exception):
    """An operation gives the elements of a batch arrays of different shapes."""


def batch(
    node: Apply, inputs: Sequence[Batched], depth: int, is_batched: Callable[[Variable], bool]
) -> list[Batched]:
    """The outputs of the node's op for these inputs, of which some are batched; `is_batched` tells
    of any variable of the graph whether it is. Raises RaggedError."""
    rule = RULES.get(type(node.op))
    result = None if rule is None else rule(node, inputs, depth)
    if result is not None:
        return result
    if _is_ragged(node, is_batched):
        raise RaggedError

    def step(entries: list[Variable]) -> list[Variable]:
        return list(node.op.make_node(*entries).outputs)

    return [Batched(y, True) for y in one_by_one(step, inputs, depth, f"vectorized {node.op}")]


def _is_ragged(node: Apply, is_batched: Callable[[Variable], bool]) -> bool:
    """Whether the extents of an output come from values that differ within a batch."""
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


def _reshaped(x: Variable, extents: Sequence[Variable]) -> Variable:
    return Reshape(tuple(map(known_extent, extents)))(x, *extents)


def _batch_extents(inputs: Sequence[Batched], depth: int) -> list[Variable]:
    """What the batched inputs' first extents broadcast to."""
    shapes = []
    for variable, batched in inputs:
        if batched:
            own = [extent_of(variable, axis) for axis in range(depth)]
            known = [known_extent(extent) for extent in own]
            shapes.append(tuple(e if k is None else k for e, k in zip(own, known, strict=True)))
    extents = shapes[0] if len(shapes) == 1 else broadcast_extents(shapes)
    return [constant(e, "int64") if isinstance(e, int) else e for e in extents]


def _repeated(x: Batched, extents: Sequence[Variable]) -> Variable:
    """The variable for each element of a batch of these extents."""
    variable, depth = x.variable, len(extents)
    if not x.batched:
        variable = DimShuffle(["x"] * depth + list(range(variable.type.ndim)))(variable)
    target = [*extents, *extents_of(variable)[depth:]]
    known = tuple(map(known_extent, target))
    if known == variable.type.shape and None not in known:
        return variable
    return BroadcastTo(known)(variable, *target)


def one_by_one(
    make: Callable[[list[Variable]], list[Variable]],
    inputs: Sequence[Batched],
    depth: int,
    name: str,
) -> list[Variable]:
    """What `make` gives for each element of the batch, stacked: by a loop over it."""
    extents = _batch_extents(inputs, depth)
    several = sum(x.batched for x in inputs) > 1
    sequences, rest = [], []
    for x in inputs:
        if not x.batched:
            rest.append(x.variable)
            continue
        whole = _repeated(x, extents) if several else x.variable
        if depth > 1:
            total = as_scalar(multiplied(*extents))
            whole = _reshaped(whole, [total, *extents_of(whole)[depth:]])
        sequences.append(whole)

    def step(*given: Variable) -> list[Variable]:
        entries, others = iter(given[: len(sequences)]), iter(given[len(sequences) :])
        return make([next(entries if x.batched else others) for x in inputs])

    made, _ = looped(step, sequences, rest, name=name)
    outputs = made if isinstance(made, list) else [made]
    if depth == 1:
        return outputs
    return [_reshaped(y, [*extents, *extents_of(y)[1:]]) for y in outputs]


def _all(outputs: Sequence[Variable]) -> list[Batched]:
    return [Batched(output, True) for output in outputs]


def _elementwise(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched]:
    return _all(node.op.make_node(*pad_left([x.variable for x in inputs])).outputs)


def _dimshuffle(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched]:
    own = [axis if axis == "x" else axis + depth for axis in node.op.order]
    return _all([DimShuffle([*range(depth), *own])(inputs[0].variable)])


def _reduce(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched]:
    op = node.op
    return _all([Reduce(op.kind, tuple(a + depth for a in op.axes), op.dtype)(inputs[0].variable)])


def _arg_reduce(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched]:
    return _all([ArgReduce(node.op.kind, node.op.axis + depth)(inputs[0].variable)])


def _along_axis(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched]:
    return _all([type(node.op)(node.op.axis + depth)(inputs[0].variable)])


def _shape_of(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched]:
    return [Batched(extent_of(inputs[0].variable, node.op.axis + depth), False)]


def _to_extents(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched] | None:
    """Reshape, BroadcastTo, SumTo, SpecifyShape: of x and an extent for each axis."""
    x, *extents = inputs
    if not x.batched or any(extent.batched for extent in extents):
        return None
    own = [extent_of(x.variable, axis) for axis in range(depth)]
    shape = (*map(known_extent, own), *node.op.shape)
    return _all([type(node.op)(shape)(x.variable, *own, *(e.variable for e in extents))])


def _join(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched]:
    extents = _batch_extents(inputs, depth)
    return _all([Join(node.op.axis + depth)(*(_repeated(x, extents) for x in inputs))])


def _rows(x: Variable) -> Variable:
    """As a matrix whose rows are along the last axis."""
    if x.type.ndim <= 2:
        return x
    return _reshaped(x, [constant(-1, "int64"), extents_of(x)[-1]])


def _dot(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched] | None:
    (a, left), (b, right) = inputs
    if left and right:
        known = {a.type.dtype, b.type.dtype} <= {"float32", "float64"}
        return _all([_products(a, b, depth)]) if known else None
    if left:
        product = Dot()(_rows(a), b)
        return _all([_reshaped(product, [*extents_of(a)[:-1], *extents_of(b)[1:]])])
    # Transposed: the batch then is among the rows.
    turned = list(range(b.type.ndim))
    turned.append(turned.pop(depth))
    b = DimShuffle(turned)(b)
    product = Dot()(_rows(b), a if a.type.ndim == 1 else DimShuffle([1, 0])(a))
    product = _reshaped(product, [*extents_of(b)[:-1], *extents_of(a)[:-1]])
    if a.type.ndim == 2 and product.type.ndim == depth + 2:
        product = DimShuffle([*range(depth), depth + 1, depth])(product)
    return _all([product])


def _products(a: Variable, b: Variable, depth: int) -> Variable:
    """A product for each element of the batch."""
    batch = _batch_extents([Batched(a, True), Batched(b, True)], depth)
    axes = list(range(depth))
    row, column = a.type.ndim == depth + 1, b.type.ndim == depth + 1
    a = DimShuffle([*axes, "x", depth])(a) if row else a
    b = DimShuffle([*axes, depth, "x"])(b) if column else b
    flat = []
    for x in (a, b):
        x = _repeated(Batched(x, True), batch)
        own = extents_of(x)[depth:]
        flat.append(x if depth == 1 else _reshaped(x, [constant(-1, "int64"), *own]))
    product = BatchedDot()(*flat)
    if depth > 1:
        product = _reshaped(product, [*batch, *extents_of(product)[1:]])
    kept = [] if row else [depth]
    return DimShuffle([*axes, *kept, *([] if column else [depth + 1])])(product)


def _subtensor(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched] | None:
    x, *index = inputs
    if any(entry.batched for entry in index):
        return None
    op = Subtensor((WHOLE,) * depth + node.op.template)
    return _all([op(x.variable, *(entry.variable for entry in index))])


def _gather(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched] | None:
    """By the same indices everywhere; or of the same array, by indices on adjacent axes."""
    x, *index = inputs
    template, position = node.op.template, array_position(node.op.template)
    common = node.outputs[0].type.ndim - node.inputs[0].type.ndim + len(array_axes(template))
    if x.batched and not any(entry.batched for entry in index):
        selected = AdvancedSubtensor((WHOLE,) * depth + template)(
            x.variable, *(entry.variable for entry in index)
        )
        if _adjacent(template):
            return _all([selected])
        order = [*range(common, common + depth), *range(common)]
        return _all([DimShuffle([*order, *range(common + depth, selected.type.ndim)])(selected)])
    if x.batched or not _only_arrays(node):
        return None
    arrays = pad_left([entry.variable for entry in index])
    selected = AdvancedSubtensor(template)(x.variable, *arrays)
    batch = list(range(position, position + depth))
    return _all(
        [DimShuffle([*batch, *(a for a in range(selected.type.ndim) if a not in batch)])(selected)]
    )


def _only_arrays(node: Apply) -> bool:
    """Whether all indices are arrays of one rank: bounds of slices are scalars."""
    return len({index.type.ndim for index in node.inputs[1:]}) == 1 and all(
        entry == "array" or entry == WHOLE for entry in node.op.template
    )


def _adjacent(template: Template) -> bool:
    axes = array_axes(template)
    return axes[-1] - axes[0] == len(axes) - 1


def _written(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched] | None:
    """What is written, with axes for the extents of the selection that it leaves out."""
    x, y, *index = inputs
    by_arrays = isinstance(node.op, AdvancedIncSubtensor)
    if any(entry.batched for entry in index) or (by_arrays and not _adjacent(node.op.template)):
        return None
    extents = _batch_extents(inputs, depth)
    whole = _repeated(x, extents)
    value = y.variable
    if y.batched:
        missing = node.op.selected(*(node.inputs[0], *node.inputs[2:])).type.ndim
        missing -= value.type.ndim - depth
        own = range(depth, value.type.ndim)
        value = DimShuffle([*range(depth), *["x"] * missing, *own])(value)
    op = type(node.op)((WHOLE,) * depth + node.op.template, node.op.set)
    return _all([op(whole, value, *(entry.variable for entry in index))])


def _require(node: Apply, inputs: Sequence[Batched], depth: int) -> list[Batched] | None:
    """What is demanded of each element, it is of a batch of them."""
    if len(inputs) > 2:
        return None
    return [Batched(node.op(*(x.variable for x in inputs)), inputs[0].batched)]


RULES: dict[type, Rule] = {
    AdvancedIncSubtensor: _written,
    AdvancedSubtensor: _gather,
    ArgReduce: _arg_reduce,
    BroadcastTo: _to_extents,
    DimShuffle: _dimshuffle,
    Dot: _dot,
    Elemwise: _elementwise,
    IncSubtensor: _written,
    Join: _join,
    LogSoftmax: _along_axis,
    Reduce: _reduce,
    Require: _require,
    Reshape: _to_extents,
    ShapeOf: _shape_of,
    Softmax: _along_axis,
    SpecifyShape: _to_extents,
    Subtensor: _subtensor,
    SumTo: _to_extents,
}
