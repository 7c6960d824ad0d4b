"""Convolution and its two derivatives, over any number of spatial axes.

All three are partial derivatives of one trilinear form of an image V (N, C, *I), a kernel
K (K, C / groups, *F) and an output G (N, K, *O), which for one group is

    sum over n, k, c, o, f of  V[n, c, o * stride + f * dilation - before] K[k, c, f] G[n, k, o]

where V is zero outside its extents. The derivative by G is the cross-correlation of V with K
(`Conv`: no kernel is flipped), that by V is `ConvInputGradient` (a transposed convolution), that by
K is `ConvKernelGradient`. So the derivatives of each are the other two. With several groups, each
has its own part of the channels of V and of G. An unshared kernel, (K, *O, C / groups, *F), has its
own weights at each output position o.

The inputs after the two arrays are int64 scalars: the pads (before, after) of each spatial axis in
turn, then the spatial extents of the result that the arrays do not determine: *I or *F.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from symgraph.graph import (
    Apply,
    Constant,
    Extent,
    Op,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
)
from symgraph.ops.conv_shapes import Geometry, Shapes
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.scalar import conjugate, promote
from symgraph.ops.shape import as_extent, extents_of, keys_of_extents

_Index = tuple[Any, ...]


def _known(number: Variable) -> int | None:
    return int(number.data) if isinstance(number, Constant) else None


class ConvolutionOp(Op):
    """The base class of the three convolutions. `strides` and `dilations` have an entry per spatial
    axis."""

    __props__: tuple[str, ...] = ("strides", "dilations", "groups", "unshared")
    # The roles of the two arrays among the inputs, and that of the result.
    operands: ClassVar[tuple[str, str]]
    result: ClassVar[str]

    def __init__(
        self,
        strides: Sequence[int],
        dilations: Sequence[int],
        groups: int = 1,
        unshared: bool = False,
    ) -> None:
        self.strides: tuple[int, ...] = tuple(strides)
        self.dilations: tuple[int, ...] = tuple(dilations)
        self.groups = groups
        self.unshared = unshared
        self.geometry: Geometry = Geometry(self.strides, self.dilations, groups, unshared)

    def pads(self, inputs: Sequence[Any]) -> list[tuple[Any, Any]]:
        """Return (before, after) for each spatial axis, from the inputs of a node or their
        values."""
        numbers = inputs[2 : 2 + 2 * self.geometry.spatial]
        return list(zip(numbers[::2], numbers[1::2], strict=True))

    def given(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Return the spatial extents of the result among the inputs of a node, or their values."""
        return inputs[2 + 2 * self.geometry.spatial :]

    def related(self, kind: "type[ConvolutionOp]", *inputs: Variable) -> Variable:
        """Apply another of the three operations, with the same attributes."""
        result: Variable = kind(self.strides, self.dilations, self.groups, self.unshared)(*inputs)
        return result

    def shapes(self, arrays: Sequence[tuple[Any, ...]], numbers: Sequence[Any]) -> Shapes:
        """Return all three shapes, from those of the operands and the other inputs."""
        shapes = dict(zip(self.operands, arrays, strict=True))
        inputs = [None, None, *numbers]
        self.geometry.complete(shapes, self.pads(inputs), self.given(inputs))
        return shapes

    def output_types(self, *inputs: Variable) -> Sequence[TensorType]:
        n = self.geometry.spatial
        count = 2 + 2 * n + (0 if self.result == "output" else n)
        if len(inputs) != count:
            raise TypeError(f"{self} takes two arrays and {count - 2} integers, not {inputs}")
        what = {}
        for role, variable in zip(self.operands, inputs, strict=False):
            what[role] = f"the {role} {variable} ({variable.type})"
            wanted = self.geometry.ndim(role)
            if variable.type.ndim != wanted:
                raise TypeError(f"convolution: {what[role]} must have {wanted} dimensions")
        numbers = [_known(as_extent(v, f"{self}: a pad or extent")) for v in inputs[2:]]
        shapes = self.shapes([variable.type.shape for variable in inputs[:2]], numbers)
        self.geometry.check(shapes, self.pads([None, None, *numbers]), what)
        dtype = promote([variable.type.dtype for variable in inputs[:2]])
        return [TensorType(dtype, shapes[self.result])]

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        keys = {role: extent_keys(v) for role, v in zip(self.operands, inputs, strict=False)}
        set_keys(node.outputs[0], self._keys(keys, keys_of_extents(self.given(inputs))))
        return node

    def _keys(self, keys: Shapes, given: Sequence[Any]) -> Sequence[Any]:
        n = self.geometry.spatial
        if self.result == "output":
            own = keys["kernel"][1 : n + 1] if self.unshared else [None] * n
            return [keys["image"][0], keys["kernel"][0], *own]
        if self.result == "image":
            channels = keys["kernel"][-n - 1] if self.groups == 1 else None
            return [keys["output"][0], channels, *given]
        channels = keys["image"][1] if self.groups == 1 else None
        return [keys["output"][1], *(keys["output"][2:] if self.unshared else ()), channels, *given]

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        numbers: list[Extent] = []
        for variable in node.inputs[2:]:
            known = _known(variable)
            numbers.append(variable if known is None else known)
        own = self.shapes(shapes[:2], numbers)[self.result]
        types = node.outputs[0].type.shape
        return [tuple(o if k is None else k for o, k in zip(own, types, strict=True))]

    def shape_constraints(self, node: Apply) -> list[tuple[Any, Any]]:
        keys = dict(zip(self.operands, map(extent_keys, node.inputs), strict=False))
        image, kernel, output = (keys.get(role) for role in ("image", "kernel", "output"))
        n = self.geometry.spatial
        if output is None and image is not None and kernel is not None:
            return [(image[1], kernel[-n - 1])] if self.groups == 1 else []
        if image is None and kernel is not None and output is not None:
            own = zip(kernel[1 : n + 1], output[2:], strict=True) if self.unshared else ()
            return [(kernel[0], output[1]), *own]
        assert image is not None and output is not None
        return [(image[0], output[0])]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        geometry, n, groups = self.geometry, self.geometry.spatial, self.groups
        pads = self.pads(node.inputs)
        arrays = [tuple(context.known_extents(proxy)) for proxy in context.operands[:2]]
        shapes = self.shapes(arrays, node.inputs[2:])
        image, kernel, output = shapes["image"], shapes["kernel"], shapes["output"]
        places = geometry.places(image[2:], kernel[-n:], pads)
        units = kernel[0] // groups * groups if groups > 1 else kernel[0]
        part = kernel[-n - 1]
        wanted: dict[str, Sequence[Any]] = {
            "image": (output[0], part * groups if groups > 1 else part, *image[2:]),
            "kernel": (
                units if self.result == "output" else output[1],
                *(places if self.unshared else ()),
                part,
                *kernel[-n:],
            ),
            "output": (image[0], units, *places),
        }
        held = [
            context.requiring(proxy, wanted[role])
            for role, proxy in zip(self.operands, context.operands, strict=False)
        ]
        numbers = [*kernel[-n:], *places, *(pad for both in pads for pad in both)]
        checked = context.at_least(numbers, [1] * 2 * n + [0] * 2 * n)
        return context.of(shapes[self.result], [*held, *checked])

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], [True], *([False] for _ in node.inputs[2:])]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        a, b, *numbers = node.inputs
        terms = [
            None if tangents[0] is None else self(tangents[0], b, *numbers),
            None if tangents[1] is None else self(a, tangents[1], *numbers),
        ]
        found = [term for term in terms if term is not None]
        return [found[0] + found[1] if len(found) == 2 else next(iter(found), None)]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        arrays, numbers = values[:2], [int(value) for value in values[2:]]
        shapes = self.shapes([array.shape for array in arrays], numbers)
        pads = self.pads([None, None, *numbers])
        what = {
            role: f"the {role} of shape {array.shape}"
            for role, array in zip(self.operands, arrays, strict=True)
        }
        self.geometry.check(shapes, pads, what)
        dtype = node.outputs[0].type.dtype
        work = "float32" if dtype == "float16" else dtype
        parts = _Parts(self.geometry, shapes, pads)
        with np.errstate(all="ignore"):
            result = self.meaning(parts, *(array.astype(work, copy=False) for array in arrays))
            # float16 overflows here.
            return (np.asarray(result, dtype=dtype),)

    def meaning(self, parts: "_Parts", a: np.ndarray, b: np.ndarray) -> np.ndarray:
        raise NotImplementedError


