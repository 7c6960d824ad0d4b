"""Sums with matrix products in them as one product that scales and adds: `Gemm`.

What a product saves by this is a pass over its result. So it is done where the sum is a result
by itself, such as an update `W - rate * dot(X.T, D)`; a sum that goes on into elementwise
functions is part of their loop.
"""

from typing import Any

import numpy as np

from symgraph.graph import Apply, Constant, Variable
from symgraph.ops import DimShuffle, Dot, Elemwise, Eye, Gemm, Reduce
from symgraph.ops.constant import number
from symgraph.ops.extents import extent_keys
from symgraph.ops.shape import keys_of_extents
from symgraph.rewrite.combination import Term, is_scalar, linear_combination
from symgraph.rewrite.context import Context
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.patterns import number_of
from symgraph.rewrite.rules.products import function_name

DTYPES = ("float32", "float64")
LINEAR = ("add", "sub", "neg", "mul", "true_div")


@context_rule("gemm", "add", "sub")
def gemm(node: Apply, context: Context) -> Variable | None:
    """β·c ± α·dot(a, b) → gemm(c, ±α, a, b, β); c·x + dot(a, b) + c·y is such a sum too.

    Where c is infinite, a sum of coefficients of both signs is, where the written sum is nan.
    """
    output = node.outputs[0]
    if output.type.ndim != 2 or output.type.dtype not in DTYPES:
        return None
    if _goes_on(output, context):
        return None
    terms = linear_combination(output, lambda v: _may_open(v, output, context))
    if terms is None:
        return None
    products = [term for term in terms.values() if _is_product(term.body, output, context)]
    others = [term for term in terms.values() if term not in products]
    if not products:
        return None
    return _accumulated(products, others, output, context)


def _may_open(variable: Variable, output: Variable, context: Context) -> bool:
    """Whether an operand of the sum has its extents, and is used nowhere else."""
    return context.used_once(variable) and context.keys(variable) == context.keys(output)


def _goes_on(output: Variable, context: Context) -> bool:
    """Whether the sum is an operand of a larger one, which is then looked at as a whole."""
    users = context.users(output)
    if len(users) != 1 or not isinstance(users[0], Apply):
        return False
    user = users[0]
    name = function_name(user.outputs[0])
    if name not in LINEAR or context.keys(user.outputs[0]) != context.keys(output):
        return False
    if name in ("mul", "true_div"):
        others = [v for v in user.inputs if v is not output]
        return all(is_scalar(v, output) for v in others) and user.inputs[-1] is not output
    return True


def _is_product(body: Variable, output: Variable, context: Context) -> bool:
    """Whether a term is a product of matrices of the sum's dtype and extents, needed only here."""
    node = body.owner
    if node is None or not isinstance(node.op, Dot):
        return False
    types = [variable.type for variable in (*node.inputs, body)]
    if any(type.ndim != 2 or type.dtype != output.type.dtype for type in types):
        return False
    return context.used_once(body) and context.keys(body) == context.keys(output)


def _accumulated(
    products: list[Term], others: list[Term], output: Variable, context: Context
) -> Variable | None:
    dtype = output.type.dtype
    start: Term | None = None
    if len(others) == 1 and _at_hand(others[0].body, output, context):
        (start,) = others
        others = []
    if start is None and len(products) < 2:
        return None
    if start is None and others and not _is_fused(output, context):
        return None
    if start is None:
        start = products.pop(0)
    if start.known == 0:
        return None
    total, beta = start.body, start.coefficient(dtype)
    for term in products:
        a, b = term.body.owner.inputs  # type: ignore[union-attr]
        total = Gemm()(total, term.coefficient(dtype), a, b, beta)
        beta = number(1, dtype)
    for term in others:
        total = total + _scaled(term, dtype)
    return total


def _scaled(term: Term, dtype: str) -> Variable:
    if term.known == 1:
        return term.body
    if term.known == -1:
        return -term.body
    return term.coefficient(dtype) * term.body


def _at_hand(body: Variable, output: Variable, context: Context) -> bool:
    """Whether a matrix of the sum's extents lies in memory anyhow, and the sum will: then adding
    it costs the product nothing."""
    if body.type.dtype != output.type.dtype or context.keys(body) != context.keys(output):
        return False
    computed = body.owner is not None and isinstance(body.owner.op, Elemwise)
    if computed and context.used_once(body):
        return False
    return not _is_fused(output, context)


def _is_fused(output: Variable, context: Context) -> bool:
    """Whether only loops read the sum, which would make it themselves."""
    users = context.users(output)
    return all(isinstance(u, Apply) and isinstance(u.op, Elemwise | Reduce) for u in users)


@context_rule("transposed_product", DimShuffle)
def transposed_product(node: Apply, context: Context) -> Variable | None:
    """dot(a, b).T → dot(b.T, a.T): what follows reads it in the order in which it lies"""
    product = node.inputs[0]
    inner = product.owner
    if inner is None or not isinstance(inner.op, Dot) or node.op.order != (1, 0):
        return None
    if not context.used_once(product):
        return None
    a, b = (transposed(v) for v in inner.inputs)
    return inner.op(b, a)


def transposed(x: Variable) -> Variable:
    """`x` with its axes exchanged; without two views in a row."""
    inner = x.owner
    # One of a 3-d array may also leave out an axis of extent 1.
    exchanged = inner is not None and isinstance(inner.op, DimShuffle) and inner.op.order == (1, 0)
    if inner is not None and exchanged and inner.inputs[0].type.ndim == 2:
        return inner.inputs[0]
    return DimShuffle((1, 0))(x)


@node_rule("product_with_identity", Dot)
def product_with_identity(node: Apply) -> Variable | None:
    """dot(x, eye(n)) → x; dot(eye(n), x) → x. Infinities stay what they are."""
    for position, variable in enumerate(node.inputs):
        other = node.inputs[1 - position]
        size = _size_of_identity(variable)
        # Which extent of x must be that of the identity.
        axis = other.type.ndim - 1 if position else 0
        if size is not None and extent_keys(other)[axis] == size:
            return other
    return None


def _size_of_identity(variable: Variable) -> Any:
    """The key of the extents of a square identity; None for anything else."""
    if isinstance(variable, Constant):
        data = variable.data
        if data.ndim != 2 or data.shape[0] != data.shape[1] or (data.diagonal() != 1).any():
            return None
        return len(data) if np.count_nonzero(data) == len(data) else None
    if variable.owner is None or not isinstance(variable.owner.op, Eye):
        return None
    rows, columns, diagonal = variable.owner.inputs
    if rows is not columns or number_of(diagonal) != 0:
        return None
    return keys_of_extents([rows])[0]


RULES = (gemm,)
PRODUCTS = (transposed_product, product_with_identity)
