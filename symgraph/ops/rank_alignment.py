"""Operands of unequal rank, aligned as in broadcasting."""

from collections.abc import Sequence

from symgraph.graph import Constant, Variable
from symgraph.ops.constant import is_shared_number, number
from symgraph.ops.shape import DimShuffle


def pad_left(variables: Sequence[Variable]) -> list[Variable]:
    """Return the variables, with axes of extent 1 put before those of lower rank."""
    ranks = {len(variable.type.shape) for variable in variables}
    if len(ranks) < 2:
        return list(variables)
    ndim = max(ranks)
    padded = []
    for variable in variables:
        missing = ndim - variable.type.ndim
        if not missing:
            padded.append(variable)
        elif isinstance(variable, Constant) and is_shared_number(variable):
            # A constant that a program made stays in the expression, which may be derived by it.
            padded.append(number(variable.data, variable.type.dtype, ndim))
        else:
            padded.append(DimShuffle(["x"] * missing + list(range(variable.type.ndim)))(variable))
    return padded


def without_padding(variable: Variable) -> Variable:
    """Return the variable that the user gave, where `variable` may be it with axes added by
    `pad_left`."""
    if variable.owner is None or not isinstance(variable.owner.op, DimShuffle):
        return variable
    order, (inner,) = variable.owner.op.order, variable.owner.inputs
    missing = len(order) - inner.type.ndim
    is_padding = order == ("x",) * missing + tuple(range(inner.type.ndim))
    return inner if missing and is_padding else variable
