"""Decide whether a region pays off, and choose the size of its blocks.

A block's part of all that is read and written in iterations should stay in the second-level cache
from one member to the next, and there should be several blocks for each thread. Memory that is read
again for each block must be small, or be read again anyhow (`tilings`).
"""

from collections.abc import Iterator
from math import gcd

import numpy as np

from symgraph.lower.convolutions.problem import SCHEDULES
from symgraph.lower.program.types import Convolve, Kernel, MatMul, Member, Statement, TiledRegion
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Value
from symgraph.lower.regions.accesses import lane
from symgraph.lower.regions.arithmetic import Arithmetic
from symgraph.lower.regions.products_of_extents import Size, Sizes
from symgraph.lower.regions.region_builder import RegionBuilder
from symgraph.lower.regions.tilings import convolutions_of
from symgraph.lower.target import Target


def is_profitable(region: RegionBuilder, sizes: Sizes, target: Target) -> bool:
    """Return whether a large buffer passes between members, at least one of which is not a
    kernel."""
    if len(region.tilings) < 2:
        return False
    if isinstance(region.extent, Literal) and int(region.extent.value) < 2 * _unit(region, target):
        return False
    return any(_is_large(root, region, sizes, target) for root in _passed_on(region))


def _passed_on(region: RegionBuilder) -> Iterator[Buffer]:
    """Yield the buffers that a product, a convolution or pooling writes and another member reads,
    or the other way round."""
    for root in region.written:
        users = [t for t in region.tilings if any(a.buffer.root is root for a in t.accesses)]
        if len(users) > 1 and not all(isinstance(t.member.statement, Kernel) for t in users):
            yield root


def _is_large(root: Buffer, region: RegionBuilder, sizes: Sizes, target: Target) -> bool:
    size = np.dtype(root.dtype).itemsize
    whole = sizes.product(root.extents)
    iteration = sizes.quotient(whole, sizes.of(region.extent))
    if iteration is None or (
        not iteration.scalars and iteration.factor * size < target.least_iteration_bytes
    ):
        return False
    return bool(whole.scalars) or whole.factor * size >= target.least_bytes


def _unit(region: RegionBuilder, target: Target) -> int:
    products = [t.member for t in region.tilings if isinstance(t.member.statement, MatMul)]
    if not products:
        return 1
    if any(member.axis for member in products):
        return target.block_columns
    return target.block_rows


def written(region: RegionBuilder, name: str, sizes: Sizes, target: Target) -> list[Statement]:
    """Return the region for the extents at hand, preceded by the arithmetic for its blocks."""
    at = Arithmetic(name)
    unit = _unit(region, target)
    granule = _granule(at, region, unit)
    iteration = _bytes_of_iteration(at, region, sizes)
    fit = at.integer("floor_div", Literal(target.near_bytes), iteration)
    fit = at.integer("mul", at.integer("floor_div", fit, granule), granule)
    several = at.integer("mul", granule, Literal(target.cells))
    share = at.integer("mul", at.ceiling(region.extent, several), granule)
    size = at.integer("maximum", at.integer("minimum", fit, share), granule)
    when: Value = Literal(True, "bool")
    if unit != target.block_columns:
        enough = at.test("ge", region.extent, at.integer("mul", size, Literal(target.least_blocks)))
        near = at.test("le", at.integer("mul", size, iteration), Literal(target.still_near_bytes))
        when = at.test("and_", enough, near)
    members = tuple(_members(at, region, sizes))
    return [*at.computes, TiledRegion(region.extent, members, size, unit, when)]


def _granule(at: Arithmetic, region: RegionBuilder, unit: int) -> Value:
    """Return the number of which a block is a multiple: where convolutions are cut into tiles that
    are computed in groups, the number of images that fills whole groups."""
    granule: Value = Literal(unit)
    for tiling in region.tilings:
        for s in convolutions_of(tiling.member.statement):
            if s.algorithm == "winograd":
                granule = at.integer("maximum", _images_of_blocks(at, s), granule)
    return granule


def _images_of_blocks(at: Arithmetic, s: Convolve) -> Value:
    """Return the least number of images whose tiles fill whole blocks of tiles."""
    numbers = dict(zip(SCHEDULES[s.algorithm], s.numbers, strict=True))
    tiles: Value = ONE
    for extent in s.output.extents[2:]:
        tiles = at.integer("mul", at.ceiling(extent, numbers["tile"]), tiles)
    block = numbers["block"]
    assert isinstance(block, Literal)
    if s.computes == "image":
        return at.ceiling(block, at.integer("maximum", tiles, ONE))
    together = int(block.value)
    if isinstance(tiles, Literal):
        return Literal(together // gcd(together, int(tiles.value)))
    # Blocks are powers of two.
    found: Value = block
    part = 2
    while part <= together:
        divides = at.test("eq", at.integer("mod", tiles, Literal(part)), ZERO)
        found = at.integer("switch", divides, Literal(together // part), found)
        part *= 2
    return found


def _bytes_of_iteration(at: Arithmetic, region: RegionBuilder, sizes: Sizes) -> Value:
    """Return the bytes that all members read and write in an iteration; at least one."""
    total: Value = ZERO
    extent = sizes.of(region.extent)
    for root, accesses in region.touched.items():
        iteration = sizes.quotient(sizes.product(root.extents), extent)
        if iteration is None or any(lane(a, sizes) is None for a in accesses):
            continue
        size = Size(iteration.factor * np.dtype(root.dtype).itemsize, iteration.scalars)
        total = at.integer("add", at.value(size), total)
    return at.integer("maximum", total, ONE)


def _members(at: Arithmetic, region: RegionBuilder, sizes: Sizes) -> Iterator[Member]:
    """Yield the members, each with the number of its iterations for one of the region's."""
    extent = sizes.of(region.extent)
    for tiling in region.tilings:
        each = sizes.quotient(sizes.of(tiling.extent), extent)
        assert each is not None
        yield tiling.member._replace(each=at.value(each))
