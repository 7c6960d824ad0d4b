"""Arrays in a device's memory, which shared variables hold between calls."""

from typing import Any

import numpy as np
from symgraph.backends.opencl.stream import Stream

from symgraph.graph import Resident


class DeviceArray(Resident):
    """An array in a device's memory, which never changes: updates make new ones."""

    def __init__(
        self, stream: Stream, buffer: Any, shape: tuple[int, ...], dtype: np.dtype
    ) -> None:
        self.stream = stream
        self.buffer = buffer
        self.shape = shape
        self.dtype = dtype
        self._host: np.ndarray | None = None

    def host(self) -> np.ndarray:
        """Return the elements as an array of the host, which must not be changed; it is kept for
        the next one who asks."""
        if self._host is None:
            with self.stream.lock:
                array = self.stream.memory.download(self.buffer, self.shape, self.dtype)
            array.flags.writeable = False
            self._host = array
        return self._host
