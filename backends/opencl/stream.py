"""The queue of a device, in which all functions of this process put their work.

The work runs in the order in which it was put there. So memory may be used again as soon as what
uses it is in the queue, and what one function writes another one reads. `lock` is held while a call
puts in its work, not while that runs.
"""

from collections.abc import Iterable
from functools import cache
from threading import RLock
from typing import Any

from symgraph.backends.opencl.device_memory import DeviceMemory
from symgraph.backends.opencl.devices import Device
from symgraph.backends.opencl.devices.driver import cl
from symgraph.backends.opencl.errors import translated


class Stream:
    """The queue and the memory of a device."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.facts = device.facts
        self.lock = RLock()
        self.queue = device.queue()
        self.memory = DeviceMemory(device, self.queue)

    def build_all(self, sources: Iterable[str], name: str) -> dict[str, Any]:
        return self.device.build_all(sources, name)

    def kernel(self, program: Any, name: str) -> Any:
        """Return a new kernel, whose arguments are its own."""
        return cl.Kernel(program, name)

    def enqueue(
        self, kernel: Any, global_size: tuple[int, ...], local_size: tuple[int, ...] | None
    ) -> None:
        """Put a kernel with its arguments into the queue."""
        try:
            cl.enqueue_nd_range_kernel(self.queue, kernel, global_size, local_size)
        except cl.Error as error:
            raise translated(error, self.facts, f"running {kernel.function_name}") from error

    def marker(self) -> Any:
        """Return an event that comes when all work so far is done."""
        return cl.enqueue_marker(self.queue)


@cache
def stream_of(device: Device) -> Stream:
    """Return the stream of a device, one in this process."""
    return Stream(device)
