"""The three products of an image's strips with patches, as routines."""

import math

from llvmlite import ir
from symgraph.backends.llvm.conv.direct import Direct, Unit
from symgraph.backends.llvm.conv.patches import add_patches, copy_patches, fill
from symgraph.backends.llvm.conv.tiles import (
    SQUARE,
    Run,
    blocks,
    clamped,
    dot_tile,
    guarded,
    output_tile,
    panels,
    patch_tile,
)
from symgraph.backends.llvm.jit import host
from symgraph.backends.llvm.matmul.loops import counted, int64
from symgraph.backends.llvm.matmul.vectors import registers


def write_direct(function: ir.Function, spec: Direct) -> None:
    """Writes the routine."""
    WRITERS[spec.computes](function, spec)


def _image(u: Unit, number: ir.Value, group: ir.Value) -> ir.Value:
    """Where the channels of a group of an image begin."""
    b, w = u.b, u.words
    channel = b.mul(group, w["channels"])
    start = u.at(w["image"], b.mul(number, w["image_n"]))
    return u.at(start, b.mul(channel, w["image_c"]))


def _output(u: Unit, number: ir.Value, group: ir.Value) -> ir.Value:
    b, w = u.b, u.words
    start = u.at(w["output"], b.mul(number, w["output_n"]))
    return u.at(start, b.mul(b.mul(group, w["maps"]), w["output_k"]))


def _weights(u: Unit, group: ir.Value) -> ir.Value:
    b, w = u.b, u.words
    return u.at(w["kernel"], b.mul(b.mul(group, w["maps"]), w["kernel_k"]))


def _write_output(function: ir.Function, spec: Direct) -> None:
    """Units: (image, strip)."""
    u = Unit(function, spec)
    b, w, lanes = u.b, u.words, u.lanes
    with u.units() as unit:
        image, strip = b.sdiv(unit, w["strips"]), b.srem(unit, w["strips"])
        first, rows = u.strip(strip)
        count = b.mul(rows, u.inner)
        with counted(b, int64(0), w["groups"]) as group:
            copy_patches(u, _image(u, image, group), u.patches, strip)
            output = u.at(_output(u, image, group), b.mul(first, u.inner))
            weights = _weights(u, group)
            for place, masks in panels(u, count):
                patches = u.at(u.patches, place)
                for row, height, limit in blocks(u, w["maps"], spec.maps, len(masks)):
                    ks = [b.add(row, clamped(u, i, limit)) for i in range(height)]
                    pointers = [u.at(weights, b.mul(k, w["kernel_k"])) for k in ks]
                    sums = output_tile(u, pointers, patches, len(masks))
                    for i, k in enumerate(ks):
                        target = u.at(u.at(output, b.mul(k, w["output_k"])), place)
                        with guarded(u, i, limit):
                            for j, mask in enumerate(masks):
                                at = u.at(target, int64(j * lanes.count))
                                lanes.store(b, sums[i * len(masks) + j], at, mask)


class _AllPositions(Unit):
    """Its table has the kernel positions of all channels: tiles take them as they come."""

    def table_entries(self) -> ir.Value:
        return self.b.mul(self.words["channels"], self.taps)

    def write_table(self) -> None:
        b, w = self.b, self.words
        with counted(b, int64(0), w["channels"]) as channel:
            start = b.mul(channel, self.plane)
            number = b.mul(channel, self.taps)
            weights = b.mul(channel, w["kernel_c"])
            with self._positions() as (tap, place, weight):
                self.entry(b.add(number, tap), b.add(start, place), b.add(weights, weight))


def _write_image(function: ir.Function, spec: Direct) -> None:
    """Units: (image, group)."""
    u = _AllPositions(function, spec)
    b, w = u.b, u.words
    patches_of_group = b.mul(w["channels"], u.plane)
    with u.units() as unit:
        number, group = b.sdiv(unit, w["groups"]), b.srem(unit, w["groups"])
        image = _image(u, number, group)
        # The image is contiguous: a group's channels lie in one piece.
        fill(b, u.lanes, image, b.mul(w["channels"], w["image_c"]))
        with counted(b, int64(0), w["strips"]) as strip:
            first, rows = u.strip(strip)
            fill(b, u.lanes, u.patches, patches_of_group)
            output = u.at(_output(u, number, group), b.mul(first, u.inner))
            _add_products(u, output, _weights(u, group), b.mul(rows, u.inner))
            add_patches(u, image, u.patches, strip)


