"""Lower eigenvalues, singular values, QR and LU factors and least squares to calls of LAPACK."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Buffer, Value
from symgraph.lower.rules.lapack import BLOCK, Indices, LapackWriter
from symgraph.lower.writing.builder import Builder


def eigh(b: Builder, node: Apply) -> None:
    """Find the eigenvectors column by column, as NumPy does, so that their signs are the same."""
    w, values, vectors = _eigenvalues(b, node, "eigh", "V")
    w.bind(0, values)
    w.bind(1, w.turned(vectors))


def eigvalsh(b: Builder, node: Apply) -> None:
    w, values, _ = _eigenvalues(b, node, "eigvalsh", "N")
    w.bind(0, values)


def _eigenvalues(
    b: Builder, node: Apply, what: str, wanted: str
) -> tuple[LapackWriter, Buffer, Buffer]:
    """Write the eigenvalues, and over a copy of the matrices the eigenvectors, if wanted."""
    w = LapackWriter(b, node, what)
    a = b.buffer(node.inputs[0])
    n = w.square(a)
    matrices, values = w.copied(w.turned(a)), w.reals(*a.extents[:-1])
    square = b.integer("mul", n, n)
    # The documented minimum, and room for blocks.
    size = w.sum(1, (6 + BLOCK, n), (2 if wanted == "V" else 0, square))
    count = w.sum(3, (5, n))
    scratch, integers = w.new(size), w.integers(count)
    extra: list[Value | Buffer] = []
    if w.is_complex:
        reals = w.sum(1, (5, n), (2, square))
        extra = [w.reals(reals), reals]
    letter = "L" if node.op.part == "lower" else "U"  # type: ignore[attr-defined]

    def one(at: Indices) -> None:
        matrix, own = w.entry(matrices, at), w.entry(values, at, 1)
        info = w.call(
            "heevd" if w.is_complex else "syevd", wanted, letter, n, matrix, w.leading(n), own,
            scratch, size, *extra, integers, count,
            flops=4 if wanted == "V" else 2, over=(n, n, n),
        )  # fmt: skip
        w.demand(info, "Eigenvalues did not converge")

    w.each(a.extents[:-2], one)
    return w, values, matrices


def eig(b: Builder, node: Apply) -> None:
    w = LapackWriter(b, node, "eig")
    a = b.buffer(node.inputs[0])
    n = w.square(a)
    batch = a.extents[:-2]
    _check_finite(w, a)
    values_of_all, vectors_of_all = node.outputs
    out = (
        b.new(values_of_all.type.dtype, a.extents[:-1]),
        b.new(vectors_of_all.type.dtype, a.extents),
    )
    matrix, size = w.new(n, n), w.leading(w.sum((4 + BLOCK, n)))
    real, imag, rows, nothing = w.new(n), w.new(n), w.new(n, n), w.new(ONE)
    scratch = w.new(size)
    extra = [w.reals(w.leading(w.sum((2, n))))] if w.is_complex else []

    def one(at: Indices) -> None:
        own = w.entry(w.turned(a), at)
        w.fill(matrix, lambda place: w.load(own, place))
        info = w.call(
            "geev", "N", "V", n, matrix, w.leading(n), *([real] if w.is_complex else [real, imag]),
            nothing, ONE, rows, w.leading(n), scratch, size, *extra,
            flops=20, over=(n, n, n),
        )  # fmt: skip
        w.demand(info, "Eigenvalues did not converge")
        values, vectors = w.entry(out[0], at, 1), w.entry(out[1], at)
        if w.is_complex:
            w.fill(values, lambda place: b.load(real, place))
            w.fill(vectors, lambda place: b.load(rows, place[::-1]))
        else:
            _compose(w, (real, imag), rows, values, vectors)

    w.each(batch, one)
    for variable, buffer in zip(node.outputs, out, strict=True):
        b.bind(variable, buffer)


def _compose(
    w: LapackWriter, parts: tuple[Buffer, Buffer], rows: Buffer, values: Buffer, vectors: Buffer
) -> None:
    """Write complex eigenvalues and vectors from LAPACK's form for real matrices: of a conjugate
    pair, the vectors are the real and the imaginary part of the first."""
    b, (real, imag) = w.b, parts
    last = b.integer("sub", values.extents[0], ONE)
    w.fill(
        values, lambda at: b.compute("complex", values.dtype, b.load(real, at), b.load(imag, at))
    )

    def element(at: Indices) -> Value:
        i, j = at
        turn, zero = b.load(imag, (j,)), w.number(0)
        is_first, is_second = b.test("gt", turn, zero), b.test("lt", turn, zero)
        first = b.integer("sub", j, b.cast(is_second, "int64"))
        second = b.integer("minimum", b.integer("add", first, ONE), last)
        size = b.load(rows, (second, i))
        below = w.where(is_second, b.compute("neg", w.dtype, size), zero)
        imaginary = w.where(is_first, size, below)
        return b.compute("complex", vectors.dtype, b.load(rows, (first, i)), imaginary)

    w.fill(vectors, element)


def _check_finite(w: LapackWriter, a: Buffer) -> None:
    """Check that no number is infinite or nan, of which LAPACK would find no eigenvalues."""
    b = w.b
    flag = b.new("int64", ())

    def level(at: Indices, found: Value) -> Value:
        if len(at) == len(a.extents):
            value = w.load(a, at)
            wrong = b.test("or_", b.test("isnan", value), b.test("isinf", value))
            return b.integer("add", found, b.cast(wrong, "int64"))
        (total,) = b.loop(a.extents[len(at)], lambda i, so_far: [level((*at, i), so_far)], [found])
        return total

    with b.kernel():
        b.store(flag, (), level((), ZERO))
    w.demand(b.load(flag), "Array must not contain infs or NaNs")


def svd(b: Builder, node: Apply) -> None:
    """Decompose column by column, as NumPy does, so that the signs are the same."""
    decomposition = _Decomposition(b, node)
    w, (*batch, m, n) = decomposition.w, decomposition.a.extents
    full = node.op.full  # type: ignore[attr-defined]
    left, right = (m, n) if full else (decomposition.k, decomposition.k)
    # Column by column: the columns of U, and those of Vh.
    u, vh = w.new(*batch, left, m), w.new(*batch, n, right)
    if full:
        # LAPACK leaves factors of matrices without elements as they are.
        empty = b.test("eq", decomposition.k, ZERO)
        for factor in (u, vh):
            b.choose(empty, partial(w.fill, factor, w.identity), lambda: None)
    decomposition.write("A" if full else "S", u, vh, right)
    w.bind(0, w.turned(u))
    w.bind(1, decomposition.values)
    w.bind(2, w.turned(vh))


def singular_values(b: Builder, node: Apply) -> None:
    decomposition = _Decomposition(b, node)
    nothing = decomposition.w.new(ONE)
    decomposition.write("N", nothing, nothing, ONE)
    decomposition.w.bind(0, decomposition.values)


class _Decomposition:
    """Singular value decompositions of a node's matrices."""

    def __init__(self, b: Builder, node: Apply) -> None:
        self.w = w = LapackWriter(b, node, "svd")
        self.a = a = b.buffer(node.inputs[0])
        *batch, m, n = a.extents
        w.fits(m, n)
        self.k = b.integer("minimum", m, n)
        self.values = w.reals(*batch, self.k)

    def write(self, wanted: str, u: Buffer, vh: Buffer, right: Value) -> None:
        w, b, a, k = self.w, self.w.b, self.a, self.k
        *batch, m, n = a.extents
        matrix = w.new(n, m)
        larger = b.integer("maximum", m, n)
        square = b.integer("mul", k, k)
        # The documented minimum, and room for blocks.
        size = w.sum(1, (4, square), (8 + 2 * BLOCK, k), (1 + BLOCK, larger))
        scratch, integers = w.new(size), w.integers(w.sum(1, (8, k)))
        extra: list[Buffer] = []
        if w.is_complex:
            both = b.integer("mul", k, larger)
            extra = [w.reals(w.sum(1, (7, square), (7, k), (2, both)))]

        def one(at: Indices) -> None:
            own = w.entry(w.turned(a), at)
            w.fill(matrix, lambda place: w.load(own, place))
            u_own, vh_own = (x if wanted == "N" else w.entry(x, at) for x in (u, vh))
            info = w.call(
                "gesdd", wanted, m, n, matrix, w.leading(m), w.entry(self.values, at, 1),
                u_own, w.leading(m), vh_own, w.leading(right), scratch, size, *extra, integers,
                flops=4 if wanted == "N" else 12, over=(m, n, k),
            )  # fmt: skip
            w.demand(info, "SVD did not converge")

        w.each(batch, one)


