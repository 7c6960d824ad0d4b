"""The shapes of an image (N, C, *I), a kernel (K, C / groups, *F) and an output (N, K, *O) of one
convolution: each from the other two, and error messages where they do not fit.

Extents are ints or int64 scalars, or None where they are not known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symgraph.ops.extent_arithmetic import added, less, multiplied

Shapes = dict[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Geometry:
    """Strides and dilations of each spatial axis, and how channels and weights are shared.

    An unshared kernel, (K, *O, C / groups, *F), has its own weights at each position of the output.
    """

    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    groups: int
    unshared: bool

    def __post_init__(self) -> None:
        if not self.strides or len(self.strides) != len(self.dilations):
            raise ValueError(
                f"convolution: strides {self.strides} and dilations {self.dilations} must have an"
                " entry for each spatial axis"
            )
        if min((*self.strides, *self.dilations, self.groups)) < 1:
            raise ValueError(
                f"convolution: strides {self.strides}, dilations {self.dilations} and the number"
                f" of groups {self.groups} must be at least 1"
            )

    @property
    def spatial(self) -> int:
        return len(self.strides)

    def ndim(self, role: str) -> int:
        """Return the rank of the 'image', the 'kernel' or the 'output'."""
        return 2 + self.spatial * (2 if role == "kernel" and self.unshared else 1)

    def places(self, image: Sequence[Any], kernel: Sequence[Any], pads: Sequence[Any]) -> list[Any]:
        """Return the spatial extents of the output, from those of the image and the kernel."""
        axes = zip(image, kernel, pads, self.strides, self.dilations, strict=True)
        return [
            None if None in (i, f, before, after) else output_extent(i, f, before, after, s, d)
            for i, f, (before, after), s, d in axes
        ]

    def complete(self, shapes: Shapes, pads: Sequence[Any], given: Sequence[Any]) -> None:
        """Enter the missing shape into `shapes`. `given`: its spatial extents, unless it is the
        output."""
        n, g = self.spatial, self.groups
        if "output" not in shapes:
            image, kernel = shapes["image"], shapes["kernel"]
            shapes["output"] = (image[0], kernel[0], *self.places(image[2:], kernel[-n:], pads))
        elif "image" not in shapes:
            channels = shapes["kernel"][-n - 1]
            whole = channels if g == 1 or channels is None else multiplied(channels, g)
            shapes["image"] = (shapes["output"][0], whole, *given)
        else:
            channels = shapes["image"][1]
            part = channels if g == 1 or channels is None else channels // g
            own = shapes["output"][2:] if self.unshared else ()
            shapes["kernel"] = (shapes["output"][1], *own, part, *given)

    def check(self, shapes: Shapes, pads: Sequence[Any], what: Mapping[str, str]) -> None:
        """Raise ValueError where known extents of the three do not fit. `what` names the
        operands."""
        for problem in self._problems(shapes, pads):
            named = " and ".join(what.values())
            raise ValueError(f"convolution of {named}: {problem}")

    def _problems(self, shapes: Shapes, pads: Sequence[Any]) -> Iterator[str]:
        n, g = self.spatial, self.groups
        image, kernel, output = shapes["image"], shapes["kernel"], shapes["output"]
        part = kernel[-n - 1]
        if part is not None and differ(image[1], part * g):
            yield self._wrong_channels(image, kernel, part * g)
        if kernel[0] is not None and kernel[0] % g:
            yield f"the {kernel[0]} output channels do not divide into {g} groups"
        for axis, (i, f, pad) in enumerate(zip(image[2:], kernel[-n:], pads, strict=True)):
            yield from self._wrong_axis(axis, i, f, pad)
        if differ(image[0], output[0]):
            yield f"batches of {image[0]} and {output[0]} images"
        if differ(kernel[0], output[1]):
            yield f"the kernel makes {kernel[0]} channels, the output has {output[1]}"
        made = self.places(image[2:], kernel[-n:], pads)
        claims = {"the output": output[2:]}
        if self.unshared:
            claims["the unshared kernel"] = kernel[1 : n + 1]
        for where, extents in claims.items():
            if any(map(differ, extents, made)):
                yield f"it has the places {listed(made)}, but {where} has {listed(extents)}"

    def _wrong_channels(self, image: Any, kernel: Any, channels: int) -> str:
        each = f" ({kernel[-self.spatial - 1]} in each of {self.groups} groups)"
        text = (
            f"the image has {image[1]} channels, the kernel takes {channels}"
            f"{each if self.groups > 1 else ''}"
        )
        if image[-1] == channels:
            order = ", ".join(map(str, (0, self.spatial + 1, *range(1, self.spatial + 1))))
            return f"{text}; are the image's channels last? dimshuffle({order}) puts them first"
        if self.groups == 1 and kernel[0] == image[1]:
            return f"{text}; a kernel is (output channels, input channels, ...)"
        if image[1] % self.groups:
            return f"{text}; {image[1]} channels do not divide into {self.groups} groups"
        return text

    def _wrong_axis(self, axis: int, extent: Any, kernel: Any, pad: Any) -> Iterator[str]:
        before, after = pad
        if min(before or 0, after or 0) < 0:
            yield f"the pads {before} and {after} of spatial axis {axis} are negative"
        if kernel == 0:
            yield f"the kernel is empty on spatial axis {axis}"
        if None in (extent, kernel, before, after):
            return
        reach = (kernel - 1) * self.dilations[axis] + 1
        if reach > extent + before + after:
            dilated = f", dilated {reach}," if reach != kernel else ""
            yield (
                f"the kernel's extent {kernel}{dilated} is larger than the padded image's,"
                f" {before} + {extent} + {after}, on spatial axis {axis}"
            )


def output_extent(
    extent: Any, kernel: Any, before: Any, after: Any, stride: int, dilation: int
) -> Any:
    """Return the number of positions of a dilated kernel on a padded axis."""
    reach = added(multiplied(less(kernel, 1), dilation), 1) if dilation != 1 else kernel
    room: Any = less(added(extent, before, after), reach)
    return added(room // stride if stride != 1 else room, 1)


def differ(a: Any, b: Any) -> bool:
    """Return whether two extents are known to differ."""
    return a is not None and b is not None and a != b


def listed(extents: Sequence[Any]) -> str:
    return "(" + ", ".join("?" if extent is None else str(extent) for extent in extents) + ")"
