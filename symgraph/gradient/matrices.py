"""Jacobian and Hessian matrices, and products with a Hessian that needs no matrix."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from symgraph.gradient.arguments import as_variables, like
from symgraph.gradient.cotangents import describe, is_complex
from symgraph.gradient.grad import Lop, grad
from symgraph.gradient.rop import Rop
from symgraph.graph import Variable, one_location
from symgraph.loops.vectorize import vectorize_graph
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.constant import constant
from symgraph.ops.creation import Eye
from symgraph.ops.extent_arithmetic import as_scalar, multiplied
from symgraph.ops.reshape import Reshape
from symgraph.ops.shape import DimShuffle, extents_of


def jacobian(
    expression: Variable,
    wrt: Variable | Sequence[Variable],
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """The derivative of every element of `expression` by every element of `wrt`.

    Of the shape of `expression` followed by that of the variable. All rows are computed together
    where operations can do that (see `vectorize_graph`), else in a loop. Raises TypeError where the
    expression is not real. Other arguments as for `grad`.
    """
    variables, constants = as_variables(wrt), list(consider_constant or ())
    if expression.type.ndim == 0:
        slopes = grad(expression, variables, constants, disconnected_inputs, add_names=False)
        return like(wrt, slopes)
    if is_complex(expression):
        raise TypeError(f"jacobian: {describe(expression)} is complex; take its abs or real part")
    row = expression.type()
    products = Lop(expression, variables, row, constants, disconnected_inputs)
    with one_location():
        extents = extents_of(expression)
        every = _each_element(expression, extents)
        rows = vectorize_graph(products, {row: every})
        results: list[Variable | None] = [
            _shaped(found, product, every, variable, expression)
            for found, product, variable in zip(rows, products, variables, strict=True)
        ]
    return like(wrt, results)


def hessian(
    cost: Variable,
    wrt: Variable | Sequence[Variable],
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """The second derivatives of a scalar `cost` by each variable of `wrt`: of the variable's shape,
    twice. Where the cost is linear they are zero.
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


def _each_element(expression: Variable, extents: Sequence[Variable]) -> Variable:
    """Arrays like the expression: for each of its elements one that is 1 there and 0 elsewhere."""
    count = as_scalar(multiplied(*extents))
    total = math.prod(n for n in expression.type.shape if n is not None)
    known = None if None in expression.type.shape else total
    ones = Eye(expression.type.dtype)(count, count, constant(0, "int64"))
    return Reshape((known, *expression.type.shape))(ones, count, *extents)


def _shaped(
    rows: Variable, product: Variable, every: Variable, variable: Variable, expression: Variable
) -> Variable:
    """The rows, each of the variable's shape, in the shape of the expression and the variable's."""
    if rows.type.ndim == product.type.ndim:
        # No row depends on which it is: zeros.
        repeated = DimShuffle(("x", *range(rows.type.ndim)))(rows)
        count = extents_of(every)[0]
        rows = BroadcastTo((None, *rows.type.shape))(repeated, count, *extents_of(rows))
    shape = (*expression.type.shape, *variable.type.shape)
    return Reshape(shape)(rows, *extents_of(expression), *extents_of(variable))
