"""Matrix products: BLAS where it serves the dtype, loops elsewhere."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.builder import Builder
from symgraph.lower.program import ONE, ZERO, Buffer, Literal, MatMul, Scalar, Value

# BLAS counts in 32 bits.
BLAS_LARGEST = 2**31 - 1


def dot(b: Builder, node: Apply) -> None:
    left, right = (b.buffer(v) for v in node.inputs)
    out_type = node.outputs[0].type
    inner_a, inner_b = left.extents[-1], right.extents[0]
    if inner_a is not inner_b:
        message = "dot: shapes do not fit: {0} columns and {1} rows"
        b.check(b.test("eq", inner_a, inner_b), message, (inner_a, inner_b), node)
    a = _as_matrix(b, left, True)
    c = _as_matrix(b, right, False)
    rows, columns = a.extents[0], c.extents[1]
    for extent in dict.fromkeys((rows, inner_a, columns)):
        message = f"dot: matrix products take extents up to {BLAS_LARGEST}, not {{0}}"
        b.check(b.test("le", extent, Literal(BLAS_LARGEST)), message, (extent,), node)
    out = b.new(out_type.dtype, b.extents(node.outputs[0]))
    b.buffers[node.outputs[0]] = out
    matrix = b.view(
        out, (rows, columns), (columns if len(out.extents) == 2 else _line(out, rows), ONE)
    )
    if out_type.dtype in ("float32", "float64"):
        a, c = (_for_blas(b, b_in, out_type.dtype) for b_in in (a, c))
        b.block.append(MatMul(matrix, a, c))
    else:
        _dot_by_loops(b, matrix, a, c)


def _line(out: Buffer, rows: Value) -> Value:
    """The row stride of a vector or scalar seen as a matrix of one column or one row."""
    return ONE if rows != ONE else Literal(1)


def _as_matrix(b: Builder, x: Buffer, is_left: bool) -> Buffer:
    """A vector as a row on the left, and as a column on the right."""
    if len(x.extents) == 2:
        return x
    (extent,), (stride,) = x.extents, x.strides
    if is_left:
        return b.view(x, (ONE, extent), (extent, stride))
    return b.view(x, (extent, ONE), (stride, ONE))


def _for_blas(b: Builder, x: Buffer, dtype: str) -> Buffer:
    """`x` in the dtype of the product with a stride known to be 1; a copy where it is not."""
    if x.dtype == dtype and ONE in x.strides and ZERO not in x.strides and _plain_strides(x):
        return x
    copy = b.new(dtype, x.extents)
    with b.kernel():
        b.nest(x.extents, lambda i: b.store(copy, i, b.cast(b.load(x, i), dtype)))
    return copy


def _plain_strides(x: Buffer) -> bool:
    """Whether the other stride is that of whole rows: a slice with a step could run backwards."""
    root = x.base
    while root is not None:
        if root.kind not in ("view",):
            return set(x.strides) <= {*root.strides, ONE, *x.extents}
        root = root.base
    return True


def _dot_by_loops(b: Builder, out: Buffer, a: Buffer, c: Buffer) -> None:
    """Products of integers, or of float16 summed in float32."""
    work = "float32" if out.dtype == "float16" else out.dtype
    fn_mul, fn_add = ("and_", "or_") if work == "bool" else ("mul", "add")

    def element(indices: Sequence[Value]) -> None:
        i, j = indices

        def step(k: Scalar, total: Scalar) -> Sequence[Value]:
            x, y = b.cast(b.load(a, (i, k)), work), b.cast(b.load(c, (k, j)), work)
            return [b.compute(fn_add, work, total, b.compute(fn_mul, work, x, y))]

        zero = Literal(np.dtype(work).type(0).item(), work)
        (total,) = b.loop(a.extents[1], step, [zero])
        b.store(out, indices, b.cast(total, out.dtype))

    with b.kernel():
        b.nest(out.extents, element)
