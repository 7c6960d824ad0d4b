"""Jacobian and Hessian matrices, and products with a Hessian without the matrix."""

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
    """Compute the derivative of every element of an expression by every element of variables.

    expression: real floats of any shape.
    wrt: one variable, or a list or tuple of them.
    consider_constant, disconnected_inputs: as for `grad`.
    Returns, in the form of `wrt`, arrays of the shape of `expression` followed by that of the
    variable. Raises TypeError where the expression is not real, and as `grad` does. Cost: a
    gradient for each element of the expression; they are computed together where operations can do
    that (see `vectorize_graph`), else in a loop.

    >>> x = T.dvector("x")
    >>> T.jacobian(x ** 2, x).eval({x: [3.0, 4.0]})
    array([[6., 0.],
           [0., 8.]])
    """
    variables, constants = as_variables(wrt), list(consider_constant or ())
    if expression.type.ndim == 0:
        derivatives = grad(expression, variables, constants, disconnected_inputs, add_names=False)
        return like(wrt, derivatives)
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
    """Compute the second derivatives of a scalar cost by each variable.

    cost: a scalar of floats.
    wrt: one variable, or a list or tuple of them.
    consider_constant, disconnected_inputs: as for `grad`.
    Returns, in the form of `wrt`, arrays of the variable's shape, twice; zeros where the cost is
    linear. Raises as `grad` does. Cost: a few gradients for each element of the variable.

    >>> x = T.dvector("x")
    >>> T.hessian((x ** 3).sum(), x).eval({x: [1.0, 2.0]})
    array([[ 6.,  0.],
           [ 0., 12.]])
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
    """Compute the product of a Hessian and a vector, without the matrix.

    cost: a scalar of floats.
    wrt: one variable, or a list or tuple of them, taken together.
    p: the vector: for each variable an array of its shape.
    Returns the shapes and the form of `wrt`. Raises as `grad` and `Rop` do. Cost: a few gradients.

    >>> x = T.dvector("x")
    >>> p = T.constant([1.0, 1.0])
    >>> sg.gradient.hessian_vector_product((x ** 3).sum(), x, p).eval({x: [1.0, 2.0]})
    array([ 6., 12.])
    """
    variables = as_variables(wrt)
    points = [p] if isinstance(p, Variable) else list(p)
    products = Rop(grad(cost, variables), variables, points, disconnected_outputs="ignore")
    return like(wrt, products)


def _each_element(expression: Variable, extents: Sequence[Variable]) -> Variable:
    """Return arrays like the expression, one for each of its elements: 1 at that element and 0
    elsewhere."""
    count = as_scalar(multiplied(*extents))
    total = math.prod(n for n in expression.type.shape if n is not None)
    known = None if None in expression.type.shape else total
    ones = Eye(expression.type.dtype)(count, count, constant(0, "int64"))
    return Reshape((known, *expression.type.shape))(ones, count, *extents)


def _shaped(
    rows: Variable, product: Variable, every: Variable, variable: Variable, expression: Variable
) -> Variable:
    """Return the rows, each of the variable's shape, reshaped to the expression's shape followed by
    the variable's."""
    if rows.type.ndim == product.type.ndim:
        # No row depends on its position: all are zeros.
        repeated = DimShuffle(("x", *range(rows.type.ndim)))(rows)
        count = extents_of(every)[0]
        rows = BroadcastTo((None, *rows.type.shape))(repeated, count, *extents_of(rows))
    shape = (*expression.type.shape, *variable.type.shape)
    return Reshape(shape)(rows, *extents_of(expression), *extents_of(variable))
