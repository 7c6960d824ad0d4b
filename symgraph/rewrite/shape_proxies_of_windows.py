"""Ghosts of windows, of their maxima, and of convolutions: see `ghosts`."""

from collections.abc import Mapping, Sequence
from typing import Any

from symgraph.graph import Apply, Variable
from symgraph.ops import (
    Conv,
    ConvInputGradient,
    ConvKernelGradient,
    MaxPool,
    MaxPoolGradient,
    MaxPoolSelect,
    OverlapAdd,
    Windows,
)
from symgraph.ops.extent_arithmetic import as_scalar
from symgraph.ops.shape import keys_of_extents
from symgraph.rewrite.shape_proxy import (
    Rule,
    ShapeProxy,
    at_least,
    extent_in,
    specified,
    with_checks,
)


def _shape(ghost: ShapeProxy) -> list[Any]:
    """The extents, as ints where they are known."""
    return [extent_in(ghost, axis) for axis in range(ghost.variable.type.ndim)]


def _having(ghost: ShapeProxy, extents: Sequence[Any]) -> ShapeProxy:
    """The ghost, which must have these extents."""
    scalars = [as_scalar(extent) for extent in extents]
    return specified(ghost, scalars, keys_of_extents(scalars))


def _behind(
    extents: Sequence[Any], ghosts: Sequence[ShapeProxy], checked: list[Variable]
) -> ShapeProxy:
    """A ghost of these extents that is not made before all those, nor before what is checked."""
    return with_checks(
        [as_scalar(extent) for extent in extents],
        [*ghosts, *(ShapeProxy(variable, True) for variable in checked)],
    )


def _bounded(extents: Sequence[Any], least: Sequence[Any]) -> list[Variable]:
    return at_least([as_scalar(extent) for extent in extents], least)


def _pool(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    op, (x, *others) = node.op, ghosts
    shape = _shape(x)
    pooled = op.pooled(shape)
    least = [
        1 if op.partial else max(1, window - before - after)
        for window, (before, after) in zip(op.window, op.pads, strict=True)
    ]
    checked = _bounded(shape[len(shape) - op.spatial :], least)
    wanted, made = (pooled, shape) if isinstance(op, MaxPoolGradient) else (shape, pooled)
    return _behind(made, [x, *(_having(other, wanted) for other in others)], checked)


def _windows(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    op, shape = node.op, _shape(ghosts[0])
    outer = len(shape) - len(op.window)
    checked = _bounded(shape[outer:], op.window)
    return _behind([*shape[:outer], *op.places(shape[outer:]), *op.window], ghosts, checked)


def _overlap_add(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    op, shape = node.op, _shape(ghosts[0])
    outer = shape[: len(shape) - 2 * len(op.window)]
    extents = list(node.inputs[1:])
    places = Windows(op.window, op.strides).places(extents)
    windows = _having(ghosts[0], [*outer, *places, *op.window])
    return _behind([*outer, *extents], [windows], _bounded(extents, op.window))


def _convolution(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    op, geometry = node.op, node.op.geometry
    n, groups = geometry.spatial, geometry.groups
    numbers = node.inputs[2:]
    pads = op.pads(node.inputs)
    shapes = op.shapes([_shape(ghost) for ghost in ghosts[:2]], numbers)
    image, kernel, output = shapes["image"], shapes["kernel"], shapes["output"]
    places = geometry.places(image[2:], kernel[-n:], pads)
    units = kernel[0] // groups * groups if groups > 1 else kernel[0]
    part = kernel[-n - 1]
    wanted: Mapping[str, Sequence[Any]] = {
        "image": (output[0], part * groups if groups > 1 else part, *image[2:]),
        "kernel": (
            units if op.result == "output" else output[1],
            *(places if geometry.unshared else ()),
            part,
            *kernel[-n:],
        ),
        "output": (image[0], units, *places),
    }
    held = [_having(ghost, wanted[role]) for role, ghost in zip(op.operands, ghosts, strict=False)]
    checked = _bounded(
        [*kernel[-n:], *places, *(pad for both in pads for pad in both)],
        [1] * 2 * n + [0] * 2 * n,
    )
    return _behind(shapes[op.result], held, checked)


RULES_OF_WINDOWS: dict[type, Rule] = {
    Conv: _convolution,
    ConvInputGradient: _convolution,
    ConvKernelGradient: _convolution,
    MaxPool: _pool,
    MaxPoolGradient: _pool,
    MaxPoolSelect: _pool,
    OverlapAdd: _overlap_add,
    Windows: _windows,
}
