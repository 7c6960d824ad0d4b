"""Static analysis of the signs of values."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply, Constant, Variable, are_alike
from symgraph.ops.broadcast import SumTo
from symgraph.ops.dot import Dot
from symgraph.ops.elemwise import Elemwise
from symgraph.ops.nnet import Softmax
from symgraph.ops.reduce import Reduce
from symgraph.ops.shape import DimShuffle, ShapeOf

# Never below zero, whatever their arguments (or nan).
NEVER_NEGATIVE = {"exp", "exp2", "sqr", "abs", "sigmoid", "softplus", "relu", "sqrt", "hypot"}
# Not below zero if none of their arguments is.
KEEPING = {"add", "mul", "true_div", "maximum", "minimum", "reciprocal", "log1p", "expm1"}
# Products of extents: none of them wraps around.
PRODUCTS = {"mul", "saturated_mul"}
REDUCTIONS = ("sum", "prod", "max", "min")
# The largest number of operations examined, unless specified otherwise.
MOST = 24


def is_nonnegative(variable: Variable, most: int = MOST) -> bool:
    """Return whether every element is provably at least 0, or nan; at most `most` operations are
    examined."""
    pending, looked = [variable], 0
    while pending:
        current = pending.pop()
        looked += 1
        decisive = None if looked > most else _on_what(current)
        if decisive is None:
            return False
        pending += decisive
    return True


def exceeds_a_constant(variable: Variable) -> bool:
    """Return whether a sum of provably non-negative terms has a positive constant among them."""
    pending = [variable]
    for _ in range(MOST):
        if not pending:
            return False
        current = pending.pop()
        node = current.owner
        if isinstance(current, Constant) and current is not variable:
            if (current.data > 0).all():
                return True
        elif node is not None and (isinstance(node.op, DimShuffle) or str(node.op) == "add"):
            pending += node.inputs
    return False


def _on_what(variable: Variable) -> Sequence[Variable] | None:
    """Return variables such that this one is non-negative if all of them are; None where there are
    none."""
    kind, node = np.dtype(variable.type.dtype).kind, variable.owner
    if kind in "bu":
        return ()
    if isinstance(variable, Constant):
        return () if kind != "c" and _at_least_zero(variable) else None
    if node is None:
        return None
    if node.op.selects_elements or isinstance(node.op, SumTo):
        return node.inputs[:1]
    if isinstance(node.op, Softmax | ShapeOf):
        return ()
    if isinstance(node.op, Elemwise):
        return _of_function(node, kind)
    if kind != "f":
        return None
    if isinstance(node.op, Reduce):
        return node.inputs if node.op.kind in REDUCTIONS else None
    if isinstance(node.op, Dot):
        a, b = node.inputs
        return () if a.type.ndim == 1 and are_alike(a, b) else node.inputs
    return None


def _of_function(node: Apply, kind: str) -> Sequence[Variable] | None:
    name, inputs = node.op.scalar.name, node.inputs
    if name == "maximum" and any(isinstance(v, Constant) and _at_least_zero(v) for v in inputs):
        return ()
    if kind != "f":
        # Products of integers may wrap around; products of extents do not.
        return () if name in PRODUCTS and all(map(_is_count, inputs)) else None
    if name == "mul" and are_alike(*inputs):
        return ()
    if name == "pow":
        exponent = inputs[1]
        even = isinstance(exponent, Constant) and bool((exponent.data % 2 == 0).all())
        return () if even else inputs[:1]
    if name in KEEPING or name.startswith("cast{"):
        return inputs
    return () if name in NEVER_NEGATIVE else None


def _is_count(variable: Variable) -> bool:
    """Return whether this is a product of extents."""
    pending = [variable]
    for _ in range(MOST):
        if not pending:
            return True
        current = pending.pop()
        node = current.owner
        if isinstance(current, Constant) and _at_least_zero(current):
            continue
        if node is None:
            return False
        if isinstance(node.op, DimShuffle) or str(node.op) in PRODUCTS:
            pending += node.inputs
        elif not isinstance(node.op, ShapeOf):
            return False
    return False


def _at_least_zero(constant: Constant) -> bool:
    return bool((constant.data >= 0).all())
