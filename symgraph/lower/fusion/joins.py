"""Compute the parts of a Join directly in the memory of its result."""

from collections.abc import Iterable
from functools import partial

from symgraph.graph import Apply
from symgraph.lower.program.values import ZERO, Buffer, Value
from symgraph.lower.writing.builder import Builder


class JoinMemory:
    """The memory of a Join's result, allocated when the first of its parts is computed, and the
    parts that already lie in it."""

    def __init__(self, b: Builder, node: Apply) -> None:
        self.b = b
        self.node = node
        self.out: Buffer | None = None
        self.inside: dict[int, Buffer] = {}

    def place(self, number: int) -> Buffer | None:
        """Return the view for a part; None where extents are not known yet, or may not match."""
        b, axis = self.b, self.node.op.axis
        extents = [b.known_extents(v) for v in self.node.inputs]
        result = b.known_extents(self.node.outputs[0])
        if result is None:
            return None
        start: Value = ZERO
        for position, own in enumerate(extents):
            if own is None or own[:axis] != result[:axis] or own[axis + 1 :] != result[axis + 1 :]:
                return None
            if position < number:
                start = b.integer("add", start, own[axis])
        mine = extents[number]
        assert mine is not None
        if self.out is None:
            self.out = b.home(self.node.outputs[0])
        strides = self.out.strides
        view = b.view(self.out, mine, strides, b.integer("mul", start, strides[axis]))
        view.part = number
        self.inside[number] = view
        return view


def place_parts(b: Builder, nodes: Iterable[Apply]) -> None:
    """Have the parts of Joins computed in the memory of the result; for nested joins, `nodes` lists
    the outer ones first."""
    for node in nodes:
        joined = JoinMemory(b, node)
        b.join(node, joined)
        for number, part in enumerate(node.inputs):
            if part.type.dtype == node.outputs[0].type.dtype:
                b.place(part, partial(joined.place, number))
