"""Products for devices with vectors whose result is narrow: every item sums along vectors.

A group is one item. For some columns of b and a block of rows it computes tiles of dot products:
a vector of running sums for each, to which the products of a vector of a's row and one of b's
column are added. At the end the vectors are reduced together, by adding neighbouring lanes of two
vectors at a time. Where b's columns do not lie along vectors, they are packed into local memory.
"""

from typing import NamedTuple

from symgraph.backends.opencl.launches import C_TYPES, LETTERS, Launch
from symgraph.backends.opencl.products.problem import (
    Problem,
    factor_suffix,
    launch_of_blocks,
    parameters,
    pragmas,
    prologue,
)


class DotTile(NamedTuple):
    """Rows and columns of a tile, elements of a vector, and terms between two packings."""

    rows: int
    columns: int
    lanes: int
    depth: int
    direct: bool

    @property
    def pitch(self) -> int:
        """Return the distance of packed columns: no power of 2, for caches' sake."""
        return self.depth + self.lanes


def dot_launch(problem: Problem, tile: DotTile, row_block: int) -> Launch:
    """Return the launch of a product whose rows of a, and columns of b if `direct`, have stride
    1."""
    kind = "direct" if tile.direct else "packed"
    shape = f"{tile.rows}x{tile.columns}x{tile.lanes}x{tile.depth}"
    name = f"{LETTERS[problem.dtype]}product_dots_{kind}_{shape}{factor_suffix(problem)}"
    source = _source(name, problem, tile)
    return launch_of_blocks(name, source, problem, tile.columns, row_block)


def _source(name: str, problem: Problem, tile: DotTile) -> str:
    t = C_TYPES[problem.dtype]
    sums = [[f"sum{r}_{c}" for c in range(tile.columns)] for r in range(tile.rows)]
    declared = ", ".join(f"{x} = 0" for row in sums for x in row)
    rows = "\n            ".join(
        f"__global const {t}* const a{r} = a + min(i + {r}, rows - 1) * a_row + k;"
        for r in range(tile.rows)
    )
    added = "else y += beta * c[(i + r) * c_row + (j + q) * c_column];" if problem.c else ""
    size = -(-tile.rows * tile.columns // tile.lanes) * tile.lanes
    return f"""{pragmas(problem.dtype)}
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void {name}(
    {parameters(problem)}, long row_block)
{{
    {prologue(problem)}
    {"" if tile.direct else f"__local {t} panel[{tile.pitch * tile.columns}];"}
    const long j = get_group_id(0) * {tile.columns};
    const long top = get_group_id(1) * row_block, bottom = min(rows, top + row_block);
    for (long k = first; k == first || k < last; k += {tile.depth}) {{
        const int terms = (int)clamp(last - k, 0L, {tile.depth}L);
        const int whole = terms / {tile.lanes} * {tile.lanes}, rest = terms - whole;
        {_columns(t, tile)}
        for (long i = top; i < bottom; i += {tile.rows}) {{
            {rows}
            {t}{tile.lanes} {declared};
            for (int p = 0; p < whole; p += {tile.lanes}) {{
                {_step(t, tile, sums)}
            }}
            if (rest) {{
                {_rest(t, tile, sums)}
            }}
            {t} dots[{size}];
            {_reductions(t, tile, [x for row in sums for x in row])}
            for (int r = 0; r < {tile.rows} && i + r < bottom; r++)
                for (int q = 0; q < {tile.columns} && j + q < columns; q++) {{
                    {t} y = alpha * dots[r * {tile.columns} + q];
                    __global {t}* to = out + (i + r) * out_row + (j + q) * out_column;
                    if (k != first) y += *to;
                    {added}
                    *to = y;
                }}
        }}
    }}
}}
"""


def _columns(t: str, tile: DotTile) -> str:
    """Point at each column, or pack the columns: the last vector is filled up with zeros."""
    if tile.direct:
        return "\n        ".join(
            f"__global const {t}* const b{q} = b + min(j + {q}, columns - 1) * b_column + k;"
            for q in range(tile.columns)
        )
    return f"""for (int q = 0; q < {tile.columns}; q++) {{
            __global const {t}* column = b + min(j + q, columns - 1) * b_column + k * b_k;
            for (int p = 0; p < terms; p++) panel[q * {tile.pitch} + p] = column[p * b_k];
            for (int p = terms; p < whole + {tile.lanes}; p++)
                panel[q * {tile.pitch} + p] = 0;
        }}"""


def _step(t: str, tile: DotTile, sums: list[list[str]]) -> str:
    """Add a vector of terms to all sums of a tile."""
    vector, load = f"{t}{tile.lanes}", f"vload{tile.lanes}"
    places = [
        f"b{q} + p" if tile.direct else f"panel + {q * tile.pitch} + p" for q in range(tile.columns)
    ]
    lines = [f"const {vector} y{q} = {load}(0, {place});" for q, place in enumerate(places)]
    lines.append(f"{vector} x;")
    for r, row in enumerate(sums):
        lines.append(f"x = {load}(0, a{r} + p);")
        lines += [f"{name} = fma(x, y{q}, {name});" for q, name in enumerate(row)]
    return "\n                ".join(lines)


def _rest(t: str, tile: DotTile, sums: list[list[str]]) -> str:
    """Add the terms that fill no vector: the other lanes are zeros of both operands."""
    vector, load = f"{t}{tile.lanes}", f"vload{tile.lanes}"
    lines = [f"{t} lanes[{tile.lanes}];", f"{vector} x;"]
    fill = "for (int p = 0; p < {lanes}; p++) lanes[p] = p < rest ? {name}[whole + p] : 0;"
    for q in range(tile.columns):
        if tile.direct:
            lines.append(fill.format(lanes=tile.lanes, name=f"b{q}"))
            lines.append(f"const {vector} y{q} = {load}(0, lanes);")
        else:
            place = f"panel + {q * tile.pitch} + whole"
            lines.append(f"const {vector} y{q} = {load}(0, {place});")
    for r, row in enumerate(sums):
        lines.append(fill.format(lanes=tile.lanes, name=f"a{r}"))
        lines.append(f"x = {load}(0, lanes);")
        lines += [f"{name} = fma(x, y{q}, {name});" for q, name in enumerate(row)]
    return "\n                ".join(lines)


def _reductions(t: str, tile: DotTile, names: list[str]) -> str:
    """Store the sum of the lanes of each vector into `dots`, as many at a time as lanes.

    Adding the even and the odd lanes of two vectors gives a vector of sums of two; after log2 of
    the lanes such steps lane i is the sum of vector i.
    """
    vector = f"{t}{tile.lanes}"
    lines = []
    for begin in range(0, len(names), tile.lanes):
        level = names[begin : begin + tile.lanes]
        step = 0
        width = tile.lanes
        while width > 1:
            joined = []
            for at in range(0, len(level), 2):
                x, y = level[at], level[min(at + 1, len(level) - 1)]
                name = f"level{begin}_{step}_{at // 2}"
                lines.append(
                    f"const {vector} {name} = ({vector})({x}.even, {y}.even)"
                    f" + ({vector})({x}.odd, {y}.odd);"
                )
                joined.append(name)
            level, step, width = joined, step + 1, width // 2
        lines.append(f"vstore{tile.lanes}({level[0]}, {begin // tile.lanes}, dots);")
    return "\n            ".join(lines)
