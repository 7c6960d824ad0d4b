"""What is known of the signs of values without running anything."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Constant, Variable
from symgraph.ops import (
    BroadcastTo,
    DimShuffle,
    Elemwise,
    Reduce,
    Reshape,
    ShapeOf,
    Softmax,
    SpecifyShape,
    Subtensor,
    SumTo,
)

# Never below zero, whatever their arguments (or nan).
NEVER_NEGATIVE = {"exp", "exp2", "sqr", "abs", "sigmoid", "softplus", "relu", "sqrt", "hypot"}
# Not below zero where their arguments are not.
KEEPING = {"add", "mul", "true_div", "maximum", "minimum", "reciprocal", "log1p", "expm1"}
VIEWS = (BroadcastTo, DimShuffle, Reshape, SpecifyShape, Subtensor, SumTo)
REDUCTIONS = ("sum", "prod", "max", "min")
# So many operations are looked at.
MOST = 24


def is_nonnegative(variable: Variable) -> bool:
    """Whether every element is provably at least 0, or nan."""
    pending, looked = [variable], 0
    while pending:
        current = pending.pop()
        looked += 1
        decisive = None if looked > MOST else _on_what(current)
        if decisive is None:
            return False
        pending += decisive
    return True


def _on_what(variable: Variable) -> Sequence[Variable] | None:
    """Those of which none may be negative so that this is not; None where it may be anyhow."""
    kind, node = np.dtype(variable.type.dtype).kind, variable.owner
    if kind in "bu":
        return ()
    if isinstance(variable, Constant):
        return () if kind != "c" and (variable.data >= 0).all() else None
    if node is None:
        return None
    if isinstance(node.op, VIEWS):
        return node.inputs[:1]
    if isinstance(node.op, Softmax | ShapeOf):
        return ()
    if kind != "f":
        return None
    if isinstance(node.op, Reduce):
        return node.inputs if node.op.kind in REDUCTIONS else None
    if not isinstance(node.op, Elemwise):
        return None
    name = node.op.scalar.name
    if name in KEEPING or name.startswith("cast{"):
        return node.inputs
    return () if name in NEVER_NEGATIVE else None
