"""Copies of views into memory without gaps, with zeros around them."""

from collections.abc import Sequence

import numpy as np
from symgraph.backends.opencl.convolutions.problem import decoded
from symgraph.backends.opencl.launches import (
    C_TYPES,
    LETTERS,
    Argument,
    BufferArgument,
    Facts,
    Launch,
    Scratch,
    View,
    offset_argument,
)
from symgraph.backends.opencl.products.problem import pragmas

# Groups of a processor's core, which take many rows; items of other devices' groups.
GROUPS_PER_UNIT, ITEMS = 4, 64


def has_no_gaps(x: View, axes: int) -> bool:
    """Whether the last axes of a view are one axis of stride 1."""
    wanted = 1
    for extent, stride in list(zip(x.extents, x.strides, strict=True))[: -axes - 1 : -1]:
        if extent != 1 and stride != wanted:
            return False
        wanted *= extent
    return True


def copied(
    facts: Facts,
    x: View,
    number: int,
    begins: Sequence[int],
    extents: Sequence[int],
    apart: Sequence[int],
) -> tuple[list[Launch], View]:
    """Return the launch that copies a view into scratch memory of a number, and a view of that.

    Its elements are put that far apart, with zeros between them; of these the part of `extents`
    from `begins` on is kept, with zeros where it is outside.
    """
    n, t, total = len(extents), C_TYPES[x.dtype], int(np.prod(extents[:-1]))
    last = n - 1
    name = f"{LETTERS[x.dtype]}copy{n}"
    split = decoded("row", [f"e{a}" for a in range(last)], [f"p{a}" for a in range(last)])
    places = " ".join(
        f"const int r{a} = p{a} + b{a}, i{a} = r{a} / d{a};"
        f" within &= r{a} >= 0 && i{a} * d{a} == r{a} && i{a} < x{a};"
        for a in range(last)
    )
    at = " + ".join(f"i{a} * s{a}" for a in range(last))
    source = f"""{pragmas(x.dtype)}
__kernel void {name}(
    __global const {t}* restrict x, long at, __global {t}* restrict out, long rows, long share,
    {_numbers("long s", n)}, {_numbers("int x", n)}, {_numbers("int b", n)}, {_numbers("int e", n)},
    {_numbers("int d", n)})
{{
    const long begin = get_global_id(0) * share, end = min(rows, begin + share);
    for (long row = begin; row < end; row++) {{
        {split}
        int within = 1;
        {places}
        __global {t}* to = out + row * e{last};
        if (!within) {{
            for (int i = 0; i < e{last}; i++) to[i] = 0;
            continue;
        }}
        __global const {t}* from = x + at + {at};
        if (d{last} == 1 && s{last} == 1) {{
            const int low = clamp(-b{last}, 0, e{last});
            const int high = clamp(x{last} - b{last}, low, e{last});
            for (int i = 0; i < low; i++) to[i] = 0;
            for (int i = low; i < high; i++) to[i] = from[i + b{last}];
            for (int i = high; i < e{last}; i++) to[i] = 0;
        }} else for (int i = 0; i < e{last}; i++) {{
            const int r = i + b{last}, q = r / d{last};
            to[i] = r >= 0 && q * d{last} == r && q < x{last} ? from[q * s{last}] : 0;
        }}
    }}
}}
"""
    root = Scratch(x.dtype, int(np.prod(extents)), number)
    strides = tuple(int(np.prod(extents[axis + 1 :])) for axis in range(n))
    share = -(-total // (GROUPS_PER_UNIT * facts.units)) if facts.is_cpu else 1
    items = 1 if facts.is_cpu else ITEMS
    values: tuple[Argument, ...] = (
        BufferArgument(x.root),
        offset_argument(x.offset),
        BufferArgument(root),
        np.int64(total),
        np.int64(share),
        *map(np.int64, x.strides),
        *map(np.int32, (*x.extents, *begins, *extents, *apart)),
    )
    size = -(-total // (share * items)) * items
    launch = Launch(name, source, (size,), (items,), values)
    return [launch], View(root, x.dtype, tuple(extents), 0, strides)


def _numbers(kind: str, n: int) -> str:
    return ", ".join(f"{kind}{axis}" for axis in range(n))
