"""How much of a file is read at most. What promises or unpacks to more is refused beforehand.

The bytes of a file, unpacked, are the flag `max_file_bytes` (2 GiB unless set); the rest is here.
"""

from pathlib import Path

from symgraph import config

from .errors import DataError

# Packed content is kept while it is counted up to this size, and unpacked a second time beyond.
KEPT_WHILE_COUNTED = 64 << 20
# A line of a table: a hundred thousand features of a hundred characters.
MAX_LINE = 10_000_000
# Different labels. Columns with more are no labels.
MAX_CLASSES = 10_000
# Pixels that are decoded of a picture: what Pillow warns of.
MAX_PIXELS = (1 << 30) // 12
# Of a model in a file: its description, in characters, and what training carries on, in numbers.
MAX_DESCRIPTION = 50_000_000
MAX_STATE = 50_000_000


def max_bytes() -> int:
    """Return how many bytes of a file are read, unpacked."""
    return int(config.max_file_bytes)


def check_bytes(
    path: str | Path, size: int, verb: str = "holds", kind: type[DataError] = DataError
) -> None:
    """Raise the error where a file holds (promises, unpacks to) more than is read."""
    if size > max_bytes():
        raise kind(
            path,
            f"{verb} {size:,} bytes, more than the {max_bytes():,} that are read of a file; "
            f"to allow it, set SYMGRAPH_FLAGS=max_file_bytes={size}",
        )
