"""Maxima of windows over the last axes, and their derivatives (`symgraph.ops.pool`).

A gradient takes two launches, of which neither needs atomic sums: the first computes the maximum
of each window and the gradient's share for each of its largest cells, the second adds up for each
cell the shares of the windows that it is a largest cell of. Where each cell is in one window, a
single launch goes through the windows.

Windows and their distances are numbers in the text, extents are arguments. A processor's item
takes several rows of a result, so that the loop along a row is one for vectors; elsewhere an item
takes single elements.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
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

# Items of a group that take elements, and groups for each core that take rows.
ITEMS, GROUPS_PER_UNIT = 64, 8
# The least elements of a group's rows.
LEAST = 2048


class _Windows(NamedTuple):
    dtype: str
    window: tuple[int, ...]
    strides: tuple[int, ...]
    shared: bool
    rows: bool

    @property
    def spatial(self) -> int:
        return len(self.window)

    def name(self, computes: str) -> str:
        """Return the name of a kernel."""
        numbers = "_".join(f"{w}by{s}" for w, s in zip(self.window, self.strides, strict=True))
        kind = "rows" if self.rows else "cells"
        share = "shared" if self.shared else "whole"
        return f"{LETTERS[self.dtype]}pool_{computes}_{numbers}_{share}_{kind}"


def pool(
    facts: Facts,
    computes: str,
    x: View,
    other: View | None,
    out: View,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    shared: bool,
) -> list[Launch]:
    """Return the launches of a pooling of float32 or float64, whose arrays are contiguous and whose
    windows lie within `x`: of the 'maximum' of each window; of the 'gradient' by `x` for that by
    the maxima, `other`; or of what the largest cells of each window 'select' of `other`, their
    mean. If not `shared`, a gradient goes undivided to each, and the sum is taken.
    """
    if 0 in out.extents:
        return []
    windows = _Windows(x.dtype, window, strides, shared, facts.is_cpu)
    if computes == "maximum":
        return [_over_windows(facts, windows, "maximum", x, None, [out])]
    if other is None:
        raise ValueError(f"pooling: '{computes}' takes a second array")
    if computes == "select":
        return [_over_windows(facts, windows, "select", x, other, [out])]
    if computes != "gradient":
        raise ValueError(f"pooling: nothing is called '{computes}'")
    if _is_partition(x, other, window, strides):
        return [_over_windows(facts, windows, "spread", x, other, [out])]
    maxima, shares = (
        other._replace(root=Scratch(x.dtype, max(1, int(np.prod(other.extents))), i), offset=0)
        for i in range(2)
    )
    launches = []
    if 0 not in other.extents:
        launches.append(_over_windows(facts, windows, "shares", x, other, [maxima, shares]))
    return [*launches, _over_cells(facts, windows, x, maxima, shares, out)]


def _is_partition(x: View, pooled: View, window: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Return whether each cell is in exactly one window."""
    n = len(window)
    extents = tuple(o * w for o, w in zip(pooled.extents[-n:], window, strict=True))
    return window == strides and extents == x.extents[-n:]


