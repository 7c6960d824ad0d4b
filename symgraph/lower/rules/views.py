"""Lower operations that only reinterpret memory, and the copy that a reshape may need."""

from collections.abc import Sequence

from symgraph.graph import Apply, Variable
from symgraph.lower.program.values import ONE, ZERO, Buffer, BufferKind, Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops import ShapeOf


def shape_of(b: Builder, node: Apply) -> None:
    b.bind_scalar(node.outputs[0], b.extent(b.table[node.inputs[0]][node.op.axis]))


def dimshuffle(b: Builder, node: Apply) -> None:
    if node.inputs[0] in b.scalars:
        b.bind_scalar(node.outputs[0], b.scalars[node.inputs[0]])
        return
    x = b.buffer(node.inputs[0])
    order = node.op.order
    for axis in range(len(x.extents)):
        if axis not in order:
            message = f"dimshuffle{order}: cannot drop axis {axis}: its extent is {{0}}, not 1"
            b.check(b.test("eq", x.extents[axis], ONE), message, (x.extents[axis],), node)
    extents = [ONE if entry == "x" else x.extents[entry] for entry in order]
    strides = [ZERO if entry == "x" else x.strides[entry] for entry in order]
    b.bind(node.outputs[0], b.view(x, extents, strides))


def broadcast_to(b: Builder, node: Apply) -> None:
    x = b.buffer(node.inputs[0])
    extents = b.extents(node.outputs[0])
    check_sizes(b, node, node.inputs[1:], extents)
    strides: list[Value] = []
    for axis, (have, want, stride) in enumerate(zip(x.extents, extents, x.strides, strict=True)):
        if have is want or have == want:
            strides.append(stride)
        elif have == ONE:
            strides.append(ZERO)
        else:
            is_one = b.test("eq", have, ONE)
            fits = b.test("or_", is_one, b.test("eq", have, want))
            message = f"an extent of {{0}} on axis {axis} cannot be broadcast to {{1}}"
            b.check(fits, message, (have, want), node)
            strides.append(b.integer("switch", is_one, ZERO, stride))
    b.bind(node.outputs[0], b.view(x, extents, strides))


def check_sizes(
    b: Builder, node: Apply, given: Sequence[Variable], extents: Sequence[Value]
) -> None:
    """Check that sizes which were computed are not negative; those of other arrays never are."""
    for axis, (variable, extent) in enumerate(zip(given, extents, strict=True)):
        if variable.owner is None or not isinstance(variable.owner.op, ShapeOf):
            message = f"a negative size of {{0}} on axis {axis}"
            b.check(b.test("ge", extent, ZERO), message, (extent,), node)


def product(b: Builder, extents: Sequence[Value]) -> Value:
    total: Value = ONE
    for extent in extents:
        total = b.integer("saturated_mul", total, extent)
    return total


def contiguous(b: Builder, x: Buffer) -> Buffer:
    """Return `x` itself where it is known to be contiguous, else a contiguous copy."""
    if x.contiguous or x.strides == b.contiguous(x.extents):
        return x
    copy = b.new(x.dtype, x.extents)
    b.copy(x, copy)
    return copy


def reshape(b: Builder, node: Apply) -> None:
    x = contiguous(b, b.buffer(node.inputs[0]))
    extents = b.extents(node.outputs[0])
    old, new = product(b, x.extents), product(b, extents)
    if old != new:
        message = "an array of {0} elements cannot be reshaped to one of {1}"
        b.check(b.test("eq", old, new), message, (old, new), node)
    for axis, extent in enumerate(extents):
        message = f"reshape: a negative extent {{0}} on axis {axis}"
        b.check(b.test("ge", extent, ZERO), message, (extent,), node)
    view = b.view(x, extents, b.contiguous(extents))
    view.kind = BufferKind.RESHAPED
    b.bind(node.outputs[0], view)


def specify_shape(b: Builder, node: Apply) -> None:
    """Bind the same buffer, after checking its extents against those given."""
    x, *given = node.inputs
    buffer = b.buffer(x)
    for axis, (have, said) in enumerate(zip(buffer.extents, given, strict=True)):
        want = b.extent(b.table.intern(said))
        if have is want or have == want:
            continue
        message = f"an extent of {{0}} on axis {axis} was specified to be {{1}}"
        b.check(b.test("eq", have, want), message, (have, want), node)
    b.bind(node.outputs[0], b.view(buffer, b.extents(node.outputs[0]), buffer.strides))
