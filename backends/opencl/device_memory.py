"""The memory of a device: a pool for arrays, and the transfers to and from it.

What an array no longer needs goes back to the pool, and is given out again before new memory is
asked for. All work is in one queue, so that happens behind the work that used it.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
from symgraph.backends.opencl.devices import Device
from symgraph.backends.opencl.devices.driver import cl
from symgraph.backends.opencl.errors import translated

# Bytes of a buffer where an array has none: there are no empty buffers.
LEAST = 16
# Whether each buffer is memory of its own and of its exact size, so that tools that watch memory
# see what reads or writes beyond it.
APART = False
# Limit on the transfers that are under way.
UNDER_WAY = 64


class Transfers:
    """Counts what moves between host and device."""

    def __init__(self) -> None:
        self.sent = self.received = 0
        self.bytes_sent = self.bytes_received = 0


class DeviceMemory:
    """The memory of a device, and the transfers to and from it."""

    def __init__(self, device: Device, queue: Any) -> None:
        self.device = device
        self.queue = queue
        self.transfers = Transfers()
        # pyopencl waits for a transfer whose event nobody has any more.
        self._under_way: deque[Any] = deque()
        self.pool = cl.tools.MemoryPool(cl.tools.ImmediateAllocator(queue))

    def allocate(self, size: int) -> Any:
        """Return memory of this many bytes. Raises MemoryError."""
        if APART:
            return self.new(size, "allocating an array")
        try:
            return self.pool.allocate(max(size, LEAST))
        except cl.Error as error:
            self.pool.free_held()
            raise translated(error, self.device.facts, "allocating an array", size) from error

    def new(self, size: int, doing: str) -> Any:
        """Return memory that is not of the pool. Raises MemoryError."""
        try:
            flags = cl.mem_flags.READ_WRITE
            return cl.Buffer(self.device.context, flags, max(size, 1 if APART else LEAST))
        except cl.Error as error:
            raise translated(error, self.device.facts, doing, size) from error

    def upload(self, array: np.ndarray, private: bool = False) -> Any:
        """Return new memory with the elements of an array in C order. The array must not change
        until the work in the queue is done, unless it is the caller's `private` copy."""
        buffer = self.allocate(array.nbytes)
        if array.nbytes:
            own = array if private else np.ascontiguousarray(array)
            self.send(own, buffer)
        return buffer

    def send(self, array: np.ndarray, buffer: Any) -> None:
        """Copy the elements of an array, which must not change meanwhile, when the work so far is
        done."""
        flat = array.reshape(-1).view(np.uint8)
        sent = cl.enqueue_copy(self.queue, buffer, flat, is_blocking=False)
        complete = cl.command_execution_status.COMPLETE
        under_way = self._under_way
        under_way.append(sent)
        while len(under_way) > UNDER_WAY or under_way[0].command_execution_status == complete:
            under_way.popleft()
            if not under_way:
                break
        self.transfers.sent += 1
        self.transfers.bytes_sent += array.nbytes

    def download(self, buffer: Any, shape: Sequence[int], dtype: Any, wait: bool = True) -> Any:
        """Return the begin of memory as a new array. Unless `wait`, its elements are there when the
        work in the queue is done."""
        array = np.empty(shape, dtype)
        if array.nbytes:
            flat = array.reshape(-1).view(np.uint8)
            try:
                cl.enqueue_copy(self.queue, flat, buffer, is_blocking=wait)
            except cl.Error as error:
                raise translated(error, self.device.facts, "reading a result") from error
            self.transfers.received += 1
            self.transfers.bytes_received += array.nbytes
        return array