def _sizes(
    facts: Facts, extents: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...], np.int64]:
    """Return global and local sizes, and the rows or elements of a group."""
    total = int(np.prod(extents))
    if not facts.is_cpu:
        return (-(-total // ITEMS) * ITEMS,), (ITEMS,), np.int64(ITEMS)
    rows = total // extents[-1]
    groups = max(1, min(GROUPS_PER_UNIT * facts.units, total // LEAST))
    share = -(-rows // groups)
    return (-(-rows // share),), (1,), np.int64(share)


def _frame(windows: _Windows, axis: str, body: str) -> str:
    """Return the loops over the elements of a result, whose spatial extents are `axis` and a
    number: `body` finds its position along each axis in p0, p1, ..., and before these in `outer`.
    """
    n = windows.spatial
    split = []
    for i in reversed(range(n - 1)):
        split.append(f"const int p{i} = (int)(rest % {axis}{i}); rest /= {axis}{i};")
    decoded = " ".join(split) + " const long outer = rest;"
    last = f"{axis}{n - 1}"
    if windows.rows:
        return f"""const long begin = get_group_id(0) * share, end = min(rows, begin + share);
    for (long row = begin; row < end; row++) {{
        long rest = row; {decoded}
        for (int p{n - 1} = 0; p{n - 1} < {last}; p{n - 1}++) {{
            const long element = row * {last} + p{n - 1};
            {body}
        }}
    }}"""
    return f"""const long element = get_group_id(0) * share + get_local_id(0);
    if (element < rows * {last}) {{
        long rest = element / {last}; const int p{n - 1} = (int)(element % {last});
        {decoded}
        {body}
    }}"""


def _numbers(axis: str, spatial: int) -> str:
    return ", ".join(f"int {axis}{i}" for i in range(spatial))


def _cell(spatial: int, name: str, positions: Sequence[str]) -> str:
    """Return the offset of a cell in an array with spatial extents `name` and a number."""
    offset = "outer"
    for i in range(spatial):
        offset = f"({offset} * {name}{i} + {positions[i]})"
    return offset


def _over_windows(
    facts: Facts,
    windows: _Windows,
    computes: str,
    x: View,
    other: View | None,
    outs: list[View],
) -> Launch:
    n, t = windows.spatial, C_TYPES[windows.dtype]
    corner = _cell(n, "i", [f"p{a} * {s}" for a, s in enumerate(windows.strides)])
    loops = " ".join(
        f"for (int w{a} = 0; w{a} < {w}; w{a}++)" for a, w in enumerate(windows.window)
    )
    steps = "w0"
    for a in range(1, n):
        steps = f"({steps} * i{a} + w{a})"
    lines = [
        f"const long corner = {corner};",
        f"{t} largest = x[corner];",
        f"{loops} {{ const {t} v = x[corner + {steps}];"
        " largest = v > largest || v != v ? v : largest; }",
    ]
    parameters = [f"__global const {t}* restrict x, long x_at"]
    starts = ["x += x_at;"]
    if computes == "maximum":
        lines.append("out0[element] = largest;")
    else:
        parameters.append(f"__global const {t}* restrict other, long other_at")
        starts.append("other += other_at;")
        lines += _ties(windows, computes, loops, steps)
    for number in range(len(outs)):
        parameters.append(f"__global {t}* restrict out{number}, long out{number}_at")
        starts.append(f"out{number} += out{number}_at;")
    name = windows.name(computes)
    source = f"""{pragmas(windows.dtype)}
__kernel void {name}(
    {", ".join(parameters)}, long rows, long share, {_numbers("i", n)}, {_numbers("o", n)})
{{
    {" ".join(starts)}
    {_frame(windows, "o", " ".join(lines))}
}}
"""
    arrays = [x, *([] if other is None else [other]), *outs]
    places = other if computes == "spread" and other is not None else outs[0]
    return _launch(facts, name, source, arrays, places.extents, [x, places], n)


def _ties(windows: _Windows, computes: str, loops: str, steps: str) -> list[str]:
    """The statements that follow the maximum: a window with nan has no largest cell."""
    t = C_TYPES[windows.dtype]
    divided = f" / ({t})ties" if windows.shared else ""
    if computes == "shares":
        return [
            f"int ties = 0; {loops} ties += x[corner + {steps}] == largest;",
            "out0[element] = largest;",
            f"out1[element] = ties ? other[element]{divided} : 0;",
        ]
    if computes == "spread":
        return [
            f"int ties = 0; {loops} ties += x[corner + {steps}] == largest;",
            f"const {t} part = ties ? other[element]{divided} : 0;",
            f"{loops} out0[corner + {steps}] = x[corner + {steps}] == largest ? part : 0;",
        ]
    return [
        f"int ties = 0; {t} sum = 0;",
        f"{loops} {{ const int chosen = x[corner + {steps}] == largest;",
        f"ties += chosen; sum += chosen ? other[corner + {steps}] : 0; }}",
        f"out0[element] = ties ? sum{divided} : 0;",
    ]


def _over_cells(
    facts: Facts, windows: _Windows, x: View, maxima: View, shares: View, out: View
) -> Launch:
    n, t = windows.spatial, C_TYPES[windows.dtype]
    lines = [f"const {t} v = x[element]; {t} sum = 0;"]
    loops = []
    for a, (w, s) in enumerate(zip(windows.window, windows.strides, strict=True)):
        lines.append(f"const int first{a} = p{a} < {w} ? 0 : (p{a} - {w}) / {s} + 1;")
        lines.append(f"const int last{a} = min(o{a} - 1, p{a} / {s});")
        loops.append(f"for (int q{a} = first{a}; q{a} <= last{a}; q{a}++)")
    at = _cell(n, "o", [f"q{a}" for a in range(n)])
    lines.append(
        f"{' '.join(loops)} {{ const long at = {at}; if (maxima[at] == v) sum += shares[at]; }}"
    )
    lines.append("out[element] = sum;")
    name = windows.name("gradient")
    source = f"""{pragmas(windows.dtype)}
__kernel void {name}(
    __global const {t}* restrict x, long x_at, __global const {t}* restrict maxima, long maxima_at,
    __global const {t}* restrict shares, long shares_at, __global {t}* restrict out, long out_at,
    long rows, long share, {_numbers("i", n)}, {_numbers("o", n)})
{{
    x += x_at; maxima += maxima_at; shares += shares_at; out += out_at;
    {_frame(windows, "i", " ".join(lines))}
}}
"""
    arrays = [x, maxima, shares, out]
    return _launch(facts, name, source, arrays, out.extents, [x, maxima], n)


def _launch(
    facts: Facts,
    name: str,
    source: str,
    arrays: Sequence[View],
    extents: tuple[int, ...],
    shapes: Sequence[View],
    spatial: int,
) -> Launch:
    """Return a launch over elements of `extents`; `shapes` have the spatial extents passed."""
    values: list[Argument] = []
    for array in arrays:
        values += [BufferArgument(array.root), offset_argument(array.offset)]
    global_size, local_size, share = _sizes(facts, extents)
    values += [np.int64(np.prod(extents[:-1])), share]
    for array in shapes:
        values += map(np.int32, array.extents[-spatial:])
    return Launch(name, source, global_size, local_size, tuple(values))
