"""Lower counts and positions of the true elements of masks."""

from collections.abc import Callable, Sequence

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Buffer, Value
from symgraph.lower.writing.builder import Builder


def count_true(b: Builder, node: Apply) -> None:
    mask, out = b.buffer(node.inputs[0]), b.new("int64", ())
    with b.kernel():
        b.store(out, (), _walk(b, mask, lambda at, before: None))
    b.bind(node.outputs[0], out)


def nonzero(b: Builder, node: Apply) -> None:
    """Write the positions in one pass over the mask: every position, true or not, is stored at the
    next free place, which advances after true ones; the last one stored may lie behind the
    result."""
    mask, count = b.buffer(node.inputs[0]), b.extents(node.outputs[0])[0]
    found = [b.new("int64", (b.integer("add", count, ONE),)) for _ in node.outputs]

    def write(at: Sequence[Value], place: Value) -> None:
        for out, position in zip(found, at, strict=True):
            b.store(out, (place,), position)

    with b.kernel():
        _walk(b, mask, write)
    for variable, out in zip(node.outputs, found, strict=True):
        b.bind(variable, b.view(out, (count,), out.strides))


def _walk(b: Builder, mask: Buffer, visit: Callable[[Sequence[Value], Value], None]) -> Value:
    """Call `visit` with the indices of every element and the number of true ones before it; return
    the number of all true ones."""

    def level(at: tuple[Value, ...], before: Value) -> Value:
        if len(at) == len(mask.extents):
            visit(at, before)
            return b.integer("add", before, b.cast(b.load(mask, at), "int64"))
        (total,) = b.loop(
            mask.extents[len(at)], lambda i, so_far: [level((*at, i), so_far)], [before]
        )
        return total

    return level((), ZERO)