class Conv(ConvolutionOp):
    """The cross-correlation (N, K, *O) of an image with a kernel; inputs are both, and pads."""

    operands = ("image", "kernel")
    result = "output"

    def meaning(self, parts: "_Parts", a: np.ndarray, b: np.ndarray) -> np.ndarray:
        image, kernel = parts.padded(a), parts.weights(b)
        output = np.zeros(parts.output, a.dtype)
        for at, where in parts.positions():
            output += np.einsum(parts.sums["output"], parts.met(image, where), kernel[at])
        return output.reshape(parts.shapes["output"])

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        image, kernel, *pads = node.inputs
        g, n = cotangents[0], self.geometry.spatial
        if g is None:
            return [None] * len(node.inputs)
        by_image = self.related(
            ConvInputGradient, conjugate(kernel), g, *pads, *extents_of(image)[2:]
        )
        by_kernel = self.related(
            ConvKernelGradient, conjugate(image), g, *pads, *extents_of(kernel)[-n:]
        )
        return [by_image, by_kernel, *([None] * len(pads))]


class ConvInputGradient(ConvolutionOp):
    """The gradient by the image (N, C, *I), from an output's gradient and a kernel: the transposed
    convolution. Inputs are the kernel, the gradient, pads, and *I."""

    operands = ("kernel", "output")
    result = "image"

    def meaning(self, parts: "_Parts", a: np.ndarray, b: np.ndarray) -> np.ndarray:
        kernel, output = parts.weights(a), b.reshape(parts.output)
        image = parts.empty(a.dtype)
        for at, where in parts.positions():
            part = np.einsum(parts.sums["image"], kernel[at], output)
            image[where] += part.reshape(image[where].shape)
        return parts.cropped(image)

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        kernel, output, *numbers = node.inputs
        v, n = cotangents[0], self.geometry.spatial
        if v is None:
            return [None] * len(node.inputs)
        pads = numbers[: 2 * n]
        by_kernel = self.related(
            ConvKernelGradient, v, conjugate(output), *pads, *extents_of(kernel)[-n:]
        )
        return [
            by_kernel,
            self.related(Conv, v, conjugate(kernel), *pads),
            *([None] * len(numbers)),
        ]


