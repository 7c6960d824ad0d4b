"""Cast arrays to another dtype."""

from symgraph.lower.program.values import Buffer
from symgraph.lower.writing.builder import Builder


def in_dtype(b: Builder, x: Buffer, dtype: str) -> Buffer:
    """Return the array itself if it has the dtype, else a copy."""
    if x.dtype == dtype:
        return x
    copy = b.new(dtype, x.extents)
    with b.kernel():
        b.nest(x.extents, lambda i: b.store(copy, i, b.cast(b.load(x, i), dtype)))
    return copy
