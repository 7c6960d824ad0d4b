"""A convolution's arrays and numbers, and the parameters that its kernels share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from symgraph.backends.opencl.launches import (
    C_TYPES,
    Argument,
    BufferArgument,
    View,
    offset_argument,
)


@dataclass(frozen=True)
class Convolution:
    """One of the three arrays of a convolution, computed from the other two: the image (N, C, *I),
    the kernel (K, C / groups, *F) and the output (N, K, *O). `before` is the padding before the
    image on each spatial axis; it may be negative.
    """

    computes: str
    image: View
    kernel: View
    output: View
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    groups: int
    before: tuple[int, ...]

    @property
    def dtype(self) -> str:
        """Return the dtype of all arrays."""
        return self.image.dtype

    @property
    def spatial(self) -> int:
        """Return the number of spatial axes."""
        return len(self.strides)

    @property
    def result(self) -> View:
        """Return the array that is computed."""
        found: View = getattr(self, self.computes)
        return found

    def group(self, number: int) -> "Convolution":
        """Return the convolution of one group's channels."""
        outputs, inputs = self.kernel.extents[0] // self.groups, self.kernel.extents[1]
        return replace(
            self,
            image=_part(self.image, 1, number * inputs, inputs),
            kernel=_part(self.kernel, 0, number * outputs, outputs),
            output=_part(self.output, 1, number * outputs, outputs),
            groups=1,
        )


def _part(x: View, axis: int, begin: int, count: int) -> View:
    extents = (*x.extents[:axis], count, *x.extents[axis + 1 :])
    return x._replace(extents=extents).shifted(begin * x.strides[axis])


# The arrays' names in kernels, in the order of parameters, with a letter for their extents.
NAMES = {"image": "v", "kernel": "w", "output": "y"}


def array_parameters(problem: Convolution) -> str:
    """Return the parameters for the three arrays: `v`, `w` and `y` with offsets `v_at` and strides
    `v_s0`, ..., and the spatial extents `v0`, ...; then the numbers of images, groups, outputs
    and inputs of a group, and `step0`, ..., `gap0`, ..., `pad0`, ..."""
    t, n = C_TYPES[problem.dtype], problem.spatial
    lines = []
    for role, x in NAMES.items():
        const = "" if role == problem.computes else "const "
        strides = ", ".join(f"long {x}_s{i}" for i in range(n + 2))
        lines.append(f"__global {const}{t}* restrict {x}, long {x}_at, {strides}")
        lines.append(", ".join(f"int {x}{i}" for i in range(n)))
    lines.append("int images, int groups, int outputs, int inputs")
    lines += [", ".join(f"int {x}{i}" for i in range(n)) for x in ("step", "gap", "pad")]
    return ",\n    ".join(lines)


def array_arguments(problem: Convolution) -> tuple[Argument, ...]:
    """Return the arguments for `array_parameters`."""
    values: list[Argument] = []
    for role in NAMES:
        x: View = getattr(problem, role)
        values += [BufferArgument(x.root), offset_argument(x.offset)]
        values += map(np.int64, x.strides)
        values += map(np.int32, x.extents[2:])
    outputs, inputs = problem.kernel.extents[:2]
    groups = problem.groups
    values += map(np.int32, (problem.image.extents[0], groups, outputs // groups, inputs))
    for numbers in (problem.strides, problem.dilations, problem.before):
        values += map(np.int32, numbers)
    return tuple(values)


def decoded(name: str, extents: Sequence[str], names: Sequence[str]) -> str:
    """Return statements that split a number into positions along axes, which are declared."""
    lines = [f"long rest = {name};"]
    for extent, position in reversed(list(zip(extents[1:], names[1:], strict=True))):
        lines.append(f"const int {position} = (int)(rest % {extent}); rest /= {extent};")
    lines.append(f"const int {names[0]} = (int)rest;")
    return " ".join(lines)
