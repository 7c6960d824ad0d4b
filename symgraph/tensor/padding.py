"""Arrays with something put around them."""

from collections.abc import Sequence
from typing import Any

from symgraph.graph import Extent, Variable
from symgraph.ops.extent_arithmetic import added
from symgraph.ops.shape import extents_of
from symgraph.tensor.creation import full
from symgraph.tensor.indexing import getitem, set_subtensor
from symgraph.tensor.manipulation import concatenate


def padded(x: Variable, pads: Sequence[tuple[int, Extent]], value: Any = 0) -> Variable:
    """`x` with `value` put before and behind it on its last axes: so many times, for each."""
    if all(isinstance(after, int) and before == after == 0 for before, after in pads):
        return x
    outer = x.type.ndim - len(pads)
    extents = extents_of(x)
    wide: list[Any] = list(extents[:outer])
    inner: list[Any] = [slice(None)] * outer
    for extent, (before, after) in zip(extents[outer:], pads, strict=True):
        wide.append(added(extent, before, after))
        inner.append(slice(before, added(extent, before)))
    blank = full(wide, value, x.type.dtype)
    return set_subtensor(getitem(blank, tuple(inner)), x)


def with_edges(x: Variable, axis: int) -> Variable:
    """`x` with its first and last slice along `axis` repeated once."""
    before = (slice(None),) * axis
    first, last = x[(*before, slice(None, 1))], x[(*before, slice(-1, None))]
    return concatenate([first, x, last], axis=axis)
