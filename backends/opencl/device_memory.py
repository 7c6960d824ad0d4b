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
from symgraph.backends.opencl.errors import beyond_limit, translated

from symgraph.compile.backends import Transfers
from symgraph.graph import config

# Bytes of a buffer where an array has none: there are no empty buffers.
LEAST = 16
# Whether each buffer is memory of its own and of its exact size, so that tools that watch memory
# see what reads or writes beyond it.
APART = False
# What arrays may take of a device's memory, unless the flag device_memory says otherwise.
SHARE = 0.9
# Limit on the transfers that are under way.
UNDER_WAY = 64


class DeviceMemory:
    """The memory of a device, and the transfers to and from it."""

    def __init__(self, device: Device, queue: Any) -> None:
        self.device = device
        self.queue = queue
        self.transfers = Transfers(0, 0, 0, 0)
        # pyopencl waits for a transfer whose event nobody has any more.
        self._under_way: deque[Any] = deque()
        self.pool = cl.tools.MemoryPool(cl.tools.ImmediateAllocator(queue))

    @property
    def limit(self) -> int:
        """Return how many bytes arrays may take in all."""
        megabytes = int(config.device_memory)
        return megabytes * 10**6 or int(SHARE * self.device.facts.memory_bytes)

    def allocate(self, size: int) -> Any:
        """Return memory of this many bytes. Raises MemoryError, also where the arrays would take
        more than the limit: some drivers give what they do not have, and fail when it is used."""
        if APART:
            return self.new(size, "allocating an array")
        limit = self.limit
        if self.pool.managed_bytes + size > limit:
            self.pool.free_held()
            if self.pool.active_bytes + size > limit:
                raise beyond_limit(self.device.facts, size, self.pool.active_bytes, limit)
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
        self._keep(sent)
        self.transfers = self.transfers.plus(sent=1, bytes_sent=array.nbytes)

    def _keep(self, event: Any) -> None:
        """Keep the event of a transfer until that is done."""
        complete = cl.command_execution_status.COMPLETE
        under_way = self._under_way
        under_way.append(event)
        while under_way and (
            len(under_way) > UNDER_WAY or under_way[0].command_execution_status == complete
        ):
            under_way.popleft()

    def download(self, buffer: Any, shape: Sequence[int], dtype: Any, wait: bool = True) -> Any:
        """Return the begin of memory as a new array. Unless `wait`, its elements are there when the
        work in the queue is done."""
        array = np.empty(shape, dtype)
        if array.nbytes:
            flat = array.reshape(-1).view(np.uint8)
            try:
                received = cl.enqueue_copy(self.queue, flat, buffer, is_blocking=wait)
            except cl.Error as error:
                raise translated(error, self.device.facts, "reading a result") from error
            if not wait:
                self._keep(received)
            self.transfers = self.transfers.plus(received=1, bytes_received=array.nbytes)
        return array
