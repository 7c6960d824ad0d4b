"""Emit running maxima and minima of floats in two parts: the extreme of the numbers, by the
processor's own instruction, and whether any of them was nan, in which case that is the result.

A maximum that propagates nan takes three instructions, each waiting for the one before; where a
row's vectors are combined in the end, that is most of the time that a row takes.
"""

import numpy as np
from llvmlite import ir

from symgraph.lower.program.types import (
    Carry,
    Compute,
    If,
    Load,
    Loop,
    Statement,
    Store,
)
from symgraph.lower.program.values import Scalar

I1 = ir.IntType(1)
# The instruction, where no operand is nan and either of 0 and -0 may result.
PLAIN = {"maximum": "llvm.maxnum", "minimum": "llvm.minnum"}


def extremes_of(loop: Loop) -> dict[Compute, Carry]:
    """Return the statements by which an innermost loop carries a running extreme that nothing else
    uses in the loop."""
    if any(isinstance(s, Loop | If) for s in loop.body):
        return {}
    made = {s.out: s for s in loop.body if isinstance(s, Compute)}
    found: dict[Compute, Carry] = {}
    for carry in loop.carried:
        s = made.get(carry.next) if isinstance(carry.next, Scalar) else None
        if s is None or s.fn not in PLAIN or not s.reassociable:
            continue
        if np.dtype(s.out.dtype).kind != "f" or s.args[0] is not carry.phi:
            continue
        inside = sum(_uses(other, carry.phi) + _uses(other, s.out) for other in loop.body)
        handed_on = sum(c.next in (s.out, carry.phi) for c in loop.carried)
        if inside == 1 and handed_on == 1:
            found[s] = carry
    return found


def _uses(s: Statement, scalar: Scalar) -> int:
    match s:
        case Compute():
            return sum(arg is scalar for arg in s.args)
        case Load():
            return sum(index is scalar for index in s.indices)
        case Store():
            return sum(v is scalar for v in (s.value, *s.indices))
    return 0


class RunningExtreme:
    """A running extreme while its loop is written: the extreme so far is the loop's own carried
    value, which is arbitrary once a nan has occurred."""

    def __init__(self, b: ir.IRBuilder, fn: str, init: ir.Value, before: ir.Block) -> None:
        """Write the head of the loop, which is entered from the block `before`."""
        self.name = PLAIN[fn]
        self.init = init
        self.seen = b.phi(I1)
        self.seen.add_incoming(ir.Constant(I1, 0), before)
        self.last: ir.Value = self.seen

    def step(self, b: ir.IRBuilder, best: ir.Value, value: ir.Value) -> ir.Value:
        """Return the extreme after one more value."""
        self.last = b.or_(self.seen, b.fcmp_unordered("uno", value, value))
        type = ir.FunctionType(value.type, [value.type, value.type])
        function = b.module.declare_intrinsic(self.name, [value.type], type)
        return b.call(function, [best, value], fastmath=("nsz", "nnan"))

    def close(self, b: ir.IRBuilder) -> None:
        """Write the end of the loop's body."""
        self.seen.add_incoming(self.last, b.block)

    def leave(self, b: ir.IRBuilder, before: ir.Block, end: ir.Block) -> ir.Value:
        """Write the head of the code after the loop; return whether there was a nan."""
        seen = b.phi(I1)
        seen.add_incoming(ir.Constant(I1, 0), before)
        seen.add_incoming(self.last, end)
        return seen

    def result(self, b: ir.IRBuilder, last: ir.Value, seen: ir.Value) -> ir.Value:
        """Return the result: nan if there was one, or if the initial value is one."""
        was = b.fcmp_unordered("uno", self.init, self.init)
        nan = ir.Constant(last.type, float("nan"))
        return b.select(b.or_(seen, was), nan, last)
