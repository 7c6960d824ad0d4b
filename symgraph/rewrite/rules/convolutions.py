"""Convolutions that are simpler operations, and padding merged into convolutions."""

from collections.abc import Callable, Sequence
from math import prod

from symgraph.graph import Apply, Variable
from symgraph.ops import (
    BroadcastTo,
    Conv,
    ConvInputGradient,
    ConvKernelGradient,
    DimShuffle,
    Dot,
    IncSubtensor,
    MaxPool,
)
from symgraph.ops.constant import constant
from symgraph.ops.reshape import Reshape
from symgraph.ops.shape import inferred_extents, known_extent
from symgraph.ops.subtensor import bind
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.patterns import number_of


@context_rule("whole_image", Conv, ConvInputGradient, ConvKernelGradient)
def whole_image(node: Apply, context: RewriteContext) -> Variable | None:
    """conv(x, w) → dot(x as rows, w as rows . T), where the kernel has one position in the image;
    likewise for both derivatives"""
    op, n = node.op, node.op.geometry.spatial
    if op.groups != 1 or op.unshared or any(number_of(p) != 0 for p in node.inputs[2 : 2 + 2 * n]):
        return None
    arrays = dict(zip(op.operands, node.inputs, strict=False)) | {op.result: node.outputs[0]}
    image, kernel, output = (arrays[role] for role in ("image", "kernel", "output"))
    extents = context.keys(kernel)[2:]
    if context.keys(image)[2:] != extents or not all(isinstance(e, int) and e for e in extents):
        return None
    if any(d != 1 != e for d, e in zip(op.dilations, extents, strict=True)):
        return None
    # For the derivatives the operand must have one position.
    if any(key != 1 for key in context.keys(output)[2:]):
        return None
    return _PRODUCTS[op.result](image, kernel, output)


def _rows(x: Variable) -> Variable:
    """Return `x` with all axes after the first flattened into one."""
    first, *others = inferred_extents(x)
    known = prod(e for e in map(known_extent, others) if e is not None)
    size: Variable = constant(known, "int64")
    for extent in others:
        size = extent * size if known_extent(extent) is None else size
    return _shaped(x, [first, size])


def _shaped(x: Variable, extents: Sequence[Variable]) -> Variable:
    result: Variable = Reshape(tuple(map(known_extent, extents)))(x, *extents)
    return result


def _output(image: Variable, kernel: Variable, output: Variable) -> Variable:
    product = Dot()(_rows(image), DimShuffle((1, 0))(_rows(kernel)))
    places: Variable = DimShuffle((0, 1, *["x"] * (output.type.ndim - 2)))(product)
    return places


def _image(image: Variable, kernel: Variable, output: Variable) -> Variable:
    product = Dot()(DimShuffle((0, 1))(output), _rows(kernel))
    return _shaped(product, [inferred_extents(product)[0], *inferred_extents(kernel)[1:]])


def _kernel(image: Variable, kernel: Variable, output: Variable) -> Variable:
    product = Dot()(DimShuffle((1, 0))(output), _rows(image))
    return _shaped(product, [inferred_extents(product)[0], *inferred_extents(image)[1:]])


_PRODUCTS: dict[str, Callable[..., Variable]] = {
    "output": _output,
    "image": _image,
    "kernel": _kernel,
}


@context_rule("zeros_around", Conv)
def zeros_around(node: Apply, context: RewriteContext) -> Variable | None:
    """conv(x padded with zeros, w) → conv(x, w) with that much more padding"""
    image, kernel, *pads = node.inputs
    inner = image.owner
    if inner is None or not isinstance(inner.op, IncSubtensor):
        return None
    blank, x, *indices = inner.inputs
    template = inner.op.template
    if not _is_zero(blank) or x.type.ndim != image.type.ndim or x.type.dtype != image.type.dtype:
        return None
    if context.keys(x)[:2] != context.keys(blank)[:2] or "int" in template:
        return None
    bounds = [*bind(template, indices), *[(None, None, None)] * (x.type.ndim - len(template))]
    around = [_around(*b, *e) for b, *e in zip(bounds, blank.type.shape, x.type.shape, strict=True)]
    known = [number_of(pad) for pad in pads]
    if None in around[2:] or None in known or any(b != (None, None, None) for b in bounds[:2]):
        return None
    more = [extra for pair in around[2:] if pair is not None for extra in pair]
    numbers = [int(a) + b for a, b in zip(known, more, strict=True)]  # type: ignore[arg-type]
    return node.op(x, kernel, *(constant(number, "int64") for number in numbers))


def _is_zero(blank: Variable) -> bool:
    broadcast = blank.owner is not None and isinstance(blank.owner.op, BroadcastTo)
    return number_of(blank.owner.inputs[0] if broadcast else blank) == 0  # type: ignore[union-attr]


def _around(
    start: Variable | None, stop: Variable | None, step: Variable | None, whole: int | None,
    own: int | None,
) -> tuple[int, int] | None:  # fmt: skip
    """Return the distances of a part of an axis, which `own` fills, from both ends; None where not
    known."""
    bounds = [None if b is None else number_of(b) for b in (start, stop, step)]
    if None in (whole, own) or any(
        b is not None and n is None for b, n in zip((start, stop, step), bounds, strict=True)
    ):
        return None
    part = range(whole)[slice(*bounds)]  # type: ignore[arg-type, misc]
    if len(part) != own or part.step != 1 or not part:
        return None
    return part.start, whole - part.stop  # type: ignore[operator]


@node_rule("useless_pool", MaxPool)
def useless_pool(node: Apply) -> Variable | None:
    """max_pool(x) → x, where each window is one cell"""
    op = node.op
    every = all(w == s == 1 for w, s in zip(op.window, op.strides, strict=True))
    return node.inputs[0] if every else None


USELESS = (zeros_around, useless_pool)
RULES = (whole_image,)
