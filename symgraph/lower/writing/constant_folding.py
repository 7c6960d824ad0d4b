"""Fold integer arithmetic whose result literals decide."""

from collections.abc import Sequence
from typing import cast

import numpy as np

from symgraph.lower.extents.evaluation import value_of
from symgraph.lower.program.values import ONE, ZERO, Literal, Value
from symgraph.ops.scalar import scalar_named

# Powers that another function computes exactly: x ** 1 is x itself.
SMALL_POWERS: dict[float, str] = {1: "", 2: "sqr", -1: "reciprocal"}


# For functions of two int64 operands: the neutral literal, and the absorbing one.
_NEUTRAL: dict[str, tuple[Literal, Literal | None]] = {
    "mul": (ONE, ZERO),
    "add": (ZERO, None),
    "saturated_mul": (ONE, ZERO),
    "saturated_add": (ZERO, None),
}
_DECIDED = {
    "add", "sub", "mul", "saturated_add", "saturated_sub", "saturated_mul", "floor_div",
    "maximum", "minimum", "eq", "neq", "lt", "le", "gt", "ge", "and_", "or_", "switch", "clip",
    "neg",
}  # fmt: skip


def folded(fn: str, args: Sequence[Value]) -> Value | None:
    """Return the result of the function where literals decide it, so that known strides stay known;
    else None."""
    if fn in _NEUTRAL and len(args) == 2 and all(a.dtype == "int64" for a in args):
        neutral, absorbing = _NEUTRAL[fn]
        for literal, other in (args, args[::-1]):
            if literal == neutral:
                return other
            if literal == absorbing:
                return absorbing
    if fn == "floor_div" and args[1] == ONE:
        return args[0]
    # nan is not equal to itself.
    if fn == "eq" and args[0] is args[1] and np.dtype(args[0].dtype).kind not in "fc":
        return Literal(True, "bool")
    if fn == "and_":
        for literal, other in (args, args[::-1]):
            if isinstance(literal, Literal) and literal.dtype == "bool":
                return other if literal.value else literal
    if fn in _DECIDED and all(isinstance(a, Literal) for a in args):
        return _of_literals(fn, cast(Sequence[Literal], args))
    return None


def _of_literals(fn: str, args: Sequence[Literal]) -> Literal | None:
    dtypes = tuple([a.dtype for a in args])
    if any(dtype not in ("int64", "bool") for dtype in dtypes):
        return None
    dtype = scalar_named(fn).result(dtypes)
    return Literal(value_of(fn, [a.value for a in args], dtypes, dtype), dtype)
