"""MNIST in its original IDX format: a big-endian header, then one byte a pixel or a label.

Header of images: magic 2051, count, rows, columns; of labels: magic 2049, count (int32 each).
Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
"""

import re
import struct
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..files import read_content
from .pixels import as_samples
from .split import DataSet, Samples, stratified_cut

IMAGES_MAGIC = 2051
LABELS_MAGIC = 2049
MAGICS = tuple(struct.pack(">i", magic) for magic in (IMAGES_MAGIC, LABELS_MAGIC))
_KIND = {IMAGES_MAGIC: "images", LABELS_MAGIC: "labels"}
_HEADER_FIELDS = {IMAGES_MAGIC: 4, LABELS_MAGIC: 2}
_PARTS = {"train": "train", "test": "t10k"}
_NAMES = re.compile(r"(?i)(?:.*[-_.])?(train|t10k|test)[-_.](images|labels)[-_.].*idx[13].*")
# The customary MNIST cut keeps 10,000 of 60,000 training images for validation.
_VALIDATION_SHARE = 6


def read_idx(path: str | Path, magic: int) -> np.ndarray:
    """Return one IDX file of the kind `magic` names: uint8, shape (count, rows, columns) or
    (count,)."""
    path = Path(path)
    content = read_content(path)
    size = 4 * _HEADER_FIELDS[magic]
    if len(content) < 4:
        raise DataError(path, f"short data: {len(content)} bytes hold no IDX header")
    (found,) = struct.unpack(">i", content[:4])
    if found != magic:
        hint = f", the magic of {_KIND[found]}" if found in _KIND else ""
        raise DataError(
            path, f"bad magic number {found}{hint}; a file of {_KIND[magic]} begins with {magic}"
        )
    if len(content) < size:
        raise DataError(path, f"short data: the header needs {size} bytes, found {len(content)}")
    shape = struct.unpack(f">{_HEADER_FIELDS[magic] - 1}i", content[4:size])
    if min(shape) < 0:
        raise DataError(path, f"the header gives a negative size {shape}")
    expected = int(np.prod(shape, dtype=object))
    if len(content) - size != expected:
        amount = "short data" if len(content) - size < expected else "too much data"
        raise DataError(
            path, f"{amount}: the header promises {expected} bytes, found {len(content) - size}"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=size).reshape(shape)


def find_idx(folder: Path) -> dict[str, Path]:
    """Return the IDX files in `folder`, keyed by e.g. "train-images"; their names may begin with
    that of a data set (`emnist-letters-test-images-idx3-ubyte.gz`), and say nothing of whether they
    are packed."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        match = _NAMES.fullmatch(path.name)
        if match is None or not path.is_file():
            continue
        part, kind = match[1].lower(), match[2].lower()
        stem = f"{_PARTS['test'] if part == 'test' else part}-{kind}"
        other = found.setdefault(stem, path)
        if other.stem != path.stem and other.name != path.stem and other.stem != path.name:
            raise DataError(
                folder,
                f"holds the files of several data sets, such as {other.name} and {path.name}; "
                "move each into a folder of its own",
            )
    return found


def load_idx_folder(folder: str | Path, seed: int = 0, dtype: str = "float32") -> DataSet:
    """Return the data of a folder with the four MNIST files, plain or `.gz`; a sixth of the first
    two validates."""
    folder = Path(folder)
    files = find_idx(folder)
    missing = [
        f"{prefix}-{kind}"
        for prefix in _PARTS.values()
        for kind in ("images", "labels")
        if f"{prefix}-{kind}" not in files
    ]
    if missing:
        raise DataError(folder, f"the MNIST files {', '.join(missing)} are missing")
    whole = _read_part(files, _PARTS["train"], dtype)
    test = _read_part(files, _PARTS["test"], dtype)
    if whole.x.shape[1] != test.x.shape[1]:
        raise DataError(
            files["t10k-images"],
            f"images of {test.x.shape[1]} pixels, the training images have {whole.x.shape[1]}",
        )
    train, validation = stratified_cut(
        whole, len(whole) // _VALIDATION_SHARE, np.random.RandomState(seed)
    )
    return DataSet(f"MNIST files in {folder}", train, validation, test)


def _read_part(files: dict[str, Path], prefix: str, dtype: str) -> Samples:
    images_path, labels_path = files[f"{prefix}-images"], files[f"{prefix}-labels"]
    images, labels = read_idx(images_path, IMAGES_MAGIC), read_idx(labels_path, LABELS_MAGIC)
    if len(images) != len(labels):
        raise DataError(
            labels_path,
            f"{len(labels)} labels, but {images_path.name} holds {len(images)} images",
        )
    return as_samples(labels_path, images, labels, dtype)