def _add_products(u: Unit, output: ir.Value, weights: ir.Value, count: ir.Value) -> None:
    """Adds kernel' · output to the patches."""
    b, lanes = u.b, u.lanes
    numbers = [n for n in (u.spec.channels, *u.spec.tap) if n is not None]
    known = math.prod(numbers) if len(numbers) == u.spec.rank + 1 else None
    for place, masks in panels(u, count):
        for first, height, limit in blocks(u, u.table_entries(), known, len(masks)):
            rows = [b.add(first, clamped(u, i, limit)) for i in range(height)]
            pointers = [u.at(weights, u.look_up(q, 1)) for q in rows]
            sums = patch_tile(u, pointers, u.at(output, place), masks)
            for i, q in enumerate(rows):
                row = u.at(u.at(u.patches, u.look_up(q, 0)), place)
                with guarded(u, i, limit):
                    for j, mask in enumerate(masks):
                        at = u.at(row, int64(j * lanes.count))
                        total = b.fadd(lanes.load(b, at, mask), sums[i * len(masks) + j])
                        lanes.store(b, total, at, mask)


def _write_kernel(function: ir.Function, spec: Direct) -> None:
    """Units: (group, block of rows of the output)."""
    u = _AllPositions(function, spec)
    b, w = u.b, u.words
    columns = u.table_entries()
    blocks_of_group = b.sdiv(b.add(w["maps"], b.sub(w["block"], int64(1))), w["block"])
    with u.units() as unit:
        group, block = b.sdiv(unit, blocks_of_group), b.srem(unit, blocks_of_group)
        first = b.mul(block, w["block"])
        rows = u.least(b.sub(w["maps"], first), w["block"])
        weights = u.at(_weights(u, group), b.mul(first, w["kernel_k"]))
        # The kernel is contiguous.
        fill(b, u.lanes, weights, b.mul(rows, columns))
        with counted(b, int64(0), w["images"], w["batch"]) as image:
            images = u.least(b.sub(w["images"], image), w["batch"])
            with counted(b, int64(0), w["strips"]) as strip:
                size = b.mul(w["channels"], u.plane)
                with counted(b, int64(0), images) as number:
                    source = _image(u, b.add(image, number), group)
                    copy_patches(u, source, u.at(u.patches, b.mul(number, size)), strip)
                start, lines = u.strip(strip)
                output = u.at(_output(u, image, group), b.mul(start, u.inner))
                output = u.at(output, b.mul(first, w["output_k"]))
                run = Run(b.mul(lines, u.inner), images, size)
                _add_dots(u, weights, rows, output, run)


def _add_dots(u: Unit, weights: ir.Value, rows: ir.Value, output: ir.Value, run: Run) -> None:
    """Adds output · patches' to rows of the kernel."""
    b, w, lanes = u.b, u.words, u.lanes
    columns = u.table_entries()
    height, width = SQUARE[registers(host())[1]]
    with (
        counted(b, int64(0), rows, int64(height)) as row,
        counted(b, int64(0), columns, int64(width)) as column,
    ):
        left, short = b.sub(rows, row), b.sub(columns, column)
        ks = [b.add(row, clamped(u, i, left)) for i in range(height)]
        outputs = [u.at(output, b.mul(k, w["output_k"])) for k in ks]
        qs = [b.add(column, clamped(u, j, short)) for j in range(width)]
        patches = [u.at(u.patches, u.look_up(q, 0)) for q in qs]
        sums = dot_tile(u, outputs, patches, run)
        mask = lanes.mask(b, u.least(short, int64(width)))
        for i, k in enumerate(ks):
            at = u.at(u.at(weights, b.mul(k, columns)), column)
            with guarded(u, i, left):
                lanes.store(b, b.fadd(lanes.load(b, at, mask), sums[i]), at, mask)


WRITERS = {"output": _write_output, "image": _write_image, "kernel": _write_kernel}
