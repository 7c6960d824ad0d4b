"""Lower convolutions and their derivatives, with checks, to statements or to loops."""

from collections.abc import Sequence
from contextlib import ExitStack

from symgraph.graph import Apply, Variable
from symgraph.lower.convolutions import ConvolutionProblem, Scheduled, choices
from symgraph.lower.program.types import Convolve, If
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Value
from symgraph.lower.rules.conv_loops import by_loops
from symgraph.lower.rules.conv_places import by_places
from symgraph.lower.writing.builder import Builder
from symgraph.lower.writing.casting import in_dtype
from symgraph.ops.conv import ConvolutionOp

ROLES = ("image", "kernel", "output")
Arrays = dict[str, Buffer]
Pads = Sequence[tuple[Value, Value]]


def convolution(b: Builder, node: Apply) -> None:
    """Lower any of the three convolutions, by the op's `operands` and `result`."""
    op = node.op
    assert isinstance(op, ConvolutionOp)
    arrays = {role: b.buffer(v) for role, v in zip(op.operands, node.inputs, strict=False)}
    numbers = [b.extent(b.table.intern(v)) for v in node.inputs[2:]]
    pads: Pads = op.pads([None, None, *numbers])
    extents = {role: x.extents for role, x in arrays.items()}
    extents[op.result] = b.extents(node.outputs[0])
    _Checks(b, node, pads).write(*(extents[role] for role in ROLES))
    dtype = node.outputs[0].type.dtype
    arrays[op.result] = b.bind(node.outputs[0], b.new(dtype, extents[op.result]))
    before = tuple(pad for pad, _ in pads)
    if dtype not in ("float32", "float64"):
        by_loops(b, op, arrays, before)
        return
    for role in op.operands:
        arrays[role] = in_dtype(b, arrays[role], dtype)
    if "output" in op.operands:
        arrays["output"] = _in_one_piece(b, arrays["output"], 2)
    if op.unshared:
        if "kernel" in op.operands:
            arrays["kernel"] = _in_one_piece(b, arrays["kernel"], 1)
        by_places(b, op, arrays, pads)
    else:
        _by_statement(b, op, arrays, before)


def _by_statement(b: Builder, op: ConvolutionOp, arrays: Arrays, before: tuple[Value, ...]) -> None:
    computes, dtype = op.result, arrays[op.result].dtype
    if computes == "image" and set(op.strides) == {1} and arrays["kernel"].extents[1] == ONE:
        computes, arrays, before = "output", *_mirrored(b, op, arrays, before)
    problem = ConvolutionProblem(
        computes, dtype, op.strides, op.dilations, op.groups,
        *(arrays[role].extents for role in ROLES),
    )  # fmt: skip

    if b.target.grid is not None:
        image, kernel, output = (arrays[role] for role in ROLES)
        b.append(Convolve(
            computes, image, kernel, output, op.strides, op.dilations, op.groups, before, "any", (),
            None,
        ))  # fmt: skip
        return

    def write(scheduled: Scheduled) -> None:
        plan = scheduled()
        image, kernel, output = (arrays[role] for role in ROLES)
        if plan.algorithm == "winograd" and computes != "image":
            image = _in_rows(b, image)
        b.append(Convolve(
            computes, image, kernel, output, op.strides, op.dilations, op.groups, before,
            plan.algorithm, plan.numbers, plan.scratch,
        ))  # fmt: skip

    with ExitStack() as branches:
        for condition, scheduled in choices(b, problem):
            if isinstance(condition, Literal):
                write(scheduled)
                continue
            branch = If(condition, [], [])
            b.append(branch)
            with b.scope(branch.then):
                write(scheduled)
            branches.enter_context(b.scope(branch.orelse))


