"""Lower inverses, solutions of equations, Cholesky factors and determinants to calls of LAPACK."""

from collections.abc import Sequence

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Buffer, Scalar, Value
from symgraph.lower.rules.lapack import BLOCK, Indices, LapackWriter
from symgraph.lower.writing.builder import Builder

SINGULAR = "Singular matrix"
NOT_DEFINITE = "Matrix is not positive definite"


def matrix_inverse(b: Builder, node: Apply) -> None:
    """Invert in place; of the transposed matrix, whose inverse is the transposed one."""
    w = LapackWriter(b, node, "inv")
    a = b.buffer(node.inputs[0])
    n = w.square(a)
    out, pivots = w.copied(a), w.integers(n)
    size = w.leading(w.sum((BLOCK, n)))
    scratch, lead = w.new(size), w.leading(n)

    def invert(at: Indices) -> None:
        matrix = w.entry(out, at)
        info = w.call("getrf", n, n, matrix, lead, pivots, flops=1 / 3, over=(n, n, n))
        w.demand(info, SINGULAR)
        info = w.call("getri", n, matrix, lead, pivots, scratch, size, flops=2 / 3, over=(n, n, n))
        w.demand(info, SINGULAR)

    w.each(a.extents[:-2], invert)
    w.bind(0, out)


def cholesky(b: Builder, node: Apply) -> None:
    """Factor the triangle in place: the lower one of rows is the upper one of columns."""
    w = LapackWriter(b, node, "cholesky")
    a, lower = b.buffer(node.inputs[0]), node.op.lower  # type: ignore[attr-defined]
    n = w.square(a)
    out = w.new(*a.extents)

    def part(at: Indices) -> Value:
        inside = b.test("ge" if lower else "le", *at[-2:])
        return w.where(inside, w.load(a, at), w.number(0))

    w.fill(out, part)

    def factor(at: Indices) -> None:
        matrix = w.entry(out, at)
        letter = "U" if lower else "L"
        info = w.call("potrf", letter, n, matrix, w.leading(n), flops=1 / 6, over=(n, n, n))
        if node.op.on_error == "raise":  # type: ignore[attr-defined]
            w.demand(info, NOT_DEFINITE)
            return
        nan = w.number(float("nan"))
        failed = b.test("neq", info, ZERO)
        b.choose(failed, lambda: w.fill(matrix, lambda _: nan), lambda: None)

    w.each(a.extents[:-2], factor)
    w.bind(0, out)


def solve(b: Builder, node: Apply) -> None:
    """Solve with the right-hand sides as rows, which are columns for LAPACK."""
    w = LapackWriter(b, node, "solve")
    a, given = (b.buffer(v) for v in node.inputs)
    n = w.square(a)
    batch = a.extents[:-2]
    message = "solve: shapes do not fit: an extent of {0} and one of {1}"
    w.equal((*batch, n), given.extents[: len(batch) + 1], message)
    vectors = len(given.extents) < len(a.extents)
    sides = w.copied(given if vectors else w.turned(given))
    count = ONE if vectors else sides.extents[-2]
    w.fits(count)
    equations = _Equations(w, node, a, n, count)
    w.each(batch, lambda at: equations.solve(at, w.entry(sides, at, 1 if vectors else 2)))
    w.bind(0, sides if vectors else w.turned(sides))


