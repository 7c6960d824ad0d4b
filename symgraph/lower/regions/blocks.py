"""Whether a region pays, and how large its blocks are best.

A block's part of all that is read and written in turns shall stay in the second-level cache from
one member to the next; and there shall be some blocks for each thread. What is read again for each
block must be little, or be read again anyhow (`ways`).
"""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from symgraph.lower.program import (
    Buffer,
    Compute,
    Kernel,
    Literal,
    MatMul,
    Member,
    Scalar,
    Statement,
    Value,
)
from symgraph.lower.regions.growing import Growing
from symgraph.lower.regions.lanes import lane
from symgraph.lower.regions.sizes import Size, Sizes

# Bytes that stay near.
NEAR = 384 * 1024
# Blocks that there are at least, for threads to share.
BLOCKS = 8
# Turns of a block are a multiple of these: columns fill vectors and cache lines, rows whole tiles.
COLUMNS, ROWS = 64, 24
PLAIN: dict[str, Callable[..., int]] = {
    "add": operator.add,
    "mul": operator.mul,
    "floor_div": operator.floordiv,
    "maximum": max,
    "minimum": min,
}
# What makes no difference as the second operand.
NEUTRAL = {"add": Literal(0), "mul": Literal(1), "floor_div": Literal(1)}
# Bytes that members hand on in a turn: to read and write less than that costs nothing.
LEAST = 256
# The same of all turns.
LEAST_OF_ALL = 32 * 1024


@dataclass(eq=False)
class Block:
    """How a region is cut: its members, the turns of a block, and what computes those."""

    members: tuple[Member, ...]
    size: Value
    unit: int
    # Of the scalars that it computes.
    name: str
    computes: list[Statement] = field(default_factory=list)
    known: dict[tuple[str, tuple[Value, ...]], Scalar] = field(default_factory=dict)

    def integer(self, fn: str, *args: Value) -> Value:
        """A function of integers, computed now where they are literals."""
        numbers = [int(v.value) for v in args if isinstance(v, Literal)]
        if len(numbers) == len(args):
            return Literal(PLAIN[fn](*numbers))
        if args[1] == NEUTRAL.get(fn):
            return args[0]
        key = (fn, args)
        if key not in self.known:
            out = self.known[key] = Scalar("int64", f"{self.name}_{len(self.known)}")
            self.computes.append(Compute(out, fn, args))
        return self.known[key]

    def value(self, size: Size) -> Value:
        """A size as a number."""
        total: Value = Literal(size.factor)
        for scalar in size.scalars:
            total = self.integer("mul", scalar, total)
        return total


def pays(region: Growing, sizes: Sizes) -> bool:
    """Whether something large is handed on in the region, by or to something that is no kernel."""
    if len(region.ways) < 2:
        return False
    unit = _unit(region)
    if isinstance(region.extent, Literal) and int(region.extent.value) < 2 * unit:
        return False
    return any(_is_large(root, region, sizes) for root in _handed_on(region))


def _handed_on(region: Growing) -> Iterator[Buffer]:
    """What a product, a convolution or pooling writes and another member reads, or the other way
    round."""
    for root in region.written:
        users = [w for w in region.ways if any(a.buffer.root is root for a in w.accesses)]
        if len(users) > 1 and not all(isinstance(w.member.statement, Kernel) for w in users):
            yield root


def _is_large(root: Buffer, region: Growing, sizes: Sizes) -> bool:
    size = np.dtype(root.dtype).itemsize
    whole = sizes.product(root.extents)
    turn = sizes.quotient(whole, sizes.of(region.extent))
    if turn is None or (not turn.scalars and turn.factor * size < LEAST):
        return False
    return bool(whole.scalars) or whole.factor * size >= LEAST_OF_ALL


def _unit(region: Growing) -> int:
    products = [w.member for w in region.ways if isinstance(w.member.statement, MatMul)]
    if not products:
        return 1
    return COLUMNS if any(member.axis for member in products) else ROWS


def block_of(region: Growing, name: str, sizes: Sizes) -> Block:
    """The region's blocks, for the extents at hand."""
    block = Block((), Literal(1), _unit(region), name)
    extent, unit = region.extent, Literal(block.unit)
    fit = block.integer("floor_div", Literal(NEAR), _bytes_of_turn(block, region, sizes))
    fit = block.integer("mul", block.integer("floor_div", fit, unit), unit)
    share = Literal(BLOCKS * block.unit)
    units = block.integer("add", extent, Literal(BLOCKS * block.unit - 1))
    share = block.integer("mul", block.integer("floor_div", units, share), unit)
    least = block.integer("minimum", fit, share)
    block.size = block.integer("maximum", least, unit)
    block.members = tuple(_members(block, region, sizes))
    return block


def _bytes_of_turn(block: Block, region: Growing, sizes: Sizes) -> Value:
    """Of all that is read and written in turns; one at least."""
    total: Value = Literal(0)
    extent = sizes.of(region.extent)
    for root, accesses in region.touched.items():
        turn = sizes.quotient(sizes.product(root.extents), extent)
        if turn is None or any(lane(a, sizes) is None for a in accesses):
            continue
        size = Size(turn.factor * np.dtype(root.dtype).itemsize, turn.scalars)
        total = block.integer("add", block.value(size), total)
    return block.integer("maximum", total, Literal(1))


def _members(block: Block, region: Growing, sizes: Sizes) -> Iterator[Member]:
    """With the number of their turns for one of the region's."""
    extent = sizes.of(region.extent)
    for way in region.ways:
        each = sizes.quotient(sizes.of(way.extent), extent)
        assert each is not None
        yield way.member._replace(each=block.value(each))
