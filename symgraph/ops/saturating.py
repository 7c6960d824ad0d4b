"""Saturating integer arithmetic, used for extents: results stop at the ends of the dtype instead of
wrapping around.

No array has an extent of `LARGEST`, so an extent that is too large is still recognised as such
after additions to it, or after it is multiplied.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from symgraph.ops.elemwise import elementwise
from symgraph.ops.scalar import OperandKinds, declare

INTEGERS = OperandKinds("iu", "only integers are counted with")


def _saturated(exact: Callable[[Any, Any], Any]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return a saturating function: it computes exactly in Python's integers, and clips to the
    dtype."""

    def function(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        bounds = np.iinfo(a.dtype)
        result = exact(np.asarray(a).astype(object), np.asarray(b).astype(object))
        # For a single number the function returns a Python integer.
        clipped = np.clip(np.asarray(result, object), bounds.min, bounds.max)
        return np.asarray(clipped, a.dtype)

    return function


saturated_add, saturated_sub, saturated_mul = (
    elementwise(
        declare(name, _saturated(exact), [None, None], takes=INTEGERS, symbol=symbol, precedence=at)
    )
    for name, exact, symbol, at in (
        ("saturated_add", lambda a, b: a + b, "+", 50),
        ("saturated_sub", lambda a, b: a - b, "-", 50),
        ("saturated_mul", lambda a, b: a * b, "*", 60),
    )
)