def qr(b: Builder, node: Apply) -> None:
    """Factor the columns; what is left of them becomes R, and Q is made in their place."""
    mode = node.op.mode  # type: ignore[attr-defined]
    factoring = _Factoring(b, node)
    w, m, n, k = factoring.w, factoring.m, factoring.n, factoring.k
    batch = factoring.a.extents[:-2]
    factoring.write()
    columns = factoring.columns
    inner = m if mode == "complete" else k
    upper = w.new(*batch, inner, n)

    def of_upper(at: Indices) -> Value:
        *front, i, j = at
        inside = b.test("le", i, j)
        if mode == "complete":
            # Rows behind the last reflector are zero, and not within the columns.
            inside = b.test("and_", inside, b.test("lt", i, k))
        value = b.load(columns, (*front, j, i))
        return w.where(inside, value, w.number(0))

    w.fill(upper, of_upper)
    if mode == "r":
        w.bind(0, upper)
        return
    q = w.new(*batch, inner, m)

    def of_reflectors(at: Indices) -> Value:
        *front, j, i = at
        last = b.integer("maximum", b.integer("sub", n, ONE), ZERO)
        inside = b.test("lt", j, k)
        value = b.load(columns, (*front, b.integer("minimum", j, last), i))
        return w.where(inside, value, w.number(0))

    has_columns = b.test("gt", k, ZERO)
    b.choose(
        has_columns,
        lambda: w.fill(q, of_reflectors),
        lambda: w.fill(q, lambda _: w.number(0)),
    )
    size = w.leading(w.sum((BLOCK, inner)))
    scratch = w.new(size)

    def one(at: Indices) -> None:
        own, factors = w.entry(q, at), w.entry(factoring.factors, at, 1)
        w.call(
            "ungqr" if w.is_complex else "orgqr", m, inner, k, own, w.leading(m), factors, scratch,
            size, flops=1, over=(m, inner, k),
        )  # fmt: skip

    w.each(batch, one)
    w.bind(0, w.turned(q))
    w.bind(1, upper)


