"""`mnist.pkl.gz` of the deep learning tutorials, read without ever running what it holds.

The file is a pickle of ((x, y), (x, y), (x, y)): training, validation and test. A pickle may
name any function and have it called, so the reader below knows the few names that NumPy arrays
are pickled with and refuses everything else. Even NumPy's own classes are not handed to it: what
a file may tell an array or a dtype about itself (flags, item sizes) can corrupt memory, so
stand-ins collect the description, and arrays are built from what was checked.
"""

import io
import pickle
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..errors import DataError
from ..files import read_content
from .pixels import as_samples
from .split import DataSet

_NUMERIC = re.compile(r"[<>|=]?[biuf](1|2|4|8)")
_BYTE_ORDERS = "<>|="
_UNPICKLER: Any = vars(pickle)["_Unpickler"]


class _ForbiddenError(pickle.UnpicklingError):
    pass


class _DType:
    """Hold what a pickle says of a dtype: a numeric code, then its byte order."""

    def __init__(self, code: Any, *_flags: Any) -> None:
        text = code.decode("latin1") if isinstance(code, bytes) else code
        if not isinstance(text, str) or not _NUMERIC.fullmatch(text):
            raise _ForbiddenError(f"it holds an array of {code!r}, only numbers are read")
        self.dtype = np.dtype(text)

    def __setstate__(self, state: Any) -> None:
        order = state[1].decode("latin1") if isinstance(state[1], bytes) else state[1]
        if order not in tuple(_BYTE_ORDERS):
            raise _ForbiddenError(f"it holds numbers of byte order {order!r}")
        self.dtype = np.dtype(order + self.dtype.str[1:])


class _Array:
    """Hold what a pickle says of an array: (version, shape, dtype, Fortran order, content)."""

    def __init__(self, encoded: Callable[[str], bytes]) -> None:
        self.value: np.ndarray | None = None
        self._encoded = encoded

    def __setstate__(self, state: Any) -> None:
        _version, shape, dtype, fortran, content = state
        self.fill(content, dtype, shape, "F" if fortran else "C")

    def fill(self, content: Any, dtype: Any, shape: Any, order: Any) -> "_Array":
        if not isinstance(dtype, _DType):
            raise _ForbiddenError("it holds an array without a numeric dtype")
        if isinstance(content, str):  # as Python 2 wrote bytes
            content = self._encoded(content)
        self.value = np.frombuffer(content, dtype=dtype.dtype).reshape(shape, order=order)
        return self


class _Named:
    """Stand for what the file gets for a name it may use: it can be called, and not be changed."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable) -> None:
        self._call = call

    def __call__(self, *arguments: Any) -> Any:
        return self._call(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise _ForbiddenError("it changes what it names")


def _construct(*_arguments: Any) -> Any:
    raise _ForbiddenError("it constructs an array directly")


_NDARRAY = _Named(_construct)


_ALLOWED = {
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): _Named(_DType),
}


class _ArrayUnpickler(_UNPICKLER):
    """Read pickles in Python: the one in C makes as much room as a file's numbers ask for."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), encoding="latin1")
        self._size = self._left = len(content)
        multiarray, numeric = _Named(self._reconstruct), _Named(self._from_buffer)
        self._allowed = _ALLOWED | {
            ("_codecs", "encode"): _Named(self._encode),
            ("numpy.core.multiarray", "_reconstruct"): multiarray,
            ("numpy._core.multiarray", "_reconstruct"): multiarray,
            ("numpy.core.numeric", "_frombuffer"): numeric,
            ("numpy._core.numeric", "_frombuffer"): numeric,
        }

    def _encoded(self, text: str) -> bytes:
        """Return the bytes that a text stands for: it might be asked for again and again, and is
        copied each time."""
        self._left -= len(text)
        if self._left < 0:
            raise _ForbiddenError("it encodes more text than it holds")
        return text.encode("latin1")

    def _encode(self, text: Any, encoding: Any) -> bytes:
        if encoding not in ("latin1", "latin-1"):
            raise _ForbiddenError(f"it encodes text as {encoding!r}")
        return self._encoded(text)

    def _reconstruct(self, kind: Any, _shape: Any, _code: Any) -> _Array:
        if kind is not _NDARRAY:
            raise _ForbiddenError("it reconstructs something other than an array")
        return _Array(self._encoded)

    def _from_buffer(self, content: Any, dtype: Any, shape: Any, order: Any) -> _Array:
        return _Array(self._encoded).fill(content, dtype, shape, order)

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._allowed[module, name]
        except KeyError:
            raise _ForbiddenError(f"it asks for {module}.{name}") from None

    def _bytearray(self) -> None:
        """Return a bytearray that is all there: the room for it is made before it is read."""
        (size,) = struct.unpack("<Q", self.read(8))
        content = self.read(min(size, self._size))
        if len(content) != size:
            raise EOFError
        self.append(bytearray(content))

    dispatch: ClassVar[dict[int, Any]] = {
        **_UNPICKLER.dispatch,
        pickle.BYTEARRAY8[0]: _bytearray,
    }

    def persistent_load(self, identifier: Any) -> Any:
        raise _ForbiddenError("it refers to objects outside the file")


def read_arrays(path: str | Path) -> Any:
    """Return the tuples, lists and numeric arrays pickled in `path` (plain or `.gz`)."""
    path = Path(path)
    content = read_content(path)
    try:
        return _with_arrays(_ArrayUnpickler(content).load())
    except _ForbiddenError as error:
        raise DataError(
            path, f"refused: this pickle is more than arrays of numbers, {error}"
        ) from None
    except EOFError:
        raise DataError(path, "the pickle is truncated") from None
    # A damaged pickle can fail in any way its opcodes can; none of them says more than this.
    except Exception as error:
        raise DataError(path, f"not a sound pickle ({error})") from None


def _with_arrays(content: Any) -> Any:
    """Return `content` with the arrays themselves, at the two levels a data set has."""

    def array(item: Any) -> Any:
        return item.value if isinstance(item, _Array) else item

    if isinstance(content, tuple | list):
        return [
            [array(item) for item in part] if isinstance(part, tuple | list) else array(part)
            for part in content
        ]
    return array(content)


def load_pickled(path: str | Path, dtype: str = "float32") -> DataSet:
    """Return the data of `mnist.pkl.gz`, or the same pickle unpacked. Raises `DataError`."""
    content = read_arrays(path)
    parts = []
    if not isinstance(content, list) or len(content) != 3:
        raise DataError(path, "expected three parts: training, validation and test")
    for name, part in zip(("training", "validation", "test"), content, strict=True):
        arrays = isinstance(part, list) and all(isinstance(a, np.ndarray) for a in part)
        if not arrays or len(part) != 2:
            raise DataError(path, f"the {name} part is not a pair of arrays (images, labels)")
        parts.append(as_samples(path, part[0], part[1], dtype))
    if len({part.x.shape[1] for part in parts}) != 1:
        widths = [part.x.shape[1] for part in parts]
        raise DataError(path, f"the three parts have different numbers of features: {widths}")
    train, validation, test = parts
    return DataSet(Path(path).name, train, validation, test)
