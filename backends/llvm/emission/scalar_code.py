"""Build functions of numbers that branch and loop, which the functions of `vecmath` may not."""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.vecmath import MATH
from symgraph.backends.llvm.vecmath.values import F64, Condition, Num

Value = Any


class ScalarCode:
    """A function of float64 under construction, of which `b` appends the instructions."""

    def __init__(self, b: ir.IRBuilder) -> None:
        self.b = b

    def number(self, value: float) -> Num:
        return Num(self.b, ir.Constant(F64.type, float(value)))

    def apply(self, name: str, *x: Num) -> Num:
        return Num(self.b, MATH[name](self.b, *(v.value for v in x)))

    def exp(self, x: Num) -> Num:
        return self.apply("exp", x)

    def log(self, x: Num) -> Num:
        return self.apply("log", x)

    def choose(self, cases: Sequence[tuple[Condition, Callable[[], Num]]], other: Num) -> Num:
        """Return the value of the first case whose condition holds; only that is computed."""
        b = self.b
        end = b.function.append_basic_block("end")
        found: list[tuple[Num, Any]] = []
        for condition, value in cases:
            then, orelse = (b.append_basic_block(name) for name in ("then", "else"))
            b.cbranch(condition.value, then, orelse)
            b.position_at_end(then)
            found.append((value(), b.block))
            b.branch(end)
            b.position_at_end(orelse)
        found.append((other, b.block))
        b.branch(end)
        b.position_at_end(end)
        result = b.phi(F64.type)
        for number, block in found:
            result.add_incoming(number.value, block)
        return Num(b, result)

    def loop(
        self,
        start: Sequence[Num],
        more: Callable[..., Condition],
        step: Callable[..., Sequence[Num]],
        most: int = 100_000,
    ) -> list[Num]:
        """Return the numbers after steps from `start`, while `more(*numbers)` holds (not so for
        nan); after `most` steps at the latest."""
        b, before = self.b, self.b.block
        head, body, done = (b.append_basic_block(name) for name in ("head", "body", "done"))
        b.branch(head)
        b.position_at_end(head)
        count, *numbers = [Num(b, b.phi(F64.type)) for _ in range(len(start) + 1)]
        b.cbranch((more(*numbers) & (count < float(most))).value, body, done)
        b.position_at_end(body)
        following = [count + 1.0, *step(*numbers)]
        for phi, first, after in zip(
            (count, *numbers), (self.number(0.0), *start), following, strict=True
        ):
            phi.value.add_incoming(first.value, before)
            phi.value.add_incoming(after.value, b.block)
        b.branch(head)
        b.position_at_end(done)
        return numbers
