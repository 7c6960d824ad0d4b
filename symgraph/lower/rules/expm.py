"""Lower matrix exponentials: a quotient of polynomials of degree 13 (Padé's) of the matrix, halved
until its norm is small, and the result squared as often.

Source: N. J. Higham, "The scaling and squaring method for the matrix exponential revisited" (2005),
algorithm 2.3, with its largest degree for all matrices.
"""

from collections.abc import Sequence

from symgraph.graph import Apply
from symgraph.lower.program.types import MatMul
from symgraph.lower.program.values import ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.rules.dot import complex_product
from symgraph.lower.rules.lapack import Indices, LapackWriter
from symgraph.lower.writing.builder import Builder

# The coefficients of the numerator, over the first: the denominator has those of -a.
COEFFICIENTS = (
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
    10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
)  # fmt: skip
SCALED = tuple(coefficient / COEFFICIENTS[0] for coefficient in COEFFICIENTS)
# The norms for which the quotient is right to the last place, in float64.
LARGEST_NORM = 5.371920351148152
# Halvings beyond which a matrix is not halved any more: its exponential overflows, or has no digit.
MOST_HALVINGS = 1100


def expm(b: Builder, node: Apply) -> None:
    w = LapackWriter(b, node, "expm")
    a = b.buffer(node.inputs[0])
    n = w.square(a)
    out = w.new(*a.extents)
    exponential = _Exponential(w, n)
    w.each(a.extents[:-2], lambda at: exponential.write(w.entry(a, at), w.entry(out, at)))
    w.bind(0, out)


class _Exponential:
    """The exponential of one matrix after the other."""

    def __init__(self, w: LapackWriter, n: Value) -> None:
        self.w, self.b, self.n = w, w.b, n
        self.halvings = w.b.new("int64", ())
        names = ("a", "a2", "a4", "a6", "inner", "odd", "even")
        self.a, self.a2, self.a4, self.a6, self.inner, self.odd, self.even = (
            w.new(n, n) for _ in names
        )
        self.pivots = w.integers(n)

    def write(self, given: Buffer, out: Buffer) -> None:
        w, b = self.w, self.b
        with b.kernel():
            b.store(self.halvings, (), self._count(given))
        count = b.load(self.halvings, ())
        power = b.compute("neg", w.real, b.cast(count, w.real))
        factor = b.cast(b.compute("exp2", w.real, power), w.dtype)

        def scaled(at: Indices) -> Value:
            return b.compute("mul", w.dtype, w.load(given, at), factor)

        w.fill(self.a, scaled)
        for result, one, other in (
            (self.a2, self.a, self.a), (self.a4, self.a2, self.a2), (self.a6, self.a4, self.a2)
        ):  # fmt: skip
            self._multiply(result, one, other)
        self._sum(self.inner, (13, 11, 9), None)
        self._multiply(self.even, self.a6, self.inner)
        self._sum(self.inner, (7, 5, 3, 1), self.even)
        self._multiply(self.odd, self.a, self.inner)
        self._sum(self.inner, (12, 10, 8), None)
        self._multiply(self.a, self.a6, self.inner)
        self._sum(self.even, (6, 4, 2, 0), self.a)
        self._quotient(out)
        self._square(out, count)

    def _count(self, given: Buffer) -> Value:
        """Return how often the matrix is halved until the largest sum of magnitudes in a row is
        small; never for one with infinities or nan."""
        w, b = self.w, self.b

        def row(i: Scalar, largest: Scalar) -> Sequence[Value]:
            def add(j: Scalar, total: Scalar) -> Sequence[Value]:
                size = w.magnitude(w.load(given, (i, j)))
                return [b.compute("add", w.real, total, size)]

            (total,) = b.loop(self.n, add, [w.real_number(0)])
            return [b.compute("maximum", w.real, largest, total)]

        (norm,) = b.loop(self.n, row, [w.real_number(0)])

        def halve(_: Scalar, count: Scalar, rest: Scalar) -> Sequence[Value]:
            larger = b.test("gt", rest, w.real_number(LARGEST_NORM))
            larger = b.test("and_", larger, b.test("lt", rest, w.real_number(float("inf"))))
            half = b.compute("mul", w.real, rest, w.real_number(0.5))
            more = b.integer("add", count, b.cast(larger, "int64"))
            return [more, w.where(larger, half, rest)]

        count, _ = b.loop(Literal(MOST_HALVINGS), halve, [ZERO, norm])
        return count

    def _multiply(self, out: Buffer, one: Buffer, other: Buffer) -> None:
        w = self.w
        if w.is_complex:
            complex_product(self.b, out, one, other, w.number(1), w.number(0), None)
        else:
            self.b.append(MatMul(out, one, other, w.number(1), w.number(0)))

    def _sum(self, out: Buffer, degrees: Sequence[int], added: Buffer | None) -> None:
        """Write the sum of a6, a4, a2 (and 1) times the coefficients, and what is added."""
        w, b = self.w, self.b
        powers = dict(zip(degrees, (self.a6, self.a4, self.a2), strict=False))

        def element(at: Indices) -> Value:
            total: Value = w.number(0)
            if len(degrees) > len(powers):
                constant = w.number(SCALED[degrees[-1]])
                total = b.compute("mul", w.dtype, w.identity(at), constant)
            if added is not None:
                total = b.compute("add", w.dtype, total, b.load(added, at))
            for degree, power in powers.items():
                factor = w.number(SCALED[degree])
                share = b.compute("mul", w.dtype, b.load(power, at), factor)
                total = b.compute("add", w.dtype, total, share)
            return total

        w.fill(out, element)

    def _quotient(self, out: Buffer) -> None:
        """Solve (even - odd) · x = even + odd: of the transposed matrices, with the right-hand side
        column by column."""
        w, b, n = self.w, self.b, self.n
        w.fill(self.inner, lambda at: self._combined("sub", at))
        turned = w.turned(self.a)
        w.fill(turned, lambda at: self._combined("add", at))
        lead = w.leading(n)
        over = (n, n, n)
        w.call("getrf", n, n, self.inner, lead, self.pivots, flops=1 / 3, over=over)
        w.call("getrs", "T", n, n, self.inner, lead, self.pivots, self.a, lead, flops=1, over=over)
        w.fill(out, lambda at: b.load(turned, at))

    def _combined(self, fn: str, at: Indices) -> Value:
        b = self.b
        return b.compute(fn, self.w.dtype, b.load(self.even, at), b.load(self.odd, at))

    def _square(self, out: Buffer, count: Value) -> None:
        b = self.b

        def squaring(_: Scalar) -> None:
            self._multiply(self.inner, out, out)
            self.w.fill(out, lambda at: b.load(self.inner, at))

        b.loop(count, squaring)
