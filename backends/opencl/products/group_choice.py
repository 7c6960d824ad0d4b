"""The tile and division of a product on a device whose groups share local memory."""

import numpy as np
from symgraph.backends.opencl.launches import Launch
from symgraph.backends.opencl.products.problem import Problem
from symgraph.backends.opencl.products.splits import sum_launch
from symgraph.backends.opencl.products.tiles import GroupTile, tile_launch

# From large to small; which of them a product gets depends on its extents, and on the device.
LARGE = (GroupTile(128, 128, 16, 8, 8), GroupTile(128, 128, 8, 8, 8))
SMALL = (GroupTile(64, 64, 16, 4, 4), GroupTile(64, 64, 8, 8, 8))
WIDE = (GroupTile(16, 128, 16, 4, 4),)
TALL = (GroupTile(128, 16, 16, 4, 4),)
LEAST = GroupTile(16, 16, 16, 4, 4)
SPLIT_DEPTH, MOST_SPLITS = 256, 64


def group_launches(
    problem: Problem, local_bytes: int, group_items: int, units: int
) -> list[Launch]:
    """Return the launches of a product: that of its tiles, or of tiles for parts of the summed
    axis and of the parts' sum, where there are fewer tiles than the device can work on."""
    if problem.out.strides[-1] != 1 and problem.out.strides[-2] == 1:
        problem = problem.transposed()
    tile = choose(problem, local_bytes, group_items, units)
    tiles = _tiles(problem, tile)
    splits = min(2 * units // tiles, problem.depth // SPLIT_DEPTH, MOST_SPLITS)
    if splits <= 1:
        return [tile_launch(problem, tile)]
    parts = problem.in_parts(splits)
    return [tile_launch(parts, tile), sum_launch(problem, parts.out)]


def choose(problem: Problem, local_bytes: int, group_items: int, units: int) -> GroupTile:
    """Return the tile for a product: the largest that the device can run and that leaves no unit
    idle; narrow ones for narrow results."""
    itemsize = np.dtype(problem.dtype).itemsize
    wanted: tuple[GroupTile, ...] = SMALL
    if problem.rows <= 16:
        wanted = WIDE
    elif problem.columns <= 16:
        wanted = TALL
    elif _tiles(problem, LARGE[0]) >= units:
        wanted = LARGE + SMALL
    for tile in wanted:
        if tile.items <= group_items and tile.local_bytes(itemsize) <= local_bytes:
            return tile
    return LEAST


def _tiles(problem: Problem, tile: GroupTile) -> int:
    return -(-problem.rows // tile.rows) * -(-problem.columns // tile.columns) * problem.batch
