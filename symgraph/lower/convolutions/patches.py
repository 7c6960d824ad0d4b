"""The work of products with patches, cut into units.

A unit is a strip of rows of one image's output, chosen so that the patches that it meets stay in
the second-level cache (the LLVM back end's `conv.direct` tells what is done with them).
"""

from symgraph.lower.builder import Builder
from symgraph.lower.convolutions.problem import (
    CELLS,
    LINE,
    Plan,
    Problem,
    at_least_one,
    ceiling,
    product,
)
from symgraph.lower.program import ONE, Literal, Value

# Bytes of patches that stay near.
NEAR = 384 * 1024
# Places over which dot products with patches go: so few that some rows of them stay in the
# first-level cache, and so many that adding up the lanes does not count.
FEW_PLACES = 800
MANY_PLACES = 512
# Rows of the output whose products with patches are one unit at least.
BLOCK = 5
# Bytes behind the patches, which vectors may reach into.
BEHIND = 16 * LINE


def by_patches(b: Builder, p: Problem) -> Plan:
    """The schedule of products with patches."""
    channels = p.kernel[1]
    maps = b.integer("floor_div", p.output[1], Literal(p.groups))
    copies = product(b, p.taps[1:] if p.by_offset else p.taps)
    inner = product(b, p.output[3:])
    halo: Value = Literal(0)
    if p.by_offset:
        halo = b.integer("mul", b.integer("sub", p.taps[0], ONE), Literal(p.dilations[0]))
    row = at_least_one(b, product(b, (channels, copies, inner)))
    near = Literal(NEAR // p.size)
    most = b.integer("sub", b.integer("floor_div", near, row), halo)
    if p.computes == "kernel":
        line = at_least_one(b, inner)
        most = b.integer("minimum", most, b.integer("floor_div", Literal(FEW_PLACES), line))
    strips = ceiling(b, p.output[2], at_least_one(b, most))
    rows = ceiling(b, p.output[2], at_least_one(b, strips))
    patches = b.integer("mul", row, b.integer("add", rows, halo))
    batch: Value = ONE
    block: Value = ONE
    units = b.integer("mul", p.output[0], strips)
    if p.computes == "image":
        units = b.integer("mul", p.output[0], Literal(p.groups))
    elif p.computes == "kernel":
        batch = _batch(b, p, near, patches, strips, inner)
        eighth = ceiling(b, maps, Literal(CELLS * BLOCK))
        block = at_least_one(b, b.integer("mul", eighth, Literal(BLOCK)))
        units = b.integer("mul", ceiling(b, maps, block), Literal(p.groups))
    entries = product(b, p.taps if p.computes == "output" else (channels, *p.taps))
    # Two words of 8 bytes each.
    table = b.integer("mul", ceiling(b, entries, Literal(LINE // 16)), Literal(LINE // p.size))
    slot = b.integer("add", table, b.integer("mul", batch, patches))
    slot = b.integer("add", slot, Literal(BEHIND // p.size))
    slot = b.integer("mul", ceiling(b, slot, Literal(LINE // p.size)), Literal(LINE // p.size))
    cells = b.integer("minimum", units, Literal(CELLS))
    scratch = b.new(p.dtype, (cells, slot))
    return Plan("direct", (rows, strips, batch, block, cells, units, slot), scratch)


def _batch(
    b: Builder, p: Problem, near: Value, patches: Value, strips: Value, inner: Value
) -> Value:
    """Images whose places are summed over at a time: several where one has few."""
    fit = at_least_one(b, b.integer("floor_div", near, patches))
    places = at_least_one(b, b.integer("mul", p.output[2], inner))
    wanted = ceiling(b, Literal(MANY_PLACES), places)
    several = b.integer("minimum", fit, wanted)
    return b.integer("switch", b.test("eq", strips, ONE), several, ONE)
