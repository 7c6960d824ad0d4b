"""Launches of the OpenCL back end's routines, run on arrays of the host."""

from functools import cache
from typing import NamedTuple

import numpy as np
from symgraph.backends.opencl.devices.driver import cl
from symgraph.backends.opencl.launches import BufferArgument, Launch, Scratch, View

# Elements around an array that no kernel may write.
MARGIN = 40


class SomeFacts(NamedTuple):
    """Facts of a device that there need not be."""

    is_cpu: bool
    local_bytes: int = 2**15
    group_items: int = 256
    units: int = 2


@cache
def queue() -> "cl.CommandQueue":
    """A queue of the first device."""
    return cl.CommandQueue(cl.Context([cl.get_platforms()[0].get_devices()[0]]))


@cache
def _kernel(source: str, name: str) -> "cl.Kernel":
    program = cl.Program(queue().context, source).build(options=["-cl-std=CL1.2"])
    return cl.Kernel(program, name)


def run_launches(launches: list[Launch], arrays: dict[str, np.ndarray]) -> None:
    """Run launches whose roots are names of flat arrays: these are changed in place."""
    buffers = {}
    context = queue().context
    for name, array in arrays.items():
        buffers[name] = cl.Buffer(
            context, cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR, hostbuf=array
        )
    for launch in launches:
        arguments = []
        for argument in launch.arguments:
            if isinstance(argument, BufferArgument):
                if isinstance(argument.root, Scratch) and argument.root not in buffers:
                    # What nobody wrote is nan.
                    buffers[argument.root] = cl.Buffer(
                        context,
                        cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR,
                        hostbuf=np.full(argument.root.elements, np.nan, argument.root.dtype),
                    )
                arguments.append(buffers[argument.root])
            else:
                arguments.append(argument)
        kernel = _kernel(launch.source, launch.kernel)
        kernel(queue(), launch.global_size, launch.local_size, *arguments)
    for name, array in arrays.items():
        cl.enqueue_copy(queue(), array, buffers[name])
    queue().finish()


def laid_out(values: np.ndarray, root: str, strides: tuple[int, ...]) -> tuple[np.ndarray, View]:
    """A flat array with margins of nan, and a view of it with these strides that has the values.

    Where elements share a place, the last one counts.
    """
    ends = [(extent - 1) * stride for extent, stride in zip(values.shape, strides, strict=True)]
    before = -sum(min(end, 0) for end in ends) if values.size else 0
    after = sum(max(end, 0) for end in ends) if values.size else 0
    flat = np.full(2 * MARGIN + before + after + 1, np.nan, values.dtype)
    view = View(root, str(values.dtype), values.shape, MARGIN + before, strides)
    seen(flat, view)[...] = values
    return flat, view


def seen(flat: np.ndarray, view: View) -> np.ndarray:
    """The array that a view shows."""
    strides = [stride * flat.itemsize for stride in view.strides]
    return np.lib.stride_tricks.as_strided(flat[view.offset :], view.extents, strides)
