"""Emit random numbers by rejection as LLVM IR: `symgraph.ops.rejection` defines them.

Each is a function of its own with a loop of attempts, emitted once for a module and called for each
element. The formulas are those of the NumPy meaning, step by step.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.emission.philox import philox_high, philox_low
from symgraph.backends.llvm.emission.scalar_code import ScalarCode
from symgraph.backends.llvm.vecmath.cold_branches import PURE, add_attributes
from symgraph.backends.llvm.vecmath.values import F64, INF, NAN, Condition, Num, where

from symgraph.ops.rejection import LARGE_MEAN, LAST_SUMMED

I64 = ir.IntType(64)
Value = Any


class Element(ScalarCode):
    """The function under construction, and the bits of the element."""

    def __init__(self, b: ir.IRBuilder, where_from: Sequence[Value]) -> None:
        super().__init__(b)
        self.key, self.counter, self.part = where_from

    def bits(self, make: Callable[..., Value], step: Value) -> Value:
        part = self.b.add(self.part, step)
        return make(self.b, False, [self.key, self.counter, part])

    def uniform(self, bits: Value) -> Num:
        """Return a number in [0, 1) from random bits."""
        kept = self.b.lshr(bits, ir.Constant(I64, 11))
        return Num(self.b, self.b.uitofp(kept, F64.type)) * 2.0**-53

    def positive(self, bits: Value) -> Num:
        """Return a number in (0, 1] from random bits."""
        scaled = Num(self.b, self.b.uitofp(bits, F64.type)) * 2.0**-64
        return where(scaled < 2.0**-65, 2.0**-65, scaled)

    def until(self, attempt: Callable[[Value], tuple[Condition, Num]]) -> Num:
        """Return the first accepted value; the attempts are numbered from 0."""
        b, before = self.b, self.b.block
        loop, done = (b.append_basic_block(name) for name in ("attempt", "accepted"))
        b.branch(loop)
        b.position_at_end(loop)
        number = b.phi(I64)
        accepted, value = attempt(number)
        following = b.add(number, ir.Constant(I64, 1))
        number.add_incoming(ir.Constant(I64, 0), before)
        number.add_incoming(following, b.block)
        b.cbranch(accepted.value, done, loop)
        b.position_at_end(done)
        return value

    def summed(self, u: Num, first: Num, ratio: Callable[[Num], Num]) -> Num:
        """Return the number of partial sums of probabilities that do not exceed u."""
        b, before = self.b, self.b.block
        loop, done = (b.append_basic_block(name) for name in ("sum", "summed"))
        start = self.number(0.0)
        b.cbranch((u >= first).value, loop, done)
        b.position_at_end(loop)
        count, p, total = (Num(b, b.phi(F64.type)) for _ in range(3))
        k = count + 1.0
        next_p = p * ratio(k)
        next_total = total + next_p
        for phi, init, after in ((count, start, k), (p, first, next_p), (total, first, next_total)):
            phi.value.add_incoming(init.value, before)
            phi.value.add_incoming(after.value, b.block)
        more = (u >= next_total) & (k < float(LAST_SUMMED))
        last = b.block
        b.cbranch(more.value, loop, done)
        b.position_at_end(done)
        result = b.phi(F64.type)
        result.add_incoming(start.value, before)
        result.add_incoming(k.value, last)
        return Num(b, result)


def _log_gamma(e: Element, shape: Num) -> Num:
    small = shape < 1.0
    d = where(small, shape + 1.0, shape) - 1 / 3

    def attempt(number: Value) -> tuple[Condition, Num]:
        step = e.b.shl(number, ir.Constant(I64, 1))
        third = e.bits(philox_low, e.b.add(step, ir.Constant(I64, 1)))
        radius = (e.log(e.positive(e.bits(philox_low, step))) * -2.0).sqrt()
        angle = e.uniform(e.bits(philox_high, step)) * (2 * math.pi)
        x = radius * e.apply("cos", angle)
        root = 1.0 + x / (9.0 * d).sqrt()
        v = root * root * root
        log_v = e.log(where(v > 0.0, v, 1.0))
        limit = 0.5 * x * x + d - d * v + d * log_v
        return (v > 0.0) & (e.log(e.positive(third)) < limit), e.log(d) + log_v

    def drawn() -> Num:
        found = e.until(attempt)
        spare = e.positive(e.bits(philox_high, ir.Constant(I64, 1)))
        return found + where(small, e.log(spare) / shape, 0.0)

    other = where(shape.equals(0.0), e.number(-INF), NAN)
    return e.choose([((shape > 0.0) & (shape < INF), drawn)], other)


def _poisson(e: Element, mean: Num) -> Num:
    b = 0.931 + 2.53 * mean.sqrt()
    a = -0.059 + 0.02483 * b

    def attempt(number: Value) -> tuple[Condition, Num]:
        inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
        u = e.uniform(e.bits(philox_low, number)) - 0.5
        v = e.positive(e.bits(philox_high, number))
        us = 0.5 - abs(u)
        k = e.apply("floor", (2.0 * a / us + b) * u + mean + 0.43)
        quick = (us >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2.0))
        possible = (k >= 0.0) & ~((us < 0.013) & (v > us))
        left = e.log(v * inverse_alpha / (a / (us * us) + b))
        gammaln = e.apply("gammaln", where(k >= 0.0, k, 0.0) + 1.0)
        return quick | (possible & (left <= k * e.log(mean) - mean - gammaln)), k

    def few() -> Num:
        u = e.uniform(e.bits(philox_low, ir.Constant(I64, 0)))
        return e.summed(u, e.apply("exp", -mean), lambda k: mean / k)

    is_small = (mean >= 0.0) & (mean < LARGE_MEAN)
    is_large = (mean >= LARGE_MEAN) & (mean < 2.0**62)
    return e.choose([(is_small, few), (is_large, lambda: e.until(attempt))], e.number(NAN))


def _binomial(e: Element, n: Num, chance: Num) -> Num:
    n = e.apply("floor", n)
    flipped = chance > 0.5
    p = where(flipped, 1.0 - chance, chance)

    def attempt(number: Value) -> tuple[Condition, Num]:
        q = 1.0 - p
        spread = (n * p * q).sqrt()
        b = 1.15 + 2.53 * spread
        a = -0.0873 + 0.0248 * b + 0.01 * p
        alpha = (2.83 + 5.1 / b) * spread
        middle = e.apply("floor", (n + 1.0) * p)
        u = e.uniform(e.bits(philox_low, number)) - 0.5
        v = e.positive(e.bits(philox_high, number))
        us = 0.5 - abs(u)
        k = e.apply("floor", (2.0 * a / us + b) * u + (n * p + 0.5))
        quick = (us >= 0.07) & (v <= 0.92 - 4.2 / b)
        possible = (k >= 0.0) & (k <= n)
        inside = where(possible, k, 0.0)
        left = e.log(v * alpha / (a / (us * us) + b))
        g = [e.apply("gammaln", x + 1.0) for x in (middle, n - middle, inside, n - inside)]
        right = (g[0] + g[1]) - (g[2] + g[3]) + (inside - middle) * e.log(p / q)
        return quick | (possible & (left <= right)), k

    def few() -> Num:
        u = e.uniform(e.bits(philox_low, ir.Constant(I64, 0)))
        odds = p / (1.0 - p)

        def ratio(k: Num) -> Num:
            left = n + 1.0 - k
            return where(left > 0.0, left, 0.0) / k * odds

        found = e.summed(u, e.apply("exp", n * e.apply("log1p", -p)), ratio)
        return where(found < n, found, n)

    valid = (n >= 0.0) & (n < 2.0**62) & (chance >= 0.0) & (chance <= 1.0)
    mean = n * p
    cases = [
        (valid & (mean < LARGE_MEAN), few),
        (valid & (mean >= LARGE_MEAN), lambda: e.until(attempt)),
    ]
    found = e.choose(cases, e.number(NAN))
    return where(flipped, n - found, found)


FORMULAS: dict[str, Callable[..., Num]] = {
    "draw_log_gamma": _log_gamma,
    "draw_poisson": _poisson,
    "draw_binomial": _binomial,
}


def call(name: str) -> Callable[[ir.IRBuilder, Sequence[Value]], Value]:
    """Return the rule for one of `FORMULAS`."""

    def rule(b: ir.IRBuilder, args: Sequence[Value]) -> Value:
        return b.call(_function(b.module, name, len(args)), args)

    return rule


def _function(module: ir.Module, name: str, arity: int) -> ir.Function:
    full = f"symgraph.{name}"
    if full in module.globals:
        return module.globals[full]
    kinds = [I64] * 3 + [F64.type] * (arity - 3)
    function = ir.Function(module, ir.FunctionType(F64.type, kinds), full)
    function.linkage = "internal"
    add_attributes(function, "noinline", *PURE)
    b = ir.IRBuilder(function.append_basic_block("entry"))
    numbers = (Num(b, argument) for argument in function.args[3:])
    b.ret(FORMULAS[name](Element(b, function.args[:3]), *numbers).value)
    return function


RULES = {name: call(name) for name in FORMULAS}
