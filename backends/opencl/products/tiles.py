"""Products for devices whose groups share local memory: a group of items computes a tile.

The operands' parts for a tile and some terms of the sums go to local memory, where each element
is read by many items. There are two such buffers: while the items compute from one, each loads its
share of the next terms into registers, and stores it to the other. An item's own rows and columns
come four at a time, spread over the tile, so that neighbouring items read and write neighbouring
addresses. Rows, columns and terms beyond the operands are zeros, and not stored.
"""

from typing import NamedTuple

from symgraph.backends.opencl.launches import C_TYPES, LETTERS, Launch
from symgraph.backends.opencl.products.problem import (
    Problem,
    arguments,
    factor_suffix,
    parameters,
    pragmas,
    prologue,
)

# Elements between rows in local memory, so that stores of neighbouring terms meet other banks.
PADDING = 4


class GroupTile(NamedTuple):
    """Rows, columns and terms of a group's tile; rows and columns of an item: multiples of 4."""

    rows: int
    columns: int
    depth: int
    item_rows: int
    item_columns: int

    @property
    def items(self) -> int:
        """Return the number of items of a group."""
        return self.rows // self.item_rows * (self.columns // self.item_columns)

    def local_bytes(self, itemsize: int) -> int:
        """Return the size of the buffers in local memory."""
        return 2 * self.depth * (self.rows + self.columns + 2 * PADDING) * itemsize


