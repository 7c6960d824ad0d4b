"""Graphs for arguments that do not lie in memory as arrays in C order: whose axes have another
order there, or that are parts of larger arrays."""

from collections.abc import Sequence
from typing import NamedTuple

from symgraph.graph import FunctionGraph, TensorType, Variable, clone_replace
from symgraph.ops import DimShuffle, ShapeOf, Subtensor
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.subtensor import Slice


class Layout(NamedTuple):
    """How an array lies in memory: the numbers of its axes, in the order of memory; which of these,
    by their places there, are parts of longer axes; and by how many elements the last one moves."""

    order: tuple[int, ...]
    parts: tuple[int, ...] = ()
    step: int = 1

    @property
    def is_whole(self) -> bool:
        """Return whether the array is contiguous."""
        return not self.parts and self.step == 1


def laid_out(graph: FunctionGraph, layouts: Sequence[Layout | None]) -> FunctionGraph:
    """Return the graph with inputs that lie in memory so, or as they are where that is None: what
    it is given are arrays in C order, and it computes what the other one does. For an array that
    is not whole it is given the one around it, and, behind all other inputs, an array with the
    extents of the part, whose elements it does not read."""
    moved: dict[Variable, Variable] = {}
    inputs, sizes = [], []
    for variable, layout in zip(graph.inputs, layouts, strict=True):
        given = variable
        if layout is not None:
            order = layout.order
            given = variable.type.clone(shape=[variable.type.shape[a] for a in order])()
            given.name = variable.name
            straight = given
            if not layout.is_whole:
                sizes.append(TensorType("bool", [None] * len(order))())
                straight = _part(given, sizes[-1], layout)
            if list(order) != sorted(order):
                straight = DimShuffle([order.index(a) for a in range(len(order))])(straight)
            moved[variable] = straight
        inputs.append(given)
    outputs = clone_replace(graph.outputs, moved)
    return FunctionGraph([*inputs, *sizes], outputs, graph.replaces)


def _part(around: Variable, sizes: Variable, layout: Layout) -> Variable:
    """Return the part of an array that has so many elements along each axis."""
    last = around.type.ndim - 1
    template, bounds = [], []
    for axis in range(last + 1):
        step = layout.step if axis == last else 1
        template.append(Slice(stop=axis in layout.parts, step=step != 1))
        if axis in layout.parts:
            bounds.append(scalar_functions["mul"](ShapeOf(axis)(sizes), step))
        if step != 1:
            bounds.append(constant(step))
    return Subtensor(tuple(template))(around, *bounds)
