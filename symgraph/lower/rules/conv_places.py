"""Lower unshared convolutions, with different weights at each place, to a product per place.

The patches of all images under the kernel are laid out by the P places of the output: (P, N, C,
*F), a matrix of N rows for each place. With the kernel (K, P, C, *F) and the output (N, K, P),

    output[:, :, p] = patches[p] · kernel[:, p]'        kernel[:, p] = output[:, :, p]' · patches[p]
    patches[p] = output[:, :, p] · kernel[:, p]         image = what overlaps in the patches, added

and with several groups the same for the input and output channels of each.
"""

from collections.abc import Callable, Sequence

from symgraph.lower.convolutions.problem import product
from symgraph.lower.program.types import MatMul
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops.conv import ConvolutionOp

Pads = Sequence[tuple[Value, Value]]


def by_places(b: Builder, op: ConvolutionOp, arrays: dict[str, Buffer], pads: Pads) -> None:
    """Write the products, for float32 or float64."""
    _Places(b, op, arrays, pads).write()


class _Places:
    def __init__(
        self, b: Builder, op: ConvolutionOp, arrays: dict[str, Buffer], pads: Pads
    ) -> None:
        self.b = b
        self.op = op
        self.pads = pads
        self.image, self.kernel, self.output = (
            arrays[role] for role in ("image", "kernel", "output")
        )
        self.dtype = self.kernel.dtype
        self.places = self.output.extents[2:]
        self.taps = self.kernel.extents[-len(pads) :]
        self.images, self.channels = self.image.extents[:2]
        # Output channels of a group; the elements of a patch in one group, and in all groups.
        self.maps = b.integer("floor_div", self.output.extents[1], Literal(op.groups))
        self.met = product(b, (self.kernel.extents[-len(pads) - 1], *self.taps))
        self.all_met = product(b, (self.channels, *self.taps))
        self.patches = b.new(self.dtype, (*self.places, self.images, self.channels, *self.taps))

    def write(self) -> None:
        getattr(self, f"_{self.op.result}")()

    # --- the three products ---

    def _output(self) -> None:
        b, maps = self.b, self.output.extents[1]
        self._lay_out()
        # Rows of the products are contiguous.
        made = b.new(self.dtype, (*self.places, self.images, maps))
        size = b.integer("mul", self.images, maps)

        def write(place: Value, group: Value) -> None:
            first = b.integer("mul", group, self.maps)
            start = b.integer("add", b.integer("mul", place, size), first)
            rows = b.view(made, (self.images, self.maps), (maps, ONE), start)
            self._product(rows, self._patch(place, group), _turned(b, self._weights(place, group)))

        self._at_each(write)
        n = len(self.places)
        target = self.output
        order = [*range(2, 2 + n), 0, 1]
        turned = b.view(
            target, [target.extents[i] for i in order], [target.strides[i] for i in order]
        )
        b.copy(made, turned)

    def _kernel(self) -> None:
        self._lay_out()

        def write(place: Value, group: Value) -> None:
            output = _turned(self.b, self._made(place, group))
            self._product(self._weights(place, group), output, self._patch(place, group))

        self._at_each(write)

    def _image(self) -> None:
        def write(place: Value, group: Value) -> None:
            made, weights = self._made(place, group), self._weights(place, group)
            self._product(self._patch(place, group), made, weights)

        self._at_each(write)
        self._add_up()

    # --- loops and matrices ---

    def _at_each(self, write: Callable[[Value, Value], None]) -> None:
        """Call `write` with the number of each place and of each group."""
        b = self.b
        count = product(b, self.places)
        b.loop(count, lambda p: b.loop(Literal(self.op.groups), lambda g: write(p, g)))

    def _product(self, out: Buffer, x: Buffer, y: Buffer) -> None:
        one, zero = (Literal(float(n), self.dtype) for n in (1, 0))
        self.b.append(MatMul(out, x, y, one, zero))

    def _patch(self, place: Value, group: Value) -> Buffer:
        b = self.b
        size = b.integer("mul", self.images, self.all_met)
        start = b.position((place, group), (size, self.met))
        return b.view(self.patches, (self.images, self.met), (self.all_met, ONE), start)

    def _weights(self, place: Value, group: Value) -> Buffer:
        """Return the weights as a matrix: the kernel is contiguous except along the output
        channels."""
        b, row = self.b, self.kernel.strides[0]
        start = b.position((place, group), (self.met, b.integer("mul", self.maps, row)))
        return b.view(self.kernel, (self.maps, self.met), (row, ONE), start)

    def _made(self, place: Value, group: Value) -> Buffer:
        """Return the output as a matrix: its places are contiguous."""
        b, (row, column) = self.b, self.output.strides[:2]
        start = b.position((place, group), (ONE, b.integer("mul", self.maps, column)))
        return b.view(self.output, (self.images, self.maps), (row, column), start)

    # --- patches ---

    def _windows(self, padded: Buffer) -> Buffer:
        """Return the view of the image whose elements are the patches, in their order: (*O, N, C,
        *F)."""
        b, op, axes = self.b, self.op, padded.strides[2:]
        steps = [
            [b.integer("mul", Literal(by), stride) for by, stride in zip(each, axes, strict=True)]
            for each in (op.strides, op.dilations)
        ]
        strides = (*steps[0], *padded.strides[:2], *steps[1])
        return b.view(padded, self.patches.extents, strides)

    def _padded(self) -> tuple[Buffer, Buffer]:
        """Return an array of the padded image's extents, and the part of it that is the image."""
        b, image = self.b, self.image
        if all(pad == ZERO for pair in self.pads for pad in pair):
            return image, image
        rest = zip(image.extents[2:], self.pads, strict=True)
        extents = [
            b.integer("add", extent, b.integer("add", before, after))
            for extent, (before, after) in rest
        ]
        padded = b.new(self.dtype, (*image.extents[:2], *extents))
        start = b.position([before for before, _ in self.pads], padded.strides[2:])
        return padded, b.view(padded, image.extents, padded.strides, start)

    def _clear(self, buffer: Buffer) -> None:
        b, zero = self.b, Literal(0.0, self.dtype)
        with b.kernel():
            b.nest(buffer.extents, lambda at: b.store(buffer, at, zero))

    def _lay_out(self) -> None:
        padded, own = self._padded()
        if padded is not own:
            self._clear(padded)
            self.b.copy(self.image, own)
        self.b.copy(self._windows(padded), self.patches)

    def _add_up(self) -> None:
        """Add up patches by image and channel: sums of different ones share no memory."""
        b, n = self.b, len(self.places)
        padded, own = self._padded()
        self._clear(padded)
        windows = self._windows(padded)
        order = [n, n + 1, *range(n), *range(n + 2, 2 * n + 2)]
        target, source = (
            b.view(x, [x.extents[i] for i in order], [x.strides[i] for i in order])
            for x in (windows, self.patches)
        )

        def add(at: tuple[Value, ...]) -> None:
            total = b.compute("add", self.dtype, b.load(target, at), b.load(source, at))
            b.store(target, at, total)

        with b.kernel():
            b.nest(target.extents, add)
        if padded is not own:
            b.copy(own, self.image)


def _turned(b: Builder, x: Buffer) -> Buffer:
    return b.view(x, x.extents[::-1], x.strides[::-1])