def reflectors(b: Builder, node: Apply) -> None:
    factoring = _Factoring(b, node)
    factoring.write()
    factoring.w.bind(0, factoring.columns)
    factoring.w.bind(1, factoring.factors)


class _Factoring:
    """The Householder vectors of a node's matrices, column by column."""

    def __init__(self, b: Builder, node: Apply) -> None:
        self.w = w = LapackWriter(b, node, "qr")
        self.a = a = b.buffer(node.inputs[0])
        *batch, self.m, self.n = a.extents
        w.fits(self.m, self.n)
        self.k = b.integer("minimum", self.m, self.n)
        self.columns = w.copied(w.turned(a))
        self.factors = w.new(*batch, self.k)

    def write(self) -> None:
        w, m, n = self.w, self.m, self.n
        size = w.leading(w.sum((BLOCK, n)))
        scratch = w.new(size)

        def one(at: Indices) -> None:
            own, factors = w.entry(self.columns, at), w.entry(self.factors, at, 1)
            w.call(
                "geqrf", m, n, own, w.leading(m), factors, scratch, size,
                flops=1, over=(m, n, self.k),
            )  # fmt: skip

        w.each(self.a.extents[:-2], one)


def lu(b: Builder, node: Apply) -> None:
    w = LapackWriter(b, node, "lu")
    a = b.buffer(node.inputs[0])
    *batch, m, n = a.extents
    w.fits(m, n)
    k = b.integer("minimum", m, n)
    columns, pivots = w.copied(w.turned(a)), w.integers(*batch, k)
    order = b.new("int64", (*batch, m))
    w.fill(order, lambda at: at[-1])

    def one(at: Indices) -> None:
        own, exchanged = w.entry(columns, at), w.entry(pivots, at, 1)
        w.call("getrf", m, n, own, w.leading(m), exchanged, flops=1 / 3, over=(m, n, k))
        rows = w.entry(order, at, 1)

        def exchange(i: Value) -> None:
            # LAPACK counts from 1.
            place = b.integer("sub", b.cast(b.load(exchanged, (i,)), "int64"), ONE)
            _swap(b, rows, (i,), (place,))
            b.store(exchanged, (i,), b.cast(place, "int32"))

        with b.kernel():
            b.loop(k, exchange)

    w.each(batch, one)
    w.bind(0, w.turned(columns))
    b.bind(node.outputs[1], pivots)
    b.bind(node.outputs[2], order)


