"""What a ghost is, and how one is made: see `ghosts`."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from symgraph.graph import Apply, Variable
from symgraph.ops import BroadcastTo, DimShuffle, ShapeOf, SpecifyShape
from symgraph.ops.constant import number
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.shape import inferred_extent, known_extent


class ShapeProxy(NamedTuple):
    """A variable with the extents that are asked for; `checks` where making it may be an error."""

    variable: Variable
    checks: bool = False

    def extent(self, axis: int) -> Variable:
        if not self.checks:
            return inferred_extent(self.variable, axis)
        return ShapeOf(axis)(self.variable)

    def extents(self) -> list[Variable]:
        return [self.extent(axis) for axis in range(self.variable.type.ndim)]


Rule = Callable[[Apply, Sequence[ShapeProxy]], ShapeProxy | None]


def zeros(extents: Sequence[Variable]) -> Variable:
    """Zeros of these extents: a view of a single one."""
    shape = tuple(known_extent(extent) for extent in extents)
    return BroadcastTo(shape)(number(0, "int8", len(extents)), *extents)


def made_of(extents: Sequence[Variable], *checked: Variable) -> ShapeProxy:
    """A ghost of these extents, which is not made before what is `checked` is."""
    if not checked:
        return ShapeProxy(zeros(extents) if extents else number(0, "int8"))
    held = [ShapeOf(0)(variable) for variable in checked]
    if not extents:
        one = scalar_functions["minimum"](held[0], 0) + 1
        for extent in held[1:]:
            one = one + scalar_functions["minimum"](extent, 0)
        return ShapeProxy(DimShuffle(())(zeros([one])), True)
    first = ShapeOf(0)(zeros([extents[0], *held]))
    return ShapeProxy(zeros([first, *extents[1:]]), True)


def with_checks(extents: Sequence[Variable], ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    """A ghost of these extents after the ghosts it is made from, whose checks must not be lost."""
    checked = [g.variable for g in ghosts if g.checks]
    lines = [v if v.type.ndim else DimShuffle(("x",))(v) for v in checked]
    return made_of(extents, *lines)


def extent_in(ghost: ShapeProxy, axis: int) -> int | Variable:
    extent = ghost.extent(axis)
    known = known_extent(extent)
    return extent if known is None else known


def specified(ghost: ShapeProxy, extents: Sequence[Variable], keys: Sequence[object]) -> ShapeProxy:
    """The ghost, which must have these extents; `keys` are those of the extents."""
    if not ghost.checks and extent_keys(ghost.variable) == tuple(keys):
        return ghost
    shape = tuple(known_extent(extent) for extent in extents)
    return ShapeProxy(SpecifyShape(shape)(ghost.variable, *extents), True)


def at_least(extents: Sequence[Variable], least: Sequence[int]) -> list[Variable]:
    """What is an error to make unless the extents are as large; nothing where all are known."""
    pairs = [(e, low) for e, low in zip(extents, least, strict=True) if known_extent(e) is None]
    if not pairs:
        return []
    enough = [scalar_functions["maximum"](extent, low) for extent, low in pairs]
    return [SpecifyShape((None,) * len(pairs))(zeros([extent for extent, _ in pairs]), *enough)]
