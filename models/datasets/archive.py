"""NumPy archives (`.npz`): `x` and `y`, or `x_train`, `y_train`, `x_test`, `y_test` as in Keras.

Arrays are read by their own bytes, never unpickled, and only those that are needed. What an array
takes is known from its header and the archive's list before anything is read of it.
"""

import math
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from ..errors import DataError
from ..files import open_ordinary
from ..limits import check_bytes
from .pixels import as_samples
from .split import DataSet, Samples, stratified_cut
from .table import VALIDATION_SHARE, cut_in_shares

# What a damaged, encrypted or foreign zip file ends in.
_DAMAGES = (
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    OverflowError,
    zipfile.BadZipFile,
    zlib.error,
)
_PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid"),
    "test": ("test", "testing"),
}
_SAMPLES = ("x", "images", "data", "features")
_TARGETS = ("y", "labels", "label", "target", "targets")
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_CHUNK = 1 << 24


def load_archive(path: str | Path, seed: int = 0, dtype: str = "float32") -> DataSet:
    """Return the data of one `.npz` file; without a validation part, an eighth of the training part
    becomes one.

    Names are read in any case and order: `X_train` or `train_images`, `y_train` or `train_labels`.
    """
    path = Path(path)
    names = array_names(path)
    wanted = {part: pair for part in _PARTS if (pair := _pair(names, _PARTS[part]))}
    whole = _pair(names, ("",))
    if "train" in wanted and "test" in wanted:
        arrays = read_archive(path, [name for pair in wanted.values() for name in pair])
        parts = {
            part: as_samples(path, arrays[x], arrays[y], dtype) for part, (x, y) in wanted.items()
        }
    elif whole is not None:
        arrays = read_archive(path, list(whole))
        samples = as_samples(path, arrays[whole[0]], arrays[whole[1]], dtype)
        return cut_in_shares(path.name, path, samples, seed)
    else:
        raise DataError(
            path,
            "needs the arrays x and y, or x_train, y_train, x_test and y_test; "
            f"it holds {', '.join(sorted(names)) or 'no named arrays'}",
        )
    _check_widths(path, parts)
    train = parts["train"]
    if "validation" in parts:
        validation = parts["validation"]
    else:
        random = np.random.RandomState(seed)
        train, validation = stratified_cut(train, len(train) // VALIDATION_SHARE, random)
    return DataSet(path.name, train, validation, parts["test"])


def _pair(names: list[str], parts: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the names of the samples and of the targets of a part, by the first of its names."""
    by_key = {name.lower(): name for name in names}

    def found(kinds: tuple[str, ...]) -> str | None:
        keys = [
            key
            for part in parts
            for kind in kinds
            for key in ((f"{kind}_{part}", f"{part}_{kind}", f"{kind}{part}") if part else (kind,))
        ]
        return next((by_key[key] for key in keys if key in by_key), None)

    x, y = found(_SAMPLES), found(_TARGETS)
    return None if x is None or y is None else (x, y)


def array_names(path: Path) -> list[str]:
    """Return the names of the archive's arrays."""
    with open_ordinary(path) as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                names = [info.filename for info in archive.infolist()]
        except _DAMAGES as error:
            raise DataError(path, f"not a sound NumPy archive ({error})") from None
    return [name.removesuffix(".npy") for name in names if name.endswith(".npy")]


def read_archive(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    """Return these arrays of the archive; pickled objects are refused."""
    with open_ordinary(path) as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                infos = [archive.getinfo(f"{name}.npy") for name in names]
                check_bytes(path, sum(info.file_size for info in infos), "unpacks to")
                return {
                    name: _read_member(path, archive, info)
                    for name, info in zip(names, infos, strict=True)
                }
        except DataError:
            raise
        except _DAMAGES as error:
            raise DataError(path, f"not a sound NumPy archive ({error})") from None


def _read_member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(path, f"{info.filename} is packed in a way that NumPy does not write")
    with archive.open(info) as stream:
        return read_array(path, info.filename, stream, info.file_size)


def read_array(path: Path, name: str, stream: IO[bytes], size: int) -> np.ndarray:
    """Return the array that a stream of so many bytes holds in NumPy's format."""
    shape, fortran, dtype = _header(path, name, stream)
    promised, left = math.prod(shape) * dtype.itemsize, size - stream.tell()
    if promised != left:
        check_bytes(path, promised, f"the header of {name} promises")
        raise DataError(
            path, f"the header of {name} promises {promised:,} bytes of numbers, it has {left:,}"
        )
    # What the archive's list says may be as wrong as the header: memory grows with what comes.
    content = bytearray()
    while chunk := stream.read(_CHUNK):
        content += chunk
    if len(content) != promised:
        raise DataError(path, f"{name} is truncated: {len(content):,} bytes of {promised:,}")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")


def _header(path: Path, name: str, stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise DataError(path, f"{name} is of version {version} of NumPy's format")
    shape, fortran, dtype = _HEADERS[version](stream)
    if dtype.kind not in "biufcUS":
        raise DataError(path, f"{name} holds {dtype}, and only numbers and text are read")
    if min(shape, default=0) < 0:
        raise DataError(path, f"the header of {name} gives a negative size {shape}")
    return shape, fortran, dtype


def _check_widths(path: Path, parts: dict[str, Samples]) -> None:
    widths = {name: part.x.shape[1] for name, part in parts.items()}
    if len(set(widths.values())) != 1:
        raise DataError(path, f"the parts have different numbers of features: {widths}")
