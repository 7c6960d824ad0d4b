"""Jacobian and Hessian matrices, row by row, and products with a Hessian that needs no matrix."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from symgraph.gradient.arguments import as_variables, like
from symgraph.gradient.grad import grad
from symgraph.gradient.rop import Rop
from symgraph.gradient.values import derivative_dtype, describe
from symgraph.graph import Variable
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.build import Join
from symgraph.ops.constant import constant
from symgraph.ops.shape import DimShuffle, Reshape, extents_of
from symgraph.ops.subtensor import Subtensor


def jacobian(
    expression: Variable,
    wrt: Variable | Sequence[Variable],
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """The derivative of every element of `expression` by every element of `wrt`.

    Of the shape of `expression` followed by that of the variable. The graph has a part for each
    element, so the extents of `expression` must be known: from its type, or by specify_shape.
    Raises ValueError where they are not. Other arguments as for `grad`.
    """
    extents = expression.type.shape
    if None in extents:
        raise ValueError(
            f"jacobian needs to know the extents of {describe(expression)}; give them in the"
            " types of the inputs, or say specify_shape(expression, shape)"
        )
    variables = as_variables(wrt)
    constants = list(consider_constant or ())
    rows = [
        grad(element, variables, constants, disconnected_inputs, add_names=False)
        for element in (_elements(expression, extents) if extents else [expression])
    ]
    results: list[Variable | None] = [
        _stacked([row[position] for row in rows], extents, variable)
        for position, variable in enumerate(variables)
    ]
    return like(wrt, results)


def hessian(
    cost: Variable,
    wrt: Variable | Sequence[Variable],
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """The second derivatives of a scalar `cost` by each variable of `wrt`, whose extents must be
    known: of the variable's shape, twice. Where the cost is linear they are zero.
    """
    variables, constants = as_variables(wrt), list(consider_constant or ())
    first = grad(cost, variables, constants, disconnected_inputs)
    results: list[Variable | None] = [
        jacobian(gradient, variable, constants, disconnected_inputs="ignore")
        for gradient, variable in zip(first, variables, strict=True)
    ]
    return like(wrt, results)


def hessian_vector_product(
    cost: Variable, wrt: Variable | Sequence[Variable], p: Variable | Sequence[Variable]
) -> Any:
    """The Hessian of a scalar `cost` by all of `wrt` together, times the direction `p`, at the
    price of a few gradients; `p` has the shapes of `wrt`, and so has the result.
    """
    variables = as_variables(wrt)
    points = [p] if isinstance(p, Variable) else list(p)
    products = Rop(grad(cost, variables), variables, points, disconnected_outputs="ignore")
    return like(wrt, products)


def _elements(expression: Variable, extents: Sequence[int]) -> Iterable[Variable]:
    template = ("int",) * len(extents)
    for index in np.ndindex(*extents):
        yield Subtensor(template)(expression, *(constant(i, "int64") for i in index))


def _stacked(rows: Sequence[Variable], extents: Sequence[int], variable: Variable) -> Variable:
    """The rows, each of the variable's shape, as one array of `extents` and that shape."""
    ndim = variable.type.ndim
    if not extents:
        return rows[0]
    front = DimShuffle(("x", *range(ndim)))
    joined = Join(0)(*map(front, rows)) if rows else _no_rows(variable)
    if len(extents) == 1:
        return joined
    shape = (*extents, *variable.type.shape)
    sizes = [constant(extent, "int64") for extent in extents]
    return Reshape(shape)(joined, *sizes, *extents_of(variable))


def _no_rows(variable: Variable) -> Variable:
    """An array of no rows of the variable's shape."""
    shape = (0, *variable.type.shape)
    zero = constant(np.zeros((1,) * len(shape)), derivative_dtype(variable))
    return BroadcastTo(shape)(zero, constant(0, "int64"), *extents_of(variable))
