"""Values of tensors that are kept in a device's memory."""

from typing import Any

import numpy as np


class Resident:
    """A value of a tensor that is kept in a device's memory; a back end derives its own.

    Shared variables may hold one. Whoever asks for their value gets an array of the host.
    """

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def host(self) -> np.ndarray:
        """Return the elements as an array of the host, which must not be changed."""
        raise NotImplementedError

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.host()
        return array.astype(array.dtype if dtype is None else dtype) if copy else array

    def __reduce__(self) -> Any:
        return np.array, (self.host(),)
