"""Products for devices with vectors: every item sums vectors of columns, for tiles of rows.

A group is one item. It takes a panel of columns, some vectors wide, and a block of rows: for each
tile of rows it keeps rows times vectors of running sums in registers, and adds to them a row of
the panel times the elements of a's column. Within a block of the summed axis the panel is packed
into local memory, unless b's rows can be read where they lie (`direct`): that pays off where few
tiles use them.

A packed panel reads beyond the columns where that stays within b, and what these lanes compute is
dropped. A direct one at the edge lies further left, over columns of its neighbour, and drops them:
there are as many columns as a panel has.
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


class PanelTile(NamedTuple):
    """Rows and vectors of a tile, elements of a vector, and terms between two packings."""

    rows: int
    vectors: int
    lanes: int
    depth: int
    direct: bool

    @property
    def columns(self) -> int:
        """Return the columns of a panel."""
        return self.vectors * self.lanes


def panel_launch(problem: Problem, tile: PanelTile, row_block: int) -> Launch:
    """Return the launch of a product with groups for blocks of rows times panels."""
    kind = "direct" if tile.direct else "packed"
    letter = LETTERS[problem.dtype]
    shape = f"{tile.rows}x{tile.vectors}x{tile.lanes}x{tile.depth}"
    name = f"{letter}product_{kind}_{shape}{factor_suffix(problem)}"
    source = _source(name, problem, tile)
    return launch_of_blocks(name, source, problem, tile.columns, row_block)


def _source(name: str, problem: Problem, tile: PanelTile) -> str:
    t, width = C_TYPES[problem.dtype], tile.columns
    sums = names_of_sums(tile)
    panel = "" if tile.direct else f"__local {t} panel[{tile.depth * width}];"
    declared = ", ".join(f"{x} = 0" for row in sums for x in row)
    listed = ", ".join(x for row in sums for x in row)
    rows = "\n            ".join(
        f"__global const {t}* const a{r} = a + min(i + {r}, rows - 1) * a_row + k * a_k;"
        for r in range(tile.rows)
    )
    return f"""{pragmas(problem.dtype)}
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void {name}(
    {parameters(problem)}, long row_block)
{{
    {prologue(problem)}
    {panel}
    long j = get_group_id(0) * {width};
    const long top = get_group_id(1) * row_block, bottom = min(rows, top + row_block);
    {_place(tile)}
    for (long k = first; k == first || k < last; k += {tile.depth}) {{
        const int terms = (int)clamp(last - k, 0L, {tile.depth}L);
        {"" if tile.direct else _packing(t, tile)}
        for (long i = top; i < bottom; i += {tile.rows}) {{
            {rows}
            {t}{tile.lanes} {declared};
            for (int p = 0; p < terms; p++) {{
                {step(t, tile, sums)}
            }}
            const {t}{tile.lanes} sums[{tile.rows * tile.vectors}] = {{ {listed} }};
            {stores(t, tile, problem.c is not None)}
        }}
    }}
}}
"""


def names_of_sums(tile: PanelTile) -> list[list[str]]:
    """Return the names of a tile's vectors of sums, by rows."""
    return [[f"sum{r}_{v}" for v in range(tile.vectors)] for r in range(tile.rows)]


def _place(tile: PanelTile) -> str:
    """The columns of a panel to store: from `skipped` to `width`."""
    if tile.direct:
        return f"""const int skipped = (int)max(0L, j + {tile.columns} - columns);
    j -= skipped;
    b += j;"""
    return f"""const int width = (int)min({tile.columns}L, columns - j);
    b += j * b_column;
    // From this row on, a vector that begins in b may end beyond it.
    const long beyond = b_column != 1 || b_k < 0 ? 0 : width == {tile.columns} ? depth
        : (depth - 1) * b_k + width < {tile.columns} || b_k == 0 ? 0
        : ((depth - 1) * b_k + width - {tile.columns}) / b_k + 1;"""


def _packing(t: str, tile: PanelTile) -> str:
    copies = " ".join(
        f"vstore{tile.lanes}(vload{tile.lanes}({v}, row), {v}, packed);"
        for v in range(tile.vectors)
    )
    return f"""for (int p = 0; p < terms; p++) {{
            __global const {t}* row = b + (k + p) * b_k;
            __local {t}* packed = panel + p * {tile.columns};
            if (k + p < beyond) {{
                {copies}
            }} else {{
                for (int q = 0; q < {tile.columns}; q++)
                    packed[q] = q < width ? row[q * b_column] : 0;
            }}
        }}"""


def step(t: str, tile: PanelTile, sums: list[list[str]], gap: int = 0) -> str:
    """Return the statements that add term `p` to all sums of a tile, from a panel whose rows have
    a gap between them."""
    space, place = ("__global", "b + (k + p) * b_k")
    if not tile.direct:
        space, place = "__local", f"panel + p * {tile.columns + gap}"
    lines = [f"{space} const {t}* row = {place};", f"{t}{tile.lanes} x;"]
    lines += [
        f"const {t}{tile.lanes} b{v} = vload{tile.lanes}({v}, row);" for v in range(tile.vectors)
    ]
    for r, row in enumerate(sums):
        lines.append(f"x = ({t}{tile.lanes})(a{r}[p * a_k]);")
        lines += [f"{name} = fma(x, b{v}, {name});" for v, name in enumerate(row)]
    return "\n                ".join(lines)


def stores(t: str, tile: PanelTile, added: bool, again: str = "k != first") -> str:
    """Return the statements that store a tile: whole vectors where the result's columns are
    adjacent, else elements. If `again`, a condition, it is added to what is there."""
    width = tile.columns if tile.direct else "width"
    begin = f"max(v * {tile.lanes}, skipped)" if tile.direct else f"v * {tile.lanes}"
    whole = "!skipped" if tile.direct else f"(v + 1) * {tile.lanes} <= width"
    vector, element = [""] * 2
    c_row, adjacent = "", ""
    if added:
        c_row = f"__global const {t}* c_row_at = c + (i + r) * c_row + j * c_column;"
        adjacent = " && c_column == 1"
        vector = f" else y += beta * vload{tile.lanes}(v, c_row_at);"
        element = " else z += beta * c_row_at[q * c_column];"
    return f"""for (int r = 0; r < {tile.rows} && i + r < bottom; r++) {{
                __global {t}* to = out + (i + r) * out_row + j * out_column;
                {c_row}
                for (int v = 0; v < {tile.vectors}; v++) {{
                    {t}{tile.lanes} y = alpha * sums[r * {tile.vectors} + v];
                    if (out_column == 1 && {whole}{adjacent}) {{
                        if ({again}) y += vload{tile.lanes}(v, to);{vector}
                        vstore{tile.lanes}(y, v, to);
                    }} else {{
                        {t} lanes[{tile.lanes}];
                        vstore{tile.lanes}(y, 0, lanes);
                        const int begin = {begin};
                        const int end = min((v + 1) * {tile.lanes}, (int){width});
                        for (int q = begin; q < end; q++) {{
                            {t} z = lanes[q - v * {tile.lanes}];
                            if ({again}) z += to[q * out_column];{element}
                            to[q * out_column] = z;
                        }}
                    }}
                }}
            }}"""