def tile_launch(problem: Problem, tile: GroupTile) -> Launch:
    """Return the launch of a product with a group for each tile."""
    a_along = "k" if abs(problem.a.strides[-1]) < abs(problem.a.strides[-2]) else "m"
    b_along = "k" if abs(problem.b.strides[-2]) < abs(problem.b.strides[-1]) else "n"
    shape = f"{tile.rows}x{tile.columns}x{tile.depth}_{tile.item_rows}x{tile.item_columns}"
    letter = LETTERS[problem.dtype]
    name = f"{letter}product_tiles_{a_along}{b_along}_{shape}{factor_suffix(problem)}"
    source = _source(name, problem, tile, a_along == "k", b_along == "k")
    sizes = (
        -(-problem.columns // tile.columns) * tile.items,
        -(-problem.rows // tile.rows),
        problem.batch * problem.splits,
    )
    return Launch(name, source, sizes, (tile.items, 1, 1), arguments(problem))


def _source(name: str, problem: Problem, tile: GroupTile, a_along_k: bool, b_along_k: bool) -> str:
    t = C_TYPES[problem.dtype]
    a_pitch, b_pitch = tile.rows + PADDING, tile.columns + PADDING
    a_share, b_share = (
        tile.rows * tile.depth // tile.items,
        tile.columns * tile.depth // tile.items,
    )
    sums = [[f"sum{r}_{v}" for v in range(tile.item_columns // 4)] for r in range(tile.item_rows)]
    across = tile.columns // tile.item_columns
    load_a = _load("a", tile.rows, tile.depth, tile.items, a_along_k, a_share)
    load_b = _load("b", tile.columns, tile.depth, tile.items, b_along_k, b_share)
    keep_a = _keep("a", tile.rows, tile.depth, tile.items, a_along_k, a_share)
    keep_b = _keep("b", tile.columns, tile.depth, tile.items, b_along_k, b_share)
    return f"""{pragmas(problem.dtype)}
__kernel __attribute__((reqd_work_group_size({tile.items}, 1, 1))) void {name}(
    {parameters(problem)})
{{
    {prologue(problem)}
    __local {t}4 a_tiles[{2 * tile.depth * a_pitch // 4}], b_tiles[{2 * tile.depth * b_pitch // 4}];
    const int item = get_local_id(0), x = item % {across}, y = item / {across};
    const long top = get_group_id(1) * {tile.rows}, left = get_group_id(0) * {tile.columns};
    {t} a_next[{a_share}], b_next[{b_share}];
    {t}4 {", ".join(f"{s} = 0" for row in sums for s in row)};
    long k = first;
    {load_a}
    {load_b}
    for (int buffer = 0; k < last; buffer ^= 1) {{
        __local {t}* const a_tile = (__local {t}*)a_tiles + buffer * {tile.depth * a_pitch};
        __local {t}* const b_tile = (__local {t}*)b_tiles + buffer * {tile.depth * b_pitch};
        {keep_a}
        {keep_b}
        barrier(CLK_LOCAL_MEM_FENCE);
        k += {tile.depth};
        if (k < last) {{
            {load_a}
            {load_b}
        }}
        for (int p = 0; p < {tile.depth}; p++) {{
            {_step(t, tile, sums)}
        }}
    }}
    {_stores(t, tile, sums, problem.c is not None)}
}}
"""


def _place(extent: int, depth: int, items: int, along_k: bool) -> str:
    """Name the place of an item's share `s` of a tile: neighbours are near in device memory."""
    if along_k:
        return f"at = item + s * {items}, q = at / {depth}, p = at % {depth}"
    return f"at = item + s * {items}, q = at % {extent}, p = at / {extent}"


def _load(name: str, extent: int, depth: int, items: int, along_k: bool, share: int) -> str:
    """Load an item's share of the tile's part of an operand into registers."""
    begin, end, stride = (
        ("top", "rows", "a_row") if name == "a" else ("left", "columns", "b_column")
    )
    return f"""for (int s = 0; s < {share}; s++) {{
            const int {_place(extent, depth, items, along_k)};
            {name}_next[s] = {begin} + q < {end} && k + p < last
                ? {name}[({begin} + q) * {stride} + (k + p) * {name}_k] : 0;
        }}"""


def _keep(name: str, extent: int, depth: int, items: int, along_k: bool, share: int) -> str:
    """Store an item's share to local memory."""
    return f"""for (int s = 0; s < {share}; s++) {{
            const int {_place(extent, depth, items, along_k)};
            {name}_tile[p * {extent + PADDING} + q] = {name}_next[s];
        }}"""


def _step(t: str, tile: GroupTile, sums: list[list[str]]) -> str:
    """Add one term to an item's sums."""
    a_pitch, b_pitch = (tile.rows + PADDING) // 4, (tile.columns + PADDING) // 4
    lines = [
        f"__local const {t}4* const a_row = (__local const {t}4*)a_tile + p * {a_pitch} + y;",
        f"__local const {t}4* const b_row = (__local const {t}4*)b_tile + p * {b_pitch} + x;",
    ]
    for v in range(tile.item_columns // 4):
        lines.append(f"const {t}4 b{v} = b_row[{v * (tile.columns // tile.item_columns)}];")
    for u in range(tile.item_rows // 4):
        lines.append(f"const {t}4 a{u} = a_row[{u * (tile.rows // tile.item_rows)}];")
    for r, row in enumerate(sums):
        factor = f"({t}4)(a{r // 4}.s{r % 4})"
        lines += [f"{name} = fma({factor}, b{v}, {name});" for v, name in enumerate(row)]
    return "\n            ".join(lines)


def _stores(t: str, tile: GroupTile, sums: list[list[str]], added: bool) -> str:
    """Store an item's sums: element by element, within the result."""
    listed = ", ".join(name for row in sums for name in row)
    vectors = tile.item_columns // 4
    down, across = tile.rows // tile.item_rows, tile.columns // tile.item_columns
    return f"""const {t}4 sums[{tile.item_rows * vectors}] = {{ {listed} }};
    for (int r = 0; r < {tile.item_rows}; r++) {{
        const long i = top + (r / 4 * {down} + y) * 4 + r % 4;
        if (i >= rows) continue;
        for (int v = 0; v < {vectors}; v++) {{
            const long j = left + (v * {across} + x) * 4;
            {t} lanes[4];
            vstore4(alpha * sums[r * {vectors} + v], 0, lanes);
            for (int q = 0; q < 4 && j + q < columns; q++) {{
                {t} z = lanes[q];
                {"z += beta * c[i * c_row + (j + q) * c_column];" if added else ""}
                out[i * out_row + (j + q) * out_column] = z;
            }}
        }}
    }}"""
