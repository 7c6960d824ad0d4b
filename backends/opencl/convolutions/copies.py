"""Copies of views into memory without gaps."""

import numpy as np
from symgraph.backends.opencl.convolutions.problem import decoded
from symgraph.backends.opencl.launches import (
    C_TYPES,
    LETTERS,
    BufferArgument,
    Facts,
    Launch,
    Scratch,
    View,
)
from symgraph.backends.opencl.products.problem import pragmas

# The number of the copy among a routine's scratch memory.
COPY = 1
ITEMS = 64


def has_no_gaps(x: View, axes: int) -> bool:
    """Whether the last axes of a view are one axis of stride 1."""
    wanted = 1
    for extent, stride in list(zip(x.extents, x.strides, strict=True))[: -axes - 1 : -1]:
        if extent != 1 and stride != wanted:
            return False
        wanted *= extent
    return True


def without_gaps(facts: Facts, x: View) -> tuple[list[Launch], View]:
    """Return the launch that copies a view into scratch memory, and a view of that."""
    n, t, total = len(x.extents), C_TYPES[x.dtype], int(np.prod(x.extents))
    name = f"{LETTERS[x.dtype]}copy{n}"
    places = [f"i{axis}" for axis in range(n)]
    at = " + ".join(f"i{axis} * s{axis}" for axis in range(n))
    source = f"""{pragmas(x.dtype)}
__kernel void {name}(
    __global const {t}* restrict x, long at, __global {t}* restrict out, long total, long share,
    {", ".join(f"long s{axis}" for axis in range(n))},
    {", ".join(f"int e{axis}" for axis in range(n))})
{{
    x += at;
    const long begin = get_global_id(0) * share, end = min(total, begin + share);
    for (long element = begin; element < end; element++) {{
        {decoded("element", [f"e{axis}" for axis in range(n)], places)}
        out[element] = x[{at}];
    }}
}}
"""
    root = Scratch(x.dtype, total, COPY)
    strides = tuple(int(np.prod(x.extents[axis + 1 :])) for axis in range(n))
    share = -(-total // facts.units) if facts.is_cpu else 1
    items = 1 if facts.is_cpu else ITEMS
    values = (
        BufferArgument(x.root),
        np.int64(x.offset),
        BufferArgument(root),
        np.int64(total),
        np.int64(share),
        *map(np.int64, x.strides),
        *map(np.int32, x.extents),
    )
    size = -(-total // (share * items)) * items
    launch = Launch(name, source, (size,), (items,), values)
    return [launch], View(root, x.dtype, x.extents, 0, strides)
