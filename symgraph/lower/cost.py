"""What loops cost: nanoseconds for each scalar function and each byte, as data.

The numbers are those of one core at about 3 GHz running vectorised code on 512-bit registers
(a third to half of that speed on 256 bits): good enough to tell work of a microsecond from work
of a millisecond, and what is cheap to compute twice from what is not.
"""

from collections.abc import Sequence

import numpy as np

from symgraph.lower.program.types import (
    Compute,
    If,
    Kernel,
    Literal,
    Load,
    Loop,
    Statement,
    Store,
    Value,
    Work,
)

# ns for one float32, loading and storing aside; what is not listed takes PLAIN.
PLAIN = 0.02
FUNCTION_NS: dict[str, float] = {
    "arccos": 0.25, "arccosh": 0.7, "arcsin": 0.2, "arcsinh": 0.8, "arctan": 0.2, "arctan2": 0.4,
    "arctanh": 0.6, "cos": 0.5, "cosh": 0.2, "erf": 0.45, "erfc": 0.65, "erfinv": 1.1, "exp": 0.15,
    "exp2": 0.15, "expm1": 0.25, "floor_div": 0.6, "gamma": 2.3, "gammaln": 0.9, "hypot": 0.15,
    "log": 0.25, "log10": 0.4, "log1p": 0.45, "log2": 0.35, "logaddexp": 0.6, "mod": 0.6,
    "normal_quantile": 0.6, "pow": 1.6, "psi": 0.85, "reciprocal": 0.08, "sigmoid": 0.3, "sin": 0.5,
    "sinh": 0.3, "softplus": 0.6, "sqrt": 0.1, "tan": 0.6, "tanh": 0.35, "tri_gamma": 0.65,
    "true_div": 0.08, "xlogy": 0.35,
}  # fmt: skip
# ns for one number of other dtypes.
INTEGER_NS: dict[str, float] = {
    "philox_high": 0.7, "philox_low": 0.7, "random_word32": 0.35, "random_word64": 0.7,
}  # fmt: skip
# Without a vector form, and with a number of attempts.
DRAW_NS: dict[str, float] = {"draw_log_gamma": 80, "draw_poisson": 60, "draw_binomial": 60}
# Twice the size takes twice as many vectors, and longer polynomials.
WIDE_FACTOR = 2.5
# Division of integers has no vector form.
INTEGER_DIVISION_NS = 3.0
# Functions that cost more than memory traffic: never computed twice.
EXPENSIVE_NS = 0.05
# ns to move a byte between a core and its caches or memory.
BYTE_NS = 0.03
# An element found by an index that was itself loaded.
SCATTERED_NS = 0.6


def function_cost(fn: str, dtype: str) -> float:
    """ns for one value of a scalar function whose (last) operand has the dtype."""
    kind = np.dtype(dtype)
    if kind.kind in "iub" and fn in ("floor_div", "mod"):
        return INTEGER_DIVISION_NS
    if fn in INTEGER_NS or fn in DRAW_NS:
        return INTEGER_NS.get(fn) or DRAW_NS[fn]
    ns = FUNCTION_NS.get(fn, PLAIN) if kind.kind == "f" else PLAIN
    return ns * (WIDE_FACTOR if kind.itemsize == 8 else 1.0)


def is_expensive(fn: str, dtype: str) -> bool:
    """Whether a value is better stored and loaded than computed a second time."""
    return function_cost(fn, dtype) > EXPENSIVE_NS


def cost_of(kernel: Kernel) -> list[Work]:
    """The work of a kernel, one entry for each loop body that does something itself.

    The kernel's time is about the sum of `ns` times the product of the extents, over all
    entries; all loops at the kernel's own level can be cut into ranges.
    """
    found: list[Work] = []
    pending: list[tuple[Sequence[Statement], tuple[Value, ...]]] = [(kernel.body, ())]
    while pending:
        body, extents = pending.pop()
        ns = 0.0
        # What memory told, and what was computed from it.
        known: set[Value] = set()
        for s in body:
            match s:
                case Loop():
                    pending.append((s.body, (*extents, s.extent)))
                case If():
                    # As if both sides ran: which one does is not known here.
                    pending += ((s.then, extents), (s.orelse, extents))
                case Compute():
                    ns += function_cost(s.fn, (s.args[-1] if s.args else s.out).dtype)
                    if any(arg in known for arg in s.args):
                        known.add(s.out)
                case Load() | Store():
                    ns += _access_cost(s, known)
                    if isinstance(s, Load):
                        known.add(s.out)
        if ns:
            found.append(Work(ns, extents))
    return found


def estimate(work: Sequence[Work], value: dict[Value, int]) -> float:
    """ns that the work takes where `value` tells the extents that are no literals."""
    total = 0.0
    for item in work:
        turns = 1
        for extent in item.extents:
            turns *= int(extent.value) if isinstance(extent, Literal) else value[extent]
        total += item.ns * turns
    return total


def _access_cost(s: Load | Store, known: set[Value]) -> float:
    """What loading or storing costs; more where the place was itself read from memory."""
    if any(index in known for index in s.indices):
        return SCATTERED_NS
    return BYTE_NS * np.dtype(s.buffer.dtype).itemsize