class ConvKernelGradient(ConvolutionOp):
    """The gradient by the kernel (K, C / groups, *F), from an output's gradient and an image.
    Inputs are the image, the gradient, pads, and *F."""

    operands = ("image", "output")
    result = "kernel"

    def meaning(self, parts: "_Parts", a: np.ndarray, b: np.ndarray) -> np.ndarray:
        image, output = parts.padded(a), b.reshape(parts.output)
        kernel = parts.weights(np.zeros(parts.shapes["kernel"], a.dtype))
        for at, where in parts.positions():
            kernel[at] = np.einsum(parts.sums["kernel"], parts.met(image, where), output)
        return kernel.reshape(parts.shapes["kernel"])

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        image, output, *numbers = node.inputs
        k, n = cotangents[0], self.geometry.spatial
        if k is None:
            return [None] * len(node.inputs)
        pads = numbers[: 2 * n]
        by_image = self.related(
            ConvInputGradient, k, conjugate(output), *pads, *extents_of(image)[2:]
        )
        return [by_image, self.related(Conv, conjugate(image), k, *pads), *([None] * len(numbers))]


class _Parts:
    """The arrays of a convolution, with an axis for groups (g), and all output positions as one
    axis (p): images (n, g, c, ...), outputs (n, g, k, p), kernels (g, k, [p,] c, ...)."""

    shared: ClassVar = {
        "output": "ngcp,gkc->ngkp",
        "image": "gkc,ngkp->ngcp",
        "kernel": "ngcp,ngkp->gkc",
    }
    unshared: ClassVar = {
        "output": "ngcp,gkpc->ngkp",
        "image": "gkpc,ngkp->ngcp",
        "kernel": "ngcp,ngkp->gkpc",
    }

    def __init__(self, geometry: Geometry, shapes: Shapes, pads: Sequence[tuple[int, int]]) -> None:
        self.geometry = geometry
        self.shapes = shapes
        self.pads = pads
        # The contribution of each kernel position, by what is computed.
        self.sums = self.unshared if geometry.unshared else self.shared
        g = geometry.groups
        (batch, channels, *extents), kernel = shapes["image"], shapes["kernel"]
        self.places = shapes["output"][2:]
        self.image = (batch, g, channels // g, *extents)
        self.output = (batch, g, kernel[0] // g, int(np.prod(self.places, dtype=int)))

    def positions(self) -> Iterator[tuple[_Index, _Index]]:
        """Yield for each position in a kernel its index, and the index of what it meets of a padded
        image."""
        geometry = self.geometry
        for at in np.ndindex(*self.shapes["kernel"][-geometry.spatial :]):
            axes = zip(at, self.places, geometry.strides, geometry.dilations, strict=True)
            whole = (slice(None),) * 3
            yield (..., *at), (*whole, *(slice(f * d, f * d + o * s, s) for f, o, s, d in axes))

    def padded(self, image: np.ndarray) -> np.ndarray:
        return np.pad(image.reshape(self.image), [(0, 0)] * 3 + list(self.pads))

    def empty(self, dtype: Any) -> np.ndarray:
        """Return zeros of the shape of the padded image."""
        wide = (sum(pad) + e for pad, e in zip(self.pads, self.image[3:], strict=True))
        return np.zeros((*self.image[:3], *wide), dtype)

    def cropped(self, image: np.ndarray) -> np.ndarray:
        """Return the image without its pads."""
        axes = zip(self.pads, self.image[3:], strict=True)
        inner: _Index = (..., *(slice(before, before + e) for (before, _), e in axes))
        return image[inner].reshape(self.shapes["image"])

    def met(self, image: np.ndarray, where: _Index) -> np.ndarray:
        return image[where].reshape(*self.image[:3], self.output[3])

    def weights(self, kernel: np.ndarray) -> np.ndarray:
        g, (count, *rest) = self.geometry.groups, self.shapes["kernel"]
        n = self.geometry.spatial
        places = (self.output[3],) if self.geometry.unshared else ()
        return kernel.reshape(g, count // g, *places, rest[-n - 1], *rest[-n:])
