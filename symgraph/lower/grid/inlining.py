"""Write small loops of the host as one launch of a single item.

On a core, a step of a small recurrent network takes less time than a launch. Where all extents in a
loop are known and small, the loop itself, with its kernels and products, becomes statements of a
single item.
"""

from collections.abc import Sequence
from itertools import count
from math import prod

from symgraph.lower.program.types import (
    Alloc,
    Carry,
    Check,
    Compute,
    If,
    Kernel,
    Load,
    Loop,
    MatMul,
    Statement,
    Store,
    TiledRegion,
)
from symgraph.lower.program.values import ONE, Buffer, Literal, Scalar, Value

# Limit on the multiply-adds and elements that an iteration of the host's loop computes: they take
# about as long as a launch.
WORK = 2.0**16


def inlined(s: Loop) -> Loop | None:
    """Return a loop of the host as a statement of a kernel; None where it is not small, or has
    statements that no kernel can have."""
    work = _work(s.body)
    if work is None or work > WORK:
        return None
    return Loop(s.index, s.extent, _Inlining().block(s.body), list(s.carried))


def _work(body: Sequence[Statement]) -> float | None:
    """Return how many elements and multiply-adds statements compute; None where that is not
    known."""
    total = 0.0
    for s in body:
        match s:
            case Compute() | Load() | Store() | Check():
                total += 1
            case Alloc():
                if not s.buffer.static:
                    return None
            case Kernel():
                within = _work(s.body)
                if within is None:
                    return None
                total += within
            case Loop():
                within = _work(s.body)
                if within is None or not isinstance(s.extent, Literal):
                    return None
                total += float(s.extent.value) * within
            case If():
                both = [_work(s.then), _work(s.orelse)]
                if None in both:
                    return None
                total += sum(work for work in both if work is not None)
            case TiledRegion():
                within = _work(s.statements)
                if within is None:
                    return None
                total += within
            case MatMul():
                extents = (*s.out.extents, s.a.extents[1])
                if not all(isinstance(e, Literal) for e in extents) or not _can_inline(s):
                    return None
                total += prod(float(e.value) for e in extents if isinstance(e, Literal))
            case _:
                return None
    return total


def _can_inline(s: MatMul) -> bool:
    """Return whether sums may accumulate in the result before anything else is added."""
    return _is_one(s.alpha) or s.c is None or s.c.root is not s.out.root


def _is_one(v: Value) -> bool:
    return isinstance(v, Literal) and v.value == 1


class _Inlining:
    def __init__(self) -> None:
        self.numbers = count()

    def fresh(self, dtype: str) -> Scalar:
        return Scalar(dtype, f"u{next(self.numbers)}")

    def block(self, body: Sequence[Statement]) -> list[Statement]:
        found: list[Statement] = []
        for s in body:
            match s:
                case Kernel():
                    found += self.block(s.body)
                case TiledRegion():
                    found += self.block(s.statements)
                case Loop():
                    found.append(Loop(s.index, s.extent, self.block(s.body), list(s.carried)))
                case If():
                    found.append(If(s.condition, self.block(s.then), self.block(s.orelse)))
                case MatMul():
                    found += self.product(s)
                case _:
                    found.append(s)
        return found

    def product(self, s: MatMul) -> list[Statement]:
        """Write a product as loops: along the rows of `b` where these lie in memory, else as one
        sum for each element."""
        row, column = self.fresh("int64"), self.fresh("int64")
        if s.b.strides[1] == ONE:
            rows = self.by_rows(s, row)
        else:
            rows = [Loop(column, s.out.extents[1], self.by_sums(s, row, column))]
        return [Loop(row, s.out.extents[0], rows)]

    def by_rows(self, s: MatMul, row: Scalar) -> list[Statement]:
        dtype, out = s.out.dtype, s.out
        plain = _is_one(s.alpha)
        first = self.begun(s, s.c if plain else None, row)
        step = self.fresh("int64")
        factor, element, total, added = (self.fresh(dtype) for _ in range(4))
        j = self.fresh("int64")
        inner: list[Statement] = [
            Load(element, s.b, (step, j)),
            Load(total, out, (row, j)),
            Compute(added, "multiply_add", (factor, element, total)),
            Store(out, (row, j), added),
        ]
        sums = Loop(
            step,
            s.a.extents[1],
            [Load(factor, s.a, (row, step)), Loop(j, out.extents[1], inner)],
        )
        if plain:
            return [first, sums]
        return [first, sums, self.ended(s, row)]

    def begun(self, s: MatMul, c: Buffer | None, row: Scalar) -> Loop:
        """Write the loop that stores beta * c, or zeros."""
        dtype, j = s.out.dtype, self.fresh("int64")
        value: Value = Literal(0.0, dtype)
        body: list[Statement] = []
        if c is not None:
            loaded, made = self.fresh(dtype), self.fresh(dtype)
            body += [Load(loaded, c, (row, j)), Compute(made, "mul", (s.beta, loaded))]
            value = made
        return Loop(j, s.out.extents[1], [*body, Store(s.out, (row, j), value)])

    def ended(self, s: MatMul, row: Scalar) -> Loop:
        """Write the loop that replaces sums by alpha * sum + beta * c."""
        total, j = self.fresh(s.out.dtype), self.fresh("int64")
        body: list[Statement] = [Load(total, s.out, (row, j))]
        return Loop(j, s.out.extents[1], [*body, *self.finished(s, row, j, total)])

    def finished(self, s: MatMul, row: Scalar, j: Scalar, total: Scalar) -> list[Statement]:
        dtype = s.out.dtype
        made = self.fresh(dtype)
        body: list[Statement] = [Compute(made, "mul", (s.alpha, total))]
        if s.c is not None:
            loaded, added = self.fresh(dtype), self.fresh(dtype)
            body += [
                Load(loaded, s.c, (row, j)),
                Compute(added, "multiply_add", (s.beta, loaded, made)),
            ]
            made = added
        return [*body, Store(s.out, (row, j), made)]

    def by_sums(self, s: MatMul, row: Scalar, column: Scalar) -> list[Statement]:
        dtype = s.out.dtype
        step = self.fresh("int64")
        one, other, phi, following, total = (self.fresh(dtype) for _ in range(5))
        body: list[Statement] = [
            Load(one, s.a, (row, step)),
            Load(other, s.b, (step, column)),
            Compute(following, "multiply_add", (one, other, phi), reassociable=True),
        ]
        carry = Carry(phi, Literal(0.0, dtype), following, total)
        sums = Loop(step, s.a.extents[1], body, [carry])
        return [sums, *self.finished(s, row, column, total)]
