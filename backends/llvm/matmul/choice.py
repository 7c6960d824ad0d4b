"""Which routine computes a product: decided by strides, and by extents as far as they are known.

What depends on an extent that only running tells becomes a question to be asked then.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from symgraph.backends.llvm.matmul.dots import Dots, widest
from symgraph.backends.llvm.matmul.outer import Outer
from symgraph.backends.llvm.matmul.routine import Sum
from symgraph.backends.llvm.matmul.vectors import Lanes

# With so many rows, copying a narrow or transposed `b` costs less than it saves.
ROWS_TO_COPY_NARROW = 64
ROWS_TO_COPY = 96
# With so much to sum, the sum across lanes, or storing elements apart, no longer counts.
INNER_FOR_DOTS = 64
INNER_TO_SCATTER = 64


@dataclass(frozen=True)
class Facts:
    """What is known of a product before it runs: extents and strides, None where nothing is."""

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
        """The same of the product of the transposed matrices, out' = b' · a'."""
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
        """Whether the elements of the result's rows, and of c's, lie side by side."""
        return self.out[1] == 1 and (not self.sum.added or self.c[1] == 1)


class Plan(NamedTuple):
    """A routine, and whether it is given the transposed matrices."""

    spec: Outer | Dots
    swapped: bool = False


class Question(NamedTuple):
    """`yes` where the extent is at least so much, else `no`."""

    extent: str
    least: int
    yes: Plan
    no: Plan


def choose(facts: Facts) -> Plan | Question:
    """The routine for a product."""
    narrow = facts.columns is not None and facts.columns <= widest(facts.dtype)
    if facts.columns == 1 and facts.rows != 1 and facts.out[0] == 1:
        return Plan(_one_row(facts.swapped()), swapped=True)
    if facts.rows == 1:
        return Plan(_one_row(facts))
    plain = Plan(_outer(facts))
    if narrow and facts.a[1] == 1 and facts.rows_in_line:
        copied = Plan(_dots(facts, facts.b[0] != 1))
        return _ask(facts, "rows", ROWS_TO_COPY_NARROW, copied, plain)
    half = Lanes(facts.dtype).count * 3 // 4
    if facts.columns is not None and facts.columns <= half and facts.a[0] == 1:
        turned = Plan(_outer(facts.swapped()), swapped=True)
        return _ask(facts, "inner", INNER_TO_SCATTER, turned, plain)
    if facts.b[1] != 1 and facts.b[0] == 1 and facts.a[1] == 1 and facts.rows_in_line:
        if facts.inner is not None and facts.inner < INNER_FOR_DOTS:
            return plain
        return _ask(facts, "rows", ROWS_TO_COPY, plain, Plan(_dots(facts, False)))
    return plain


def _one_row(facts: Facts) -> Outer | Dots:
    """For results of one row."""
    if facts.b[1] != 1 and facts.b[0] == 1 and facts.a[1] == 1 and facts.rows_in_line:
        return _dots(facts, False)
    return _outer(facts)


def _ask(facts: Facts, extent: str, least: int, yes: Plan, no: Plan) -> Plan | Question:
    have = getattr(facts, extent)
    if have is None:
        return Question(extent, least, yes, no)
    return yes if have >= least else no


def _outer(facts: Facts) -> Outer:
    return Outer(
        facts.dtype,
        facts.sum,
        facts.rows,
        facts.columns,
        *(stride if stride == 1 else None for stride in facts.a),
        packed=facts.b[1] != 1,
        scattered=not facts.rows_in_line,
    )


def _dots(facts: Facts, packed: bool) -> Dots:
    return Dots(facts.dtype, facts.sum, facts.rows, facts.columns, packed)
