"""Bounds on magnitudes, and what rules may do to them.

**The contract of all rules.** A rule makes no number overflow, and none fall below the smallest
normal one, where the written program has no such number. Sums count by the magnitudes of their
terms, since a rule may reorder them, as it may reorder those of a product. Rounding at the very
ends of the range is not constrained, nor are numbers below the smallest normal one. It follows:

- constants are collected where only their product with the operand is used: 2 · (3 · x) → 6 · x. It
  is the written result, rounded differently;
- a factor leaves a sum, c·x + c·y → c·(x + y) or sum(c·x) → c·sum(x), where it makes the terms
  larger, or where they are known to be small (`fits_summed`): 0.5·x + 0.5·y is finite where x + y
  is not. The same holds for sums taken before a product, dot(a, m) + dot(b, m) → dot(a + b, m);
- a factor does not pass another one, dot(c·a, b) → c·dot(a, b): a·b may overflow or underflow;
- single numbers beside a matrix, such as a learning rate and a count, may be multiplied with
  each other first, so that a matrix product can scale as it accumulates. This is the exception: an
  unknown number, or in a sum (`gemm`) the product or quotient of two, such as a rate and a decay,
  may lie within a factor of `ROOM` of the ends of the range, and then be lost (see
  `linear_combinations`).

Rules that exist because the written form overflows (`better="overflow"`) replace it by one that
overflows less; a positive factor that they cancel may then no longer reduce an intermediate value.
"""

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from symgraph.graph import Constant, Variable
from symgraph.ops import Elemwise

# The margin left at both ends of the range for single numbers that are not known.
ROOM = 2.0**20
# An upper bound on the number of terms of a sum.
MOST_TERMS = 2.0**40
# The depth to which a bound on a value is searched for.
DEPTH = 6

UNKNOWN = float("inf")

Bound = Callable[[Sequence[float]], float]


def _larger(bounds: Sequence[float]) -> float:
    return max(bounds)


def _product(bounds: Sequence[float]) -> float:
    return UNKNOWN if UNKNOWN in bounds else prod(bounds)


# Bounds on results of functions, given bounds on operands.
OF_FUNCTIONS: dict[str, Bound] = {
    **dict.fromkeys(("sigmoid", "tanh", "erf", "sin", "cos", "sgn"), lambda bounds: 1.0),
    **dict.fromkeys(("erfc", "arctan"), lambda bounds: 2.0),
    **dict.fromkeys(("abs", "identity", "neg", "relu", "maximum", "minimum"), _larger),
    "switch": lambda bounds: max(bounds[1:]),
    **dict.fromkeys(("add", "sub"), lambda bounds: sum(bounds)),
    **dict.fromkeys(("mul", "mul_zero"), _product),
    "sqr": lambda bounds: _product([*bounds, *bounds]),
}


def largest(variable: Variable, depth: int = DEPTH) -> float:
    """Return a bound on the magnitude of every element, unless it is nan; infinity where none is
    known."""
    dtype, node = np.dtype(variable.type.dtype), variable.owner
    if isinstance(variable, Constant):
        sizes = np.abs(variable.data.astype("complex128" if dtype.kind == "c" else "float64"))
        return float(sizes.max(initial=0)) if np.isfinite(sizes).all() else UNKNOWN
    if dtype.kind in "biu":
        return 1.0 if dtype.kind == "b" else 2.0 ** (8 * dtype.itemsize)
    if node is None or depth == 0:
        return UNKNOWN
    if node.op.selects_elements:
        return largest(node.inputs[0], depth - 1)
    if not isinstance(node.op, Elemwise):
        bound: float = node.op.largest_magnitude
        return bound
    name = node.op.scalar.name
    of_function = _larger if name.startswith("cast{") else OF_FUNCTIONS.get(name)
    return (
        UNKNOWN
        if of_function is None
        else of_function([largest(v, depth - 1) for v in node.inputs])
    )


def fits(size: float, dtype: str) -> bool:
    """Return whether numbers of this magnitude do not overflow."""
    return size <= float(np.finfo(dtype).max)


def fits_summed(*terms: Variable) -> bool:
    """Return whether the sum of the terms cannot overflow, whatever their values are."""
    (dtype,) = {variable.type.dtype for variable in terms}
    return fits(sum(map(largest, terms)), dtype)


def fits_reduced(x: Variable) -> bool:
    """Return whether sums of elements cannot overflow, whatever the values are."""
    return fits(largest(x) * MOST_TERMS, x.type.dtype)


def is_normal(value: float, dtype: str) -> bool:
    """Return whether the dtype represents numbers of this magnitude to full precision."""
    limits = np.finfo(dtype)
    return float(limits.tiny) <= abs(value) <= float(limits.max)
