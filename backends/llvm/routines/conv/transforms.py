"""The transforms of Cook, Toom and Winograd: short convolutions with few multiplications.

For m places of an output and r of a kernel, with a = m + r - 1 of the image, take a - 1 points and
the point at infinity. With the matrices A (a x m) and G (a x r), of the points' powers (the latter
divided by the product of a point's distances from the others), and B' (a x a), of the coefficients
of the polynomials that vanish at all points but one,

    sum over i  g[i] d[j + i]  =  sum over t  A[t, j] (G g)[t] (B' d)[t]        j = 0 ... m - 1

(A. Toom 1963, S. Cook 1966, S. Winograd 1980; in two dimensions by rows and by columns: A. Lavin,
S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015). The trilinear form on the right
has the output's, the kernel's and the image's derivatives by the transposed matrices.

The points are those whose rounding errors are least among small fractions: for 4 + 5 - 1 of them
those of a result are about 5 times a direct sum's, for 4 + 3 - 1 about 3 times.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from llvmlite import ir
from symgraph.backends.llvm.routines.matmul.vectors import Lanes

POINTS = {
    6: (Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-2)),
    8: (
        Fraction(0), Fraction(1), Fraction(-1), Fraction(2), Fraction(-2),
        Fraction(1, 2), Fraction(-1, 2),
    ),
}  # fmt: skip
Matrix = tuple[tuple[Fraction, ...], ...]


@cache
def matrices(m: int, r: int) -> dict[str, Matrix]:
    """Return A, G and B' for m places of the output and r of the kernel."""
    points = POINTS[m + r - 1]
    others = [[q for q in points if q is not p] for p in points]
    distances = [_product([p - q for q in rest]) for p, rest in zip(points, others, strict=True)]
    rows = list(zip(points, distances, strict=True))
    infinite = Fraction(1)
    return {
        "A": (
            *(tuple(p**j for j in range(m)) for p in points),
            (*(Fraction(0),) * (m - 1), infinite),
        ),
        "G": (
            *(tuple(p**j / n for j in range(r)) for p, n in rows),
            (*(Fraction(0),) * (r - 1), infinite),
        ),
        "B'": (*((*_vanishing(rest), Fraction(0)) for rest in others), _vanishing(points)),
    }


def _product(factors: Sequence[Fraction]) -> Fraction:
    total = Fraction(1)
    for factor in factors:
        total *= factor
    return total


def _vanishing(points: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return the coefficients of the monic polynomial that is 0 at the points."""
    coefficients = [Fraction(1)]
    for p in points:
        shifted = [Fraction(0), *coefficients]
        coefficients = [
            high - p * low for high, low in zip(shifted, [*coefficients, Fraction(0)], strict=True)
        ]
    return tuple(coefficients)


def transposed(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


class Splat(ir.Constant):
    """A vector of equal numbers, printed briefly."""

    def __init__(self, type: ir.VectorType, value: float) -> None:
        super().__init__(type, [value] * type.count)
        self._single = ir.Constant(type.element, value)

    def _get_reference(self) -> str:
        return f"splat ({self._single})"


class Transform:
    """Writes the product of a matrix of small fractions with vectors."""

    def __init__(self, b: ir.IRBuilder, lanes: Lanes) -> None:
        self.b = b
        self.lanes = lanes

    def apply(self, matrix: Matrix, vectors: Sequence[ir.Value]) -> list[ir.Value]:
        """Return the product. Vectors that the rows of the matrix combine alike except for signs
        are first added and subtracted; rows that are alike except for signs share common
        subexpressions."""
        matrix, vectors = self._paired(matrix, list(vectors))
        made: dict[int, ir.Value] = {}
        for i, row in enumerate(matrix):
            if i in made:
                continue
            j = next((j for j in range(i + 1, len(matrix)) if _mirrored(row, matrix[j])), None)
            if j is None or j in made:
                made[i] = self._sum(row, vectors)
                continue
            same = [x if x == y else Fraction(0) for x, y in zip(row, matrix[j], strict=True)]
            other = [x if x != y else Fraction(0) for x, y in zip(row, matrix[j], strict=True)]
            even, odd = self._sum(same, vectors), self._sum(other, vectors)
            made[i], made[j] = self.b.fadd(even, odd), self.b.fsub(even, odd)
        return [made[i] for i in range(len(matrix))]

    def _paired(self, matrix: Matrix, vectors: list[ir.Value]) -> tuple[Matrix, list[ir.Value]]:
        columns = list(transposed(matrix))
        for i in range(len(columns)):
            for j in range(i + 1, len(columns)):
                if not _mirrored(columns[i], columns[j]):
                    continue
                total = self.b.fadd(vectors[i], vectors[j])
                vectors[i], vectors[j] = total, self.b.fsub(vectors[i], vectors[j])
                both = list(zip(columns[i], columns[j], strict=True))
                columns[i] = tuple(x if x == y else Fraction(0) for x, y in both)
                columns[j] = tuple(x if x != y else Fraction(0) for x, y in both)
        return transposed(tuple(columns)), vectors

    def _sum(self, row: Sequence[Fraction], vectors: Sequence[ir.Value]) -> ir.Value:
        total: ir.Value | None = None
        terms = [(c, v) for c, v in zip(row, vectors, strict=True) if c]
        # A term without a factor first: the others are then fused multiply-adds.
        for factor, vector in sorted(terms, key=lambda term: term[0] != 1):
            if total is None:
                total = vector if factor == 1 else self.b.fmul(self._splat(factor), vector)
            elif abs(factor) == 1:
                total = (self.b.fadd if factor > 0 else self.b.fsub)(total, vector)
            else:
                total = self.lanes.multiply_add(self.b, self._splat(factor), vector, total)
        return self.lanes.zero() if total is None else total

    def _splat(self, factor: Fraction) -> ir.Constant:
        return Splat(self.lanes.type, float(factor))


def _mirrored(x: Sequence[Fraction], y: Sequence[Fraction]) -> bool:
    """Return whether two rows are alike except for signs, some the same and some not."""
    if any(abs(p) != abs(q) for p, q in zip(x, y, strict=True)):
        return False
    signs = {p == q for p, q in zip(x, y, strict=True) if p}
    return len(signs) == 2
