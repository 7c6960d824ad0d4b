"""Divide the work of products with patches into units.

A unit is a strip of rows of one image's output, chosen so that the patches for it stay in the
second-level cache (the LLVM back end's `conv.direct` describes what is computed with them).
"""

from symgraph.lower.convolutions.problem import (
    ConvolutionPlan,
    ConvolutionProblem,
    at_least_one,
    at_most_for_sums,
    ceiling,
    product,
    whole_lines,
)
from symgraph.lower.program.values import ONE, Literal, Value
from symgraph.lower.writing.builder import Builder


def by_patches(b: Builder, p: ConvolutionProblem) -> ConvolutionPlan:
    """Return the schedule of products with patches."""
    channels, height = p.kernel[1], p.output[2]
    copies = product(b, p.taps[1:] if p.by_offset else p.taps)
    inner = product(b, p.output[3:])
    halo: Value = Literal(0)
    if p.by_offset:
        halo = b.integer("mul", b.integer("sub", p.taps[0], ONE), Literal(p.dilations[0]))
    line = at_least_one(b, product(b, (copies, inner)))
    near = Literal(b.target.near_bytes // p.size)
    if p.computes == "output":
        row = at_least_one(b, b.integer("mul", channels, line))
        most = b.integer("sub", b.integer("floor_div", near, row), halo)
    else:
        most = b.integer("floor_div", Literal(b.target.few_places), at_least_one(b, inner))
    strips = _cuts(b, height, most)
    rows = ceiling(b, height, at_least_one(b, strips))
    plane = b.integer("mul", line, b.integer("add", rows, halo))
    part = channels
    if p.computes != "output":
        fit = b.integer("floor_div", near, at_least_one(b, plane))
        part = at_least_one(b, ceiling(b, channels, at_least_one(b, _cuts(b, channels, fit))))
    patches = b.integer("mul", part, plane)
    batch = _batch(b, p, near, patches, strips) if p.computes == "kernel" else ONE
    units = product(b, (ceiling(b, p.output[0], batch), strips))
    if p.computes == "image":
        units = b.integer("mul", p.output[0], Literal(p.groups))
    cells = b.integer("minimum", units, Literal(b.target.cells))
    sums: Value = Literal(0)
    if p.computes == "kernel":
        sums = whole_lines(b, p, product(b, p.kernel))
        most = at_most_for_sums(b, p, sums)
        cells = b.integer("minimum", units, most)
    entries = product(b, p.taps if p.computes == "output" else (part, *p.taps))
    # The table has two words of 8 bytes for each entry.
    bytes_of_line = b.target.line_bytes
    words = ceiling(b, entries, Literal(bytes_of_line // 16))
    table = b.integer("mul", words, Literal(bytes_of_line // p.size))
    own = b.integer(
        "add", b.integer("mul", batch, patches), Literal(b.target.reach_bytes // p.size)
    )
    slot = whole_lines(b, p, b.integer("add", table, own))
    slot = b.integer("add", slot, sums)
    scratch = b.new(p.dtype, (cells, slot))
    return ConvolutionPlan("direct", (rows, strips, batch, part, cells, units, slot, sums), scratch)


def _cuts(b: Builder, extent: Value, most: Value) -> Value:
    """Return the number of pieces to cut an extent into so that none is longer than `most`."""
    return ceiling(b, extent, at_least_one(b, most))


def _batch(b: Builder, p: ConvolutionProblem, near: Value, patches: Value, strips: Value) -> Value:
    """Return the number of images whose places are summed over at a time: several where one image
    has few places."""
    fit = at_least_one(b, b.integer("floor_div", near, at_least_one(b, patches)))
    places = at_least_one(b, product(b, p.output[2:]))
    wanted = ceiling(b, Literal(b.target.many_places), places)
    several = b.integer("minimum", fit, wanted)
    return b.integer("switch", b.test("eq", strips, ONE), several, ONE)
