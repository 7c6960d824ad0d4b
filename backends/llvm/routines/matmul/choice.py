"""Choose the routine for a product: by strides, and by extents as far as they are known.

Extents that are only known at run time are assumed to be neither tiny nor huge; whether a product
is so large that the library computes it is tested at run time.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from symgraph.backends.llvm.routines.matmul.dots import Dots, narrow_width, widest
from symgraph.backends.llvm.routines.matmul.library import Library, needs_blocking
from symgraph.backends.llvm.routines.matmul.outer import Outer
from symgraph.backends.llvm.routines.matmul.routine import Sum
from symgraph.backends.llvm.routines.matmul.vectors import Lanes

# From this summed extent on, sums across lanes and scattered stores are negligible.
INNER_FOR_LANES = 48
# From this number of rows on, copying a transposed b pays off.
ROWS_TO_COPY = 12
# Up to this number of columns count as few.
FEW = 16


@dataclass(frozen=True)
class Facts:
    """The facts known of a product before it runs: extents and strides, None where unknown."""

    dtype: str
    sum: Sum
    rows: int | None
    columns: int | None
    inner: int | None
    a: tuple[int | None, int | None]
    b: tuple[int | None, int | None]
    out: tuple[int | None, int | None]
    c: tuple[int | None, int | None]

    def swapped(self) -> "Facts":
        """Return the facts of the product of the transposed matrices, out' = b' · a'."""
        return replace(
            self,
            rows=self.columns,
            columns=self.rows,
            a=self.b[::-1],
            b=self.a[::-1],
            out=self.out[::-1],
            c=self.c[::-1],
        )

    @property
    def rows_in_line(self) -> bool:
        """Return whether the rows of the result, and of c, are contiguous."""
        return self.out[1] == 1 and (not self.sum.added or self.c[1] == 1)


class RoutineChoice(NamedTuple):
    """A routine, and whether it gets the transposed matrices."""

    spec: Outer | Dots
    swapped: bool = False


def choose(facts: Facts) -> RoutineChoice:
    """Return symgraph's own routine for a product."""
    if facts.columns == 1 and facts.rows != 1 and facts.out[0] == 1:
        return RoutineChoice(_in_rows(facts.swapped()), swapped=True)
    along_inner = facts.a[1] == 1 and facts.rows_in_line
    long = facts.inner is None or facts.inner >= INNER_FOR_LANES
    if facts.rows == 1 or not long:
        return RoutineChoice(_in_rows(facts))
    if fits_dots(facts.dtype, facts.columns) and along_inner:
        return RoutineChoice(_dots(facts, packed=facts.b[0] != 1))
    if wastes_lanes(facts.dtype, facts.columns) and facts.a[0] == 1:
        return RoutineChoice(_outer(facts.swapped()), swapped=True)
    return RoutineChoice(_in_rows(facts))


def wastes_lanes(dtype: str, columns: int | None) -> bool:
    """Return whether a result of few columns leaves many lanes of its vectors empty."""
    if columns is None or columns > FEW:
        return False
    count = Lanes(dtype).count
    return columns < 0.8 * count * -(-columns // count)


def fits_dots(dtype: str, columns: int | None) -> bool:
    """Return whether a few columns fill whole tiles of dot products, and are faster that way."""
    if columns is None or columns <= widest(dtype):
        return columns is not None
    return wastes_lanes(dtype, columns) and columns % narrow_width(dtype, columns) == 0


def _in_rows(facts: Facts) -> Outer | Dots:
    """Choose vectors along the columns; for few rows dot products, where both summed axes are
    contiguous and long, since copying b would take longer."""
    few = facts.rows is not None and facts.rows < ROWS_TO_COPY
    long = facts.inner is None or facts.inner >= INNER_FOR_LANES
    # With a single column, the stride between columns does not matter.
    transposed = facts.b[0] == 1 and (facts.b[1] != 1 or facts.columns == 1)
    if few and long and transposed and facts.a[1] == 1 and facts.rows_in_line:
        return _dots(facts, packed=False)
    return _outer(facts)


def choose_library(facts: Facts) -> Library | None:
    """Return the library's routine, where it may compute the product if that is large; else
    None."""
    if not needs_blocking((facts.rows, facts.columns, facts.inner), facts.a[1] != 1):
        return None
    contiguous = all(1 in strides for strides in (facts.a, facts.b))
    if not contiguous or not facts.rows_in_line or facts.rows == 1 or facts.columns == 1:
        return None
    return Library(facts.dtype, facts.sum, facts.a[1] != 1, facts.b[1] != 1)


def _outer(facts: Facts) -> Outer:
    row, column = (stride if stride == 1 else None for stride in facts.a)
    return Outer(
        facts.dtype,
        facts.sum,
        facts.rows,
        facts.columns,
        row,
        column,
        packed=facts.b[1] != 1,
        scattered=not facts.rows_in_line,
        b_in_columns=facts.b[1] != 1 and facts.b[0] == 1,
    )


def _dots(facts: Facts, packed: bool) -> Dots:
    in_rows = packed and facts.b[1] == 1
    return Dots(facts.dtype, facts.sum, facts.rows, facts.columns, packed, in_rows)