def _swap(b: Builder, x: Buffer, one: Indices, other: Indices) -> None:
    """Exchange two elements."""
    here, there = b.load(x, one), b.load(x, other)
    b.store(x, one, there)
    b.store(x, other, here)


def row_order(b: Builder, node: Apply) -> None:
    pivots = b.buffer(node.inputs[0])
    *batch, count = b.extents(node.outputs[0])
    order = b.bind(node.outputs[0], b.new("int64", (*batch, count)))
    with b.kernel():
        b.nest(order.extents, lambda at: b.store(order, at, at[-1]))
    last = b.integer("maximum", b.integer("sub", count, ONE), ZERO)
    k = b.integer("minimum", pivots.extents[-1], count)

    def one(at: Indices) -> None:
        def exchange(i: Value) -> None:
            place = b.cast(b.load(pivots, (*at, i)), "int64")
            # Whoever asks has checked them.
            place = b.integer("minimum", b.integer("maximum", place, ZERO), last)
            _swap(b, order, (*at, i), (*at, place))

        b.loop(k, exchange)

    with b.kernel():
        b.nest(batch, one)


def least_squares(b: Builder, node: Apply) -> None:
    w = LapackWriter(b, node, "lstsq")
    a, given, *limits = (b.buffer(v) for v in node.inputs)
    *batch, m, n = a.extents
    sides = given.extents[-1]
    message = "lstsq: shapes do not fit: an extent of {0} and one of {1}"
    w.equal((*batch, m), given.extents[:-1], message)
    for buffer in limits:
        w.equal(batch, buffer.extents, message)
    w.fits(m, n, sides)
    k, larger = b.integer("minimum", m, n), b.integer("maximum", m, n)
    matrix, values = w.new(n, m), w.reals(*batch, k)
    # The right-hand sides, at least one, and behind them room for the solutions.
    count = w.leading(sides)
    both = w.new(*batch, count, larger)
    b.choose(
        b.test("gt", b.integer("mul", m, sides), ZERO),
        lambda: w.fill(both, lambda at: _within(w, given, at, m)),
        lambda: w.fill(both, lambda _: w.number(0)),
    )
    rank, found = b.new("int64", batch), w.integers(ONE)
    # The documented minimum for trees of up to 20 levels of blocks of 25, and room for blocks.
    share = b.integer("mul", k, count)
    size = w.sum(676 + BLOCK, (222, k), (1, share), (3 * BLOCK, larger), (BLOCK, count))
    scratch, integers = w.new(size), w.integers(w.sum(1, (71, k)))
    extra: list[Buffer] = []
    if w.is_complex:
        extra = [w.reals(w.sum(676, (300, k), (10, larger), (77, count), (2, share)))]
    common = _tolerance(w, node, larger)

    def one(at: Indices) -> None:
        tolerance = b.cast(b.load(limits[0], at), w.real) if limits else common
        own, right = w.entry(w.turned(a), at), w.entry(both, at)
        w.fill(matrix, lambda place: w.load(own, place))
        info = w.call(
            "gelsd", m, n, count, matrix, w.leading(m), right, w.leading(larger),
            w.entry(values, at, 1), tolerance, found, scratch, size, *extra, integers,
            flops=4, over=(m, n, k),
        )  # fmt: skip
        w.demand(info, "SVD did not converge in Linear Least Squares")
        with b.kernel():
            b.store(rank, at, b.cast(b.load(found, (ZERO,)), "int64"))

    w.each(batch, one)
    solutions = b.view(both, (*batch, sides, n), both.strides)
    w.bind(0, w.turned(solutions))
    b.bind(node.outputs[1], rank)
    w.bind(2, values)


def _within(w: LapackWriter, given: Buffer, at: Sequence[Value], rows: Value) -> Value:
    """Return the element of a right-hand side, and 0 behind its last row."""
    b = w.b
    *front, column, i = at
    last = b.integer("maximum", b.integer("sub", rows, ONE), ZERO)
    value = w.load(given, (*front, b.integer("minimum", i, last), column))
    return w.where(b.test("lt", i, rows), value, w.number(0))


def _tolerance(w: LapackWriter, node: Apply, larger: Value) -> Value:
    rcond = node.op.rcond  # type: ignore[attr-defined]
    if rcond is not None:
        return w.real_number(rcond)
    unit = w.real_number(float(np.finfo(w.real).eps))
    return w.b.compute("mul", w.real, w.b.cast(larger, w.real), unit)