def _mirrored(
    b: Builder, op: ConvolutionOp, arrays: Arrays, before: tuple[Value, ...]
) -> tuple[Arrays, tuple[Value, ...]]:
    """Write a derivative by the image as the convolution of the output's gradient with the mirrored
    kernel, with output and input channels exchanged. One channel per group: these do not
    interleave."""
    kernel = arrays["kernel"]
    (row, _, *steps), taps = kernel.strides, kernel.extents[2:]
    maps = b.integer("floor_div", kernel.extents[0], Literal(op.groups))
    last = [b.integer("sub", tap, ONE) for tap in taps]
    turned = b.view(
        kernel,
        (Literal(op.groups), maps, *taps),
        (b.integer("mul", maps, row), row, *(b.integer("neg", step) for step in steps)),
        b.position(last, steps),
    )
    reach = [b.integer("mul", n, Literal(by)) for n, by in zip(last, op.dilations, strict=True)]
    pads = tuple(b.integer("sub", r, pad) for r, pad in zip(reach, before, strict=True))
    changed = {"image": arrays["output"], "kernel": turned, "output": arrays["image"]}
    return changed, pads


class _Checks:
    """Checks of the shapes of image, kernel and output against each other."""

    def __init__(self, b: Builder, node: Apply, pads: Pads) -> None:
        self.b = b
        self.node = node
        self.pads = pads

    def write(
        self, image: Sequence[Value], kernel: Sequence[Value], output: Sequence[Value]
    ) -> None:
        b, op, n = self.b, self.node.op, len(self.pads)
        groups = Literal(op.groups)
        taken = b.integer("mul", kernel[-n - 1], groups)
        self.equal(image[1], taken, "the image has {0} channels, the kernel takes {1}")
        self.tell_channels(taken)
        whole = b.integer("mul", b.integer("floor_div", kernel[0], groups), groups)
        self.equal(
            kernel[0], whole, f"the {{0}} output channels do not divide into {op.groups} groups"
        )
        self.equal(image[0], output[0], "batches of {0} and {1} images")
        self.equal(kernel[0], output[1], "the kernel makes {0} channels, the output has {1}")
        for axis in range(n):
            made = self.places(axis, image[2 + axis], kernel[axis - n])
            message = f"it has {{0}} places on spatial axis {axis}, but the {{what}} has {{1}}"
            if op.result != "output":
                self.equal(made, output[2 + axis], message.replace("{what}", "output"))
            if op.unshared:
                what = "unshared kernel"
                self.equal(made, kernel[1 + axis], message.replace("{what}", what))

    def tell_channels(self, taken: Value) -> None:
        """Let later statements know the number of channels of an image from the kernel."""
        op, b = self.node.op, self.b
        if "image" in op.operands and isinstance(taken, Literal):
            extent = b.table[self.node.inputs[op.operands.index("image")]][1]
            if isinstance(extent, Variable):
                b.bind_scalar(extent, taken)

    def places(self, axis: int, extent: Value, taps: Value) -> Value:
        """Return the output's extent on an axis, and check the pads and the kernel's extent."""
        b, op = self.b, self.node.op
        before, after = self.pads[axis]
        for pad in (before, after):
            self.holds("ge", pad, ZERO, f"the pad {{0}} of spatial axis {axis} is negative")
        self.holds("ge", taps, ONE, f"the kernel is empty on spatial axis {axis}")
        steps = b.integer("mul", b.integer("sub", taps, ONE), Literal(op.dilations[axis]))
        reach = b.integer("add", steps, ONE)
        padded = b.integer("add", extent, b.integer("add", before, after))
        self.holds(
            "le", reach, padded,
            "the kernel's extent, dilated {0}, is larger than the padded image's, {1}, on"
            f" spatial axis {axis}",
        )  # fmt: skip
        room = b.integer("sub", padded, reach)
        return b.integer("add", b.integer("floor_div", room, Literal(op.strides[axis])), ONE)

    def equal(self, have: Value, want: Value, message: str) -> None:
        if have is not want:
            self.holds("eq", have, want, message)

    def holds(self, fn: str, x: Value, y: Value, message: str) -> None:
        self.b.check(self.b.test(fn, x, y), f"convolution: {message}", (x, y), self.node)


def _in_rows(b: Builder, x: Buffer) -> Buffer:
    """Return the array, copied unless it is contiguous along the last axis."""
    if x.strides[-1] == ONE:
        return x
    copy = b.new(x.dtype, x.extents)
    b.copy(x, copy)
    return copy


def _in_one_piece(b: Builder, x: Buffer, first: int) -> Buffer:
    """Return the array, copied unless it is contiguous from axis `first` on."""
    if x.strides[first:] == b.contiguous(x.extents)[first:]:
        return x
    copy = b.new(x.dtype, x.extents)
    b.copy(x, copy)
    return copy
