"""Write loops that are left where a condition holds."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from llvmlite import ir


class Repetition:
    """A loop in the making: `values` are those that it carries, within an iteration."""

    def __init__(self, b: ir.IRBuilder, init: Sequence[ir.Value]) -> None:
        self.b = b
        before = b.block
        self.head, self.done = b.append_basic_block("repeat"), b.append_basic_block("repeated")
        b.branch(self.head)
        b.position_at_end(self.head)
        self.values = [b.phi(value.type) for value in init]
        for phi, value in zip(self.values, init, strict=True):
            phi.add_incoming(value, before)

    def leave_if(self, condition: ir.Value) -> None:
        """Leave the loop where the condition holds."""
        more = self.b.append_basic_block("more")
        self.b.cbranch(condition, self.done, more)
        self.b.position_at_end(more)

    def again(self, values: Sequence[ir.Value]) -> None:
        """End the block with the next iteration, which has these values."""
        for phi, value in zip(self.values, values, strict=True):
            phi.add_incoming(value, self.b.block)
        self.b.branch(self.head)


@contextmanager
def repeating(b: ir.IRBuilder, init: Sequence[ir.Value]) -> Iterator[Repetition]:
    """Write a loop that carries values, `init` at first. Each way through its body ends with
    `again`, `leave_if` or a return."""
    loop = Repetition(b, init)
    yield loop
    b.position_at_end(loop.done)
