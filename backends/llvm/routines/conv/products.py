"""Write the three products of an image's strips with patches, as routines."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.routines.conv.argument_table import ConvolutionArguments, names
from symgraph.backends.llvm.routines.conv.direct import Direct, Total, Unit
from symgraph.backends.llvm.routines.conv.patches import add_patches, copy_patches, fill
from symgraph.backends.llvm.routines.conv.tiles import (
    ROW,
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
from symgraph.backends.llvm.routines.matmul.loops import carrying, counted, int64, polling
from symgraph.backends.llvm.routines.matmul.vectors import Lanes


def write_direct(function: ir.Function, spec: Direct) -> None:
    """Write the routine."""
    WRITERS[spec.computes](function, spec)


def _image(u: Unit, number: ir.Value, group: ir.Value) -> ir.Value:
    """Return the address of the channels of a group of an image."""
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
    """Write the product for the output, in units of (image, strip)."""
    u = Unit(function, spec)
    b, w, lanes = u.b, u.words, u.lanes
    with u.units() as unit:
        image, strip = b.sdiv(unit, w["strips"]), b.srem(unit, w["strips"])
        first, rows = u.strip(strip)
        count = b.mul(rows, u.inner)
        with counted(b, int64(0), w["groups"]) as group:
            copy_patches(u, _image(u, image, group), u.patches, strip, w["channels"])
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


class _Parts(Unit):
    """Goes through the channels part by part. Its table has the kernel positions of all channels of
    a part, in the order in which tiles use them."""

    def table_entries(self) -> ir.Value:
        return self.b.mul(self.words["part"], self.taps)

    def write_table(self) -> None:
        b, w = self.b, self.words
        with counted(b, int64(0), w["part"]) as channel:
            start = b.mul(channel, self.plane)
            number = b.mul(channel, self.taps)
            weights = b.mul(channel, w["kernel_c"])
            with self._positions() as (tap, place, weight):
                self.entry(b.add(number, tap), b.add(start, place), b.add(weights, weight))

    @contextmanager
    def parts(self) -> Iterator[tuple[ir.Value, ir.Value]]:
        """Yield the first channel of a part, and the number of its channels."""
        b, w = self.b, self.words
        with polling(b, int64(0), w["channels"], w["part"]) as first:
            yield first, self.least(b.sub(w["channels"], first), w["part"])


def _write_image(function: ir.Function, spec: Direct) -> None:
    """Write the product for the image's gradient, in units of (image, group)."""
    u = _Parts(function, spec)
    b, w = u.b, u.words
    with u.units() as unit, u.parts() as (channel, channels):
        number, group = b.sdiv(unit, w["groups"]), b.srem(unit, w["groups"])
        image = u.at(_image(u, number, group), b.mul(channel, w["image_c"]))
        # The image is contiguous, and so are its channels.
        fill(b, u.lanes, image, b.mul(channels, w["image_c"]))
        weights = u.at(_weights(u, group), b.mul(channel, w["kernel_c"]))
        with counted(b, int64(0), w["strips"]) as strip:
            first, rows = u.strip(strip)
            fill(b, u.lanes, u.patches, b.mul(channels, u.plane))
            output = u.at(_output(u, number, group), b.mul(first, u.inner))
            tall = b.mul(channels, u.taps)
            _add_products(u, tall, output, weights, b.mul(rows, u.inner))
            add_patches(u, image, u.patches, strip, channels)


def _add_products(
    u: Unit, tall: ir.Value, output: ir.Value, weights: ir.Value, count: ir.Value
) -> None:
    """Add kernel' · output to `count` rows of patches."""
    b, lanes, spec = u.b, u.lanes, u.spec
    numbers = [n for n in (spec.part, *spec.tap) if n is not None]
    known = math.prod(numbers) if len(numbers) == spec.rank + 1 else None
    for place, masks in panels(u, count):
        for first, height, limit in blocks(u, tall, known, len(masks)):
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
    """Write the product for the kernel's gradient, in units of (some images, strip). Each cell sums
    a kernel of its own, at the end of its memory, in the order of the result's elements."""
    u = _Parts(function, spec)
    b, w = u.b, u.words
    with u.cells() as (first, last):
        kernel = u.at(u.table, b.sub(w["slot"], w["sums"]))
        fill(b, u.lanes, kernel, w["sums"])
        with (
            polling(b, first, last) as unit,
            counted(b, int64(0), w["groups"]) as group,
            u.parts() as (channel, channels),
        ):
            image, strip = b.mul(b.sdiv(unit, w["strips"]), w["batch"]), b.srem(unit, w["strips"])
            images = u.least(b.sub(w["images"], image), w["batch"])
            size = b.mul(channels, u.plane)
            with counted(b, int64(0), images) as number:
                source = _image(u, b.add(image, number), group)
                source = u.at(source, b.mul(channel, w["image_c"]))
                target = u.at(u.patches, b.mul(number, size))
                copy_patches(u, source, target, strip, channels)
            start, lines = u.strip(strip)
            output = u.at(_output(u, image, group), b.mul(start, u.inner))
            row = b.mul(b.mul(group, w["maps"]), w["kernel_k"])
            weights = u.at(kernel, b.add(row, b.mul(channel, u.taps)))
            run = Run(b.mul(lines, u.inner), images, size)
            _add_dots(u, weights, b.mul(channels, u.taps), output, run)
    b.ret_void()


def _add_dots(u: Unit, weights: ir.Value, columns: ir.Value, output: ir.Value, run: Run) -> None:
    """Add output · patches' to so many columns of a group's rows of the kernel."""
    b, w, lanes = u.b, u.words, u.lanes
    rows = w["maps"]
    height, width = SQUARE[target().vector_registers]
    if u.spec.maps == 1:
        height, width = ROW
    # The sums of a row fill at most the lanes of one vector.
    width = min(width, lanes.count)
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
            at = u.at(u.at(weights, b.mul(k, w["kernel_k"])), column)
            with guarded(u, i, left):
                lanes.store(b, b.fadd(lanes.load(b, at, mask), sums[i]), at, mask)


WRITERS = {"output": _write_output, "image": _write_image, "kernel": _write_kernel}


def write_total(function: ir.Function, spec: Total) -> None:
    """Write kernel = the sum of the cells' kernels, in their order; the cells here are its rows."""
    lanes = Lanes(spec.dtype)
    b = ir.IRBuilder(function.append_basic_block())
    begin, end, words = function.args
    w = ConvolutionArguments(b, words, names(spec.rank, "direct"), {})
    step = int64(lanes.count)
    first = lanes.at(b, w["scratch"], b.sub(w["slot"], w["sums"]))
    with polling(b, begin, end) as row:
        start = b.mul(row, w["kernel_k"])

        def add(place: ir.Value, mask: ir.Value | None) -> None:
            place = b.add(start, place)
            with carrying(b, int64(0), w["cells"], [lanes.zero()]) as (cell, total, following):
                at = lanes.at(b, first, b.add(place, b.mul(cell, w["slot"])))
                following.append(b.fadd(total[0], lanes.load(b, at, mask)))
            lanes.store(b, following[0], lanes.at(b, w["kernel"], place), mask)

        whole = b.sub(w["kernel_k"], b.srem(w["kernel_k"], step))
        with counted(b, int64(0), whole, step) as place:
            add(place, None)
        with b.if_then(b.icmp_signed("<", whole, w["kernel_k"])):
            add(whole, lanes.mask(b, b.sub(w["kernel_k"], whole)))
    b.ret_void()