class _Equations:
    """Equations with one matrix of a batch after the other."""

    def __init__(self, w: LapackWriter, node: Apply, a: Buffer, n: Value, count: Value) -> None:
        self.w, self.a, self.n, self.count = w, a, n, count
        self.part, self.structure = node.op.part, node.op.structure  # type: ignore[attr-defined]
        self.lead = w.leading(n)
        # The matrix is what LAPACK overwrites.
        self.matrix = w.new(n, n)
        if self.structure in ("symmetric", "hermitian") or self.part == "all":
            self.pivots = w.integers(n)
        if self.structure in ("symmetric", "hermitian"):
            self.size = w.leading(w.sum((BLOCK, n)))
            self.scratch = w.new(self.size)

    def solve(self, at: Indices, sides: Buffer) -> None:
        w, n, own = self.w, self.n, self.w.entry(self.a, at)
        matrix, lead, count = self.matrix, self.lead, self.count
        turned = self.structure in ("hermitian", "definite")

        def element(place: Indices) -> Value:
            # By columns a Hermitian matrix is its conjugate.
            value = w.load(own, place)
            return w.conjugate(value) if turned else value

        w.fill(matrix, element)
        # The lower triangle of rows is the upper one of columns.
        letter = "U" if self.part == "lower" else "L"
        cube, square = (n, n, n), (n, n, count)
        if self.structure == "definite":
            w.demand(w.call("potrf", letter, n, matrix, lead, flops=1 / 6, over=cube), NOT_DEFINITE)
            w.call("potrs", letter, n, count, matrix, lead, sides, lead, flops=1, over=square)
        elif self.structure != "zero":
            routine = "hesv" if self.structure == "hermitian" and w.is_complex else "sysv"
            info = w.call(
                routine, letter, n, count, matrix, lead, self.pivots, sides, lead,
                self.scratch, self.size, flops=1 / 6, over=cube,
            )  # fmt: skip
            w.demand(info, SINGULAR)
        elif self.part == "all":
            info = w.call("getrf", n, n, matrix, lead, self.pivots, flops=1 / 3, over=cube)
            w.demand(info, SINGULAR)
            w.call(
                "getrs", "T", n, count, matrix, lead, self.pivots, sides, lead,
                flops=1, over=square,
            )  # fmt: skip
        else:
            info = w.call(
                "trtrs", letter, "T", "N", n, count, matrix, lead, sides, lead,
                flops=0.5, over=square,
            )  # fmt: skip
            w.demand(info, SINGULAR)


def det(b: Builder, node: Apply) -> None:
    """Write the product of sign and magnitude, as NumPy does."""
    w, sign, logarithm = _slogdet(b, node, "det")

    def whole(at: Indices) -> Value:
        size = b.compute("exp", w.real, b.load(logarithm, at))
        return b.compute("mul", w.dtype, b.load(sign, at), b.cast(size, w.dtype))

    w.fill(sign, whole)
    w.bind(0, sign)


def slogdet(b: Builder, node: Apply) -> None:
    w, sign, logarithm = _slogdet(b, node, "slogdet")
    w.bind(0, sign)
    w.bind(1, logarithm)


def _slogdet(b: Builder, node: Apply, what: str) -> tuple[LapackWriter, Buffer, Buffer]:
    """Write the signs and the logarithms of determinants, from LU factors."""
    w = LapackWriter(b, node, what)
    a = b.buffer(node.inputs[0])
    n, batch = w.square(a), a.extents[:-2]
    sign, logarithm = w.new(*batch), w.reals(*batch)
    matrix, pivots = w.new(n, n), w.integers(n)

    def one(at: Indices) -> None:
        own = w.entry(a, at)
        w.fill(matrix, lambda place: w.load(own, place))
        info = w.call("getrf", n, n, matrix, w.leading(n), pivots, flops=1 / 3, over=(n, n, n))

        def put(turn: Value, size: Value) -> None:
            b.store(sign, at, turn)
            b.store(logarithm, at, size)

        def singular() -> None:
            with b.kernel():
                put(w.number(0), w.real_number(-float("inf")))

        def regular() -> None:
            with b.kernel():
                put(*b.loop(n, step, [w.number(1), w.real_number(0)]))

        b.choose(b.test("eq", info, ZERO), regular, singular)

    def step(i: Scalar, turn: Scalar, size: Scalar) -> Sequence[Value]:
        pivot = b.load(matrix, (i, i))
        position = b.cast(b.load(pivots, (i,)), "int64")
        exchanged = b.test("neq", position, b.integer("add", i, ONE))
        turned = w.where(exchanged, b.compute("neg", w.dtype, turn), turn)
        magnitude = w.magnitude(pivot)
        logarithm = b.compute("log", w.real, magnitude)
        turned = b.compute("mul", w.dtype, turned, _direction(w, pivot, magnitude))
        return [turned, b.compute("add", w.real, size, logarithm)]

    w.each(batch, one)
    return w, sign, logarithm


def _direction(w: LapackWriter, pivot: Value, magnitude: Value) -> Value:
    """Return a number divided by its magnitude."""
    b = w.b
    if not w.is_complex:
        negative = b.test("lt", pivot, w.number(0))
        return w.where(negative, w.number(-1), w.number(1))
    parts = [b.compute(part, w.real, pivot) for part in ("real", "imag")]
    scaled = [b.compute("true_div", w.real, part, magnitude) for part in parts]
    return b.compute("complex", w.dtype, *scaled)
