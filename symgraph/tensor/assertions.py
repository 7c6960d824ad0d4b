"""Conditions that must hold when a function runs."""

from __future__ import annotations

import numpy as np

from symgraph.graph import Constant, Variable
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.requirement import Require
from symgraph.ops.scalar_table import and_, cast, neq
from symgraph.tensor.reduction import all


def assert_op(
    value: TensorLike,
    *conditions: TensorLike,
    message: str = "a condition does not hold",
    error: type[Exception] = AssertionError,
) -> Variable:
    """Return a value, of which conditions are checked when the function runs.

    value: an array, which is returned as it is: the one to go on with, as what nothing uses is
        not computed, so neither checked.
    conditions: truth values, or numbers, of which 0 is false; all elements must be true.
    message, error: what is raised where one does not hold.
    Raises that error, here if it is known before the function runs.
    Derivatives pass to the value.

    >>> x = T.dscalar("x")
    >>> root = T.sqrt(T.assert_op(x, x >= 0, message="x is negative"))
    >>> root.eval({x: 4.0})
    array(2.)
    """
    result = as_tensor(value)
    holds: list[Variable] = []
    for condition in map(as_tensor, conditions):
        if not isinstance(condition, Constant):
            truth = condition if condition.type.dtype == "bool" else neq(condition, 0)
            holds.append(all(truth))
        elif not np.all(condition.data):
            raise error(message)
    if not holds:
        return result
    together = holds[0] if len(holds) == 1 else and_(*holds)
    return Require(message, "asserted", error)(result, cast(together, "int8"))


__all__ = [
    "assert_op",
]
