"""Lower matrix products of floats to statements, those of complex numbers to products of their
parts, and those of other dtypes to loops."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.types import MatMul
from symgraph.lower.program.values import ONE, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder
from symgraph.lower.writing.casting import in_dtype


def dot(b: Builder, node: Apply) -> None:
    left, right = (b.buffer(v) for v in node.inputs)
    product = _Product(b, node, left, right)
    product.write(product.literal(1), product.literal(0), None)


def scaled_dot(b: Builder, node: Apply) -> None:
    """Write alpha * a·b, from the inputs alpha, a, b."""
    alpha, left, right = node.inputs
    product = _Product(b, node, b.buffer(left), b.buffer(right))
    product.write(b.cast(b.scalar(alpha), product.dtype), product.literal(0), None)


def gemm(b: Builder, node: Apply) -> None:
    """Write beta * c + alpha * a·b, from the inputs c, alpha, a, b, beta."""
    added, alpha, left, right, beta = node.inputs
    c = b.buffer(added)
    product = _Product(b, node, b.buffer(left), b.buffer(right))
    for axis, (have, want) in enumerate(zip(c.extents, product.out.extents, strict=True)):
        if have is not want:
            message = f"gemm: what is added has extent {{0}} on axis {axis}, the product {{1}}"
            b.check(b.test("eq", have, want), message, (have, want), node)
    scale, share = (b.cast(b.scalar(v), product.dtype) for v in (alpha, beta))
    product.write(scale, share, c)


def batched_dot(b: Builder, node: Apply) -> None:
    """Write a loop over products of matrices."""
    left, right = (b.buffer(v) for v in node.inputs)
    for (what, have), want in zip(
        (("products", left.extents[0]), ("columns", left.extents[2])),
        (right.extents[0], right.extents[1]),
        strict=True,
    ):
        if have is not want:
            message = f"batched dot: shapes do not fit: {{0}} and {{1}} {what}"
            b.check(b.test("eq", have, want), message, (have, want), node)
    out = b.bind(node.outputs[0], b.home(node.outputs[0]))
    rows, columns = out.extents[1:]
    _check_sizes(b, (rows, left.extents[2], columns), node)
    one, zero = (Literal(float(n), out.dtype) for n in (1, 0))
    x, y = (in_dtype(b, operand, out.dtype) for operand in (left, right))

    def entry(whole: Buffer, number: Value) -> Buffer:
        start = b.integer("mul", number, whole.strides[0])
        return b.view(whole, whole.extents[1:], whole.strides[1:], start)

    def product(number: Value) -> None:
        b.append(MatMul(entry(out, number), entry(x, number), entry(y, number), one, zero))

    b.loop(out.extents[0], product)


def _check_sizes(b: Builder, extents: Sequence[Value], node: Apply) -> None:
    for extent in dict.fromkeys(extents):
        message = f"dot: matrix products take extents up to {b.target.blas_extent}, not {{0}}"
        b.check(b.test("le", extent, Literal(b.target.blas_extent)), message, (extent,), node)


class _Product:
    """The operands of a product as matrices, checked, and the buffer of the result."""

    def __init__(self, b: Builder, node: Apply, left: Buffer, right: Buffer) -> None:
        self.b = b
        out_type = node.outputs[0].type
        # float16 accumulates in float32.
        self.dtype = "float32" if out_type.dtype == "float16" else out_type.dtype
        inner, other = left.extents[-1], right.extents[0]
        if inner is not other:
            message = "dot: shapes do not fit: {0} columns and {1} rows"
            b.check(b.test("eq", inner, other), message, (inner, other), node)
        self.left = _as_matrix(b, left, True)
        self.right = _as_matrix(b, right, False)
        rows, columns = self.left.extents[0], self.right.extents[1]
        _check_sizes(b, (rows, inner, columns), node)
        out = b.home(node.outputs[0])
        b.bind(node.outputs[0], out)
        strides = iter(out.strides)
        row = next(strides) if len(left.extents) == 2 else columns
        column = next(strides) if len(right.extents) == 2 else ONE
        self.out = b.view(out, (rows, columns), (row, column))

    def literal(self, number: int) -> Literal:
        return Literal(np.dtype(self.dtype).type(number).item(), self.dtype)

    def write(self, alpha: Value, beta: Value, c: Buffer | None) -> None:
        b, out = self.b, self.out
        if out.dtype in ("float32", "float64"):
            x, y = (in_dtype(b, operand, out.dtype) for operand in (self.left, self.right))
            added = None if c is None else in_dtype(b, c, out.dtype)
            b.append(MatMul(out, x, y, alpha, beta, added))
        elif np.dtype(out.dtype).kind == "c":
            complex_product(b, out, self.left, self.right, alpha, beta, c)
        else:
            _by_loops(b, out, self.left, self.right, alpha, beta, c)


def _as_matrix(b: Builder, x: Buffer, is_left: bool) -> Buffer:
    """Return a vector as a row on the left, and as a column on the right."""
    if len(x.extents) == 2:
        return x
    (extent,), (stride,) = x.extents, x.strides
    if is_left:
        return b.view(x, (ONE, extent), (extent, stride))
    return b.view(x, (extent, ONE), (stride, ONE))


def complex_product(
    b: Builder, out: Buffer, x: Buffer, y: Buffer, alpha: Value, beta: Value, c: Buffer | None
) -> None:
    """Write products of complex numbers as four products of their real and imaginary parts."""
    work = "float32" if out.dtype == "complex64" else "float64"
    one, zero, minus = (Literal(number, work) for number in (1.0, 0.0, -1.0))
    (a, i), (u, v) = (_parts(b, operand, out.dtype, work) for operand in (x, y))
    real, imag = b.new(work, out.extents), b.new(work, out.extents)
    b.append(MatMul(real, a, u, one, zero))
    b.append(MatMul(real, i, v, minus, one, real))
    b.append(MatMul(imag, a, v, one, zero))
    b.append(MatMul(imag, i, u, one, one, imag))
    scaled = alpha != Literal(np.dtype(out.dtype).type(1).item(), out.dtype)

    def finish(at: Sequence[Value]) -> None:
        total = b.compute("complex", out.dtype, b.load(real, at), b.load(imag, at))
        if scaled:
            total = b.compute("mul", out.dtype, alpha, total)
        if c is not None:
            share = b.compute("mul", out.dtype, beta, b.cast(b.load(c, at), out.dtype))
            total = b.compute("add", out.dtype, share, total)
        b.store(out, at, total)

    with b.kernel():
        b.nest(out.extents, finish)


def _parts(b: Builder, x: Buffer, dtype: str, work: str) -> tuple[Buffer, Buffer]:
    """Return copies of the real and of the imaginary parts of an array cast to `dtype`."""
    real, imag = b.new(work, x.extents), b.new(work, x.extents)

    def copy(at: Sequence[Value]) -> None:
        number = b.cast(b.load(x, at), dtype)
        b.store(real, at, b.compute("real", work, number))
        b.store(imag, at, b.compute("imag", work, number))

    with b.kernel():
        b.nest(x.extents, copy)
    return real, imag


def _by_loops(
    b: Builder, out: Buffer, x: Buffer, y: Buffer, alpha: Value, beta: Value, c: Buffer | None
) -> None:
    """Write products of integers, or of float16 summed in float32: rows of the result as sums of
    rows of `y`, or element by element where columns of `y` are contiguous."""
    work = alpha.dtype
    fn_mul, fn_add = ("and_", "or_") if work == "bool" else ("mul", "add")
    zero = Literal(np.dtype(work).type(0).item(), work)

    def added(total: Value, left: Value, right: Value) -> Value:
        factors = b.cast(left, work), b.cast(right, work)
        if np.dtype(work).kind == "f":
            return b.compute("multiply_add", work, *factors, total)
        return b.compute(fn_add, work, total, b.compute(fn_mul, work, *factors))

    scaled = alpha != Literal(np.dtype(work).type(1).item(), work)

    def finish(i: Value, j: Value, total: Value) -> None:
        if scaled:
            total = b.compute(fn_mul, work, alpha, total)
        if c is not None:
            share = b.compute(fn_mul, work, beta, b.cast(b.load(c, (i, j)), work))
            total = b.compute(fn_add, work, share, total)
        b.store(out, (i, j), b.cast(total, out.dtype))

    def by_element(indices: Sequence[Value]) -> None:
        i, j = indices
        (total,) = b.loop(
            x.extents[1],
            lambda k, total: [added(total, b.load(x, (i, k)), b.load(y, (k, j)))],
            [zero],
        )
        finish(i, j, total)

    def by_row(i: Value) -> None:
        columns = out.extents[1]
        b.loop(columns, lambda j: b.store(sums, (i, j), zero))

        def step(k: Scalar) -> None:
            left = b.load(x, (i, k))
            b.loop(
                columns,
                lambda j: b.store(
                    sums, (i, j), added(b.load(sums, (i, j)), left, b.load(y, (k, j)))
                ),
            )

        b.loop(x.extents[1], step)
        if scaled or c is not None or sums is not out:
            b.loop(columns, lambda j: finish(i, j, b.load(sums, (i, j))))

    along_columns = y.strides[0] == ONE and y.strides[1] != ONE
    if along_columns or out.extents[1] == ONE:
        with b.kernel():
            b.nest(out.extents, by_element)
        return
    sums = out if out.dtype == work else b.new(work, out.extents)
    with b.kernel():
        b.nest(out.extents[:1], lambda indices: by_row(indices[0]))
