"""`mnist.pkl.gz` of the deep learning tutorials, read without ever running what it holds.

The file is a pickle of ((x, y), (x, y), (x, y)): training, validation and test. A pickle may
name any function and have it called, so the reader below knows the five names that NumPy arrays
need and refuses everything else.
"""

import io
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from .idx import read_bytes
from .pixels import as_samples
from .split import DataSet

_NUMERIC = re.compile(r"[<>|=]?[biuf](1|2|4|8)")


class _ForbiddenError(pickle.UnpicklingError):
    pass


class _ArrayMark:
    """Stands for `numpy.ndarray` as an argument; calling it would allocate at the file's word."""

    def __init__(self, *arguments: Any) -> None:
        raise _ForbiddenError("it constructs an array directly")


def _reconstruct(kind: Any, shape: Any, code: Any) -> np.ndarray:
    if kind is not _ArrayMark:
        raise _ForbiddenError("it reconstructs something other than an array")
    return np.empty(0, dtype=np.int8)  # the real content follows as the array's state


def _dtype(code: Any, *_flags: Any) -> np.dtype:
    text = code.decode("latin1") if isinstance(code, bytes) else code
    if not isinstance(text, str) or not _NUMERIC.fullmatch(text):
        raise _ForbiddenError(f"it holds an array of {code!r}, only numbers are read")
    return np.dtype(text)


def _encode(text: Any, encoding: Any) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise _ForbiddenError(f"it encodes text as {encoding!r}")
    return text.encode("latin1")


def _frombuffer(buffer: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    return np.frombuffer(buffer, dtype=dtype).reshape(shape, order=order)


_ALLOWED: dict[tuple[str, str], Callable | type] = {
    ("numpy", "ndarray"): _ArrayMark,
    ("numpy", "dtype"): _dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("numpy._core.numeric", "_frombuffer"): _frombuffer,
    ("_codecs", "encode"): _encode,
}


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise _ForbiddenError(f"it asks for {module}.{name}") from None


def read_arrays(path: str | Path) -> Any:
    """The tuples, lists and numeric arrays pickled in `path` (plain or `.gz`)."""
    path = Path(path)
    content = read_bytes(path)
    try:
        return _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    except _ForbiddenError as error:
        raise DataError(
            path, f"refused: this pickle is more than arrays of numbers, {error}"
        ) from None
    except EOFError:
        raise DataError(path, "the pickle is truncated") from None
    # A damaged pickle can fail in any way its opcodes can; none of them says more than this.
    except Exception as error:
        raise DataError(path, f"not a sound pickle ({error})") from None


def load_pickled(path: str | Path, dtype: str = "float32") -> DataSet:
    """`mnist.pkl.gz`, or the same pickle unpacked."""
    content = read_arrays(path)
    parts = []
    if not isinstance(content, tuple | list) or len(content) != 3:
        raise DataError(path, "expected three parts: training, validation and test")
    for name, part in zip(("training", "validation", "test"), content, strict=True):
        arrays = isinstance(part, tuple | list) and all(isinstance(a, np.ndarray) for a in part)
        if not arrays or len(part) != 2:
            raise DataError(path, f"the {name} part is not a pair of arrays (images, labels)")
        parts.append(as_samples(path, part[0], part[1], dtype))
    if len({part.x.shape[1] for part in parts}) != 1:
        widths = [part.x.shape[1] for part in parts]
        raise DataError(path, f"the three parts have different numbers of features: {widths}")
    return DataSet(Path(path).name, *parts)
