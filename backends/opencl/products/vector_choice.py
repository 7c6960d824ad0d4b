"""The kernel, tile and division of a product on a device with vectors.

Every orientation and kernel is estimated, in vector operations: those of its tiles, whole rows and
panels of them; packing, element by element where elements are not adjacent; reductions of vectors;
and stores. Tiles differ in as few numbers as they can, since each is a program of its own.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from symgraph.backends.opencl.launches import Launch
from symgraph.backends.opencl.products.copies import copy_launch, rows_without_gaps
from symgraph.backends.opencl.products.dots import DotTile, dot_launch
from symgraph.backends.opencl.products.panels import PanelTile, panel_launch
from symgraph.backends.opencl.products.problem import Problem
from symgraph.backends.opencl.products.splits import sum_launch

VECTOR_BYTES = 64
# Rows of a panel's tile for its number of vectors: sums, a row of the panel and a factor fit in
# 32 registers, and few enough rows of a are read at a time for a cache with 8 ways.
PANEL_ROWS = {4: 6, 2: 10, 1: 10}
# Rows of a tile of dot products for its number of columns.
DOT_ROWS = {5: 5, 4: 6, 3: 6, 2: 6, 1: 6}
# Costs in vector operations: of a load for panels, mostly of one element, and for dot products;
# copying an element alone, storing one, reducing one vector of sums.
LOAD, DOT_LOAD, COPY, STORE, REDUCE = 0.2, 0.5, 1.2, 1.5, 4.0
# Where a result is wider both ways, tiles of dot products read the same vectors too often.
DOT_EXTENT = 64
LARGEST_PANEL = 2**17
# Bytes from which columns of a are far from each other, and the least columns of b for which such
# an operand is copied into rows.
FAR, COPIED_FOR = 4096, 256
# Least vector operations that are worth a group, or a part of the summed axis.
GROUP_WORK, SPLIT_DEPTH = 4096, 512


class Plan(NamedTuple):
    """A kernel's tile for a problem, maybe transposed, and its estimated cost."""

    problem: Problem
    tile: PanelTile | DotTile
    cost: float


def vector_launches(problem: Problem, local_bytes: int, units: int) -> list[Launch]:
    """Return the launches of a product."""
    plan = choose(problem, local_bytes)
    tile = plan.tile
    if _is_far(plan.problem):
        copied = rows_without_gaps(plan.problem.a)
        rest = vector_launches(replace(plan.problem, a=copied), local_bytes, units)
        return [copy_launch(plan.problem.a, copied), *rest]
    packed = not tile.direct
    panels = -(-plan.problem.columns // tile.columns) * problem.batch
    # Each group packs its panel again: many rows share one.
    least = 16 * tile.rows if packed else tile.rows
    most = max(1, min(plan.problem.rows // least, int(plan.cost / GROUP_WORK)))
    blocks = max(1, min(most, -(-(2 if packed else 4) * units // panels)))
    row_block = -(-plan.problem.rows // (blocks * tile.rows)) * tile.rows
    groups = panels * -(-plan.problem.rows // row_block)
    splits = max(1, min(units // groups, problem.depth // SPLIT_DEPTH))
    if splits == 1:
        return [_launch(plan.problem, tile, row_block)]
    parts = plan.problem.in_parts(splits)
    return [_launch(parts, tile, row_block), sum_launch(plan.problem, parts.out)]


def _is_far(problem: Problem) -> bool:
    """Whether every element of a row of a lies on another page, and all are read often."""
    stride = abs(problem.a.strides[-1]) * np.dtype(problem.dtype).itemsize
    few = problem.rows < PANEL_ROWS[4] * 2 or problem.depth < COPIED_FOR
    return stride >= FAR and problem.columns >= COPIED_FOR and not few


def _launch(problem: Problem, tile: PanelTile | DotTile, row_block: int) -> Launch:
    if isinstance(tile, DotTile):
        return dot_launch(problem, tile, row_block)
    return panel_launch(problem, tile, row_block)


def choose(problem: Problem, local_bytes: int) -> Plan:
    """Return the plan of least estimated cost."""
    plans = [
        plan
        for oriented in (problem, problem.transposed())
        for plan in (*_panels(oriented, local_bytes), *_dots(oriented, local_bytes))
    ]
    return min(plans, key=lambda plan: plan.cost)


def _panels(problem: Problem, local_bytes: int) -> Iterator[Plan]:
    m, n, k = problem.rows, problem.columns, problem.depth
    itemsize = np.dtype(problem.dtype).itemsize
    lanes = VECTOR_BYTES // itemsize
    adjacent = problem.b.strides[-1] == 1
    for vectors, most in PANEL_ROWS.items():
        panels = -(-n // (vectors * lanes))
        rows = rows_of_tiles(m, most)
        tiles = -(-m // rows)
        steps = tiles * panels * k * (rows * vectors + LOAD * (rows + vectors))
        stores = m * (panels * vectors if _adjacent_out(problem) else STORE * n)
        if adjacent and n >= vectors * lanes and tiles <= 8:
            tile = PanelTile(rows, vectors, lanes, 1024, True)
            yield Plan(problem, tile, steps + stores)
        packing = 2 * k * panels * vectors if adjacent else COPY * k * n
        depth = packed_depth(vectors * VECTOR_BYTES, local_bytes)
        again = -(-k // depth)
        tile = PanelTile(rows, vectors, lanes, depth, False)
        yield Plan(problem, tile, steps + again * stores + packing)


def _dots(problem: Problem, local_bytes: int) -> Iterator[Plan]:
    m, n, k = problem.rows, problem.columns, problem.depth
    if problem.a.strides[-1] != 1 or min(m, n) > DOT_EXTENT:
        return
    itemsize = np.dtype(problem.dtype).itemsize
    lanes = VECTOR_BYTES // itemsize
    for columns, most in DOT_ROWS.items():
        rows = rows_of_tiles(m, most)
        groups = -(-n // columns)
        steps = (
            -(-m // rows)
            * groups
            * -(-k // lanes)
            * max(rows * columns, 0.8 * (rows + columns) + 1)
        )
        direct = problem.b.strides[-2] == 1
        depth = 1024 if direct else packed_depth(columns * itemsize, local_bytes)
        again = -(-k // depth)
        rest = m * n * again * (REDUCE * 16 / lanes + STORE)
        packing = 0 if direct else COPY * k * n
        yield Plan(problem, DotTile(rows, columns, lanes, depth, direct), steps + rest + packing)


def rows_of_tiles(m: int, most: int) -> int:
    """Return the rows of a tile: exactly a few tiles of few rows, else as many as there can be."""
    return most if m > 8 * most else -(-m // -(-m // most))


def packed_depth(row_bytes: int, local_bytes: int) -> int:
    """Return how many terms are packed at a time, a power of 2."""
    fitting = max(32, min(local_bytes // 2, LARGEST_PANEL) // row_bytes)
    return int(min(1024, 2 ** (fitting.bit_length() - 1)))


def _adjacent_out(problem: Problem) -> bool:
    added = problem.c is None or problem.c.strides[-1] == 1
    return problem.out.strides[-1] == 1 and added
