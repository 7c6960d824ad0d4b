"""Sums that contain a matrix product as one product that scales and adds: `Gemm`.

This saves a pass over the product's result. So it is done where the sum is materialised, such as in
an update `W - rate * dot(X.T, D)`; a sum used by elementwise functions is fused into their loop.
"""

from symgraph.graph import Apply, Variable
from symgraph.ops import DimShuffle, Dot, Elemwise, Gemm, Reduce, ScaledDot
from symgraph.ops.constant import number
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import context_rule
from symgraph.rewrite.linear_combinations import Term, is_scalar, linear_combination
from symgraph.rewrite.patterns import operands
from symgraph.rewrite.rules.factored import function_name

DTYPES = ("float32", "float64")
LINEAR = ("add", "sub", "neg", "mul", "true_div")


@context_rule("gemm", "add", "sub")
def gemm(node: Apply, context: RewriteContext) -> Variable | None:
    """β·c ± α·dot(a, b) → gemm(c, ±α, a, b, β); c·x + dot(a, b) + c·y is such a sum too; vectors
    are rows or columns.

    For an infinite c and coefficients of both signs the result is infinite, where the written sum
    is nan.
    """
    output = node.outputs[0]
    if output.type.ndim not in (1, 2) or output.type.dtype not in DTYPES:
        return None
    if _goes_on(output, context):
        return None
    # Two scalars, such as a rate and a decay, are multiplied with each other.
    terms = linear_combination(output, lambda v: _may_open(v, output, context), unknown=2)
    if terms is None:
        return None
    products = [term for term in terms.values() if _is_product(term.body, output, context)]
    others = [term for term in terms.values() if term not in products]
    if not products:
        return None
    return _accumulated(products, others, output, context)


def _may_open(variable: Variable, output: Variable, context: RewriteContext) -> bool:
    """Return whether an operand of the sum has its extents and no other clients."""
    return context.used_once(variable) and context.keys(variable) == context.keys(output)


def _goes_on(output: Variable, context: RewriteContext) -> bool:
    """Return whether the sum is an operand of a larger one, which is then examined as a whole."""
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


def _is_product(body: Variable, output: Variable, context: RewriteContext) -> bool:
    """Return whether a term is a product of the sum's dtype and extents without other clients."""
    node = body.owner
    if node is None or not isinstance(node.op, Dot):
        return False
    if any(variable.type.dtype != output.type.dtype for variable in node.inputs):
        return False
    return context.used_once(body) and context.keys(body) == context.keys(output)


def _accumulated(
    products: list[Term], others: list[Term], output: Variable, context: RewriteContext
) -> Variable | None:
    dtype = output.type.dtype
    start: Term | None = None
    if len(others) == 1 and _at_hand(others[0].body, output, context):
        (start,) = others
        others = []
    if start is None and (len(products) < 2 or output.type.ndim == 1):
        return None
    if start is None and others and not _is_fused(output, context):
        return None
    if start is None:
        start = products.pop(0)
    if start.known == 0:
        return None
    total, beta = start.body, start.coefficient(dtype)
    for term in products:
        total = _plus_product(total, term, beta)
        beta = number(1, dtype)
    for term in others:
        total = total + _scaled(term, dtype)
    return total


def _plus_product(total: Variable, term: Term, beta: Variable) -> Variable:
    """Return β · total + the term. A vector on the left of a matrix is a row, on its right a
    column."""
    a, b = operands(term.body)
    alpha = term.coefficient(total.type.dtype)
    if total.type.ndim == 2:
        return Gemm()(total, alpha, a, b, beta)
    if a.type.ndim == 1:
        row = DimShuffle(("x", 0))
        return DimShuffle((1,))(Gemm()(row(total), alpha, row(a), b, beta))
    column = DimShuffle((0, "x"))
    return DimShuffle((0,))(Gemm()(column(total), alpha, a, column(b), beta))


def _scaled(term: Term, dtype: str) -> Variable:
    if term.known == 1:
        return term.body
    if term.known == -1:
        return -term.body
    return term.coefficient(dtype) * term.body


def _at_hand(body: Variable, output: Variable, context: RewriteContext) -> bool:
    """Return whether a matrix of the sum's extents is in memory anyway, and the sum will be: then
    adding it costs the product nothing."""
    if body.type.dtype != output.type.dtype or context.keys(body) != context.keys(output):
        return False
    computed = body.owner is not None and isinstance(body.owner.op, Elemwise)
    if computed and context.used_once(body):
        return False
    return not _is_fused(output, context)


def _is_fused(output: Variable, context: RewriteContext) -> bool:
    """Return whether only loops read the sum, which would compute it themselves."""
    users = context.users(output)
    return all(isinstance(u, Apply) and isinstance(u.op, Elemwise | Reduce) for u in users)


@context_rule("scaled_product", "mul", "true_div", "neg")
def scaled_product(node: Apply, context: RewriteContext) -> Variable | None:
    """α · dot(a, b) → scaled_dot(α, a, b), where the product is materialised"""
    output = node.outputs[0]
    if output.type.ndim != 2 or output.type.dtype not in DTYPES or _goes_on(output, context):
        return None
    if _is_fused(output, context):
        return None
    terms = linear_combination(output, lambda v: _may_open(v, output, context))
    if terms is None or len(terms) != 1:
        return None
    (term,) = terms.values()
    if not _is_product(term.body, output, context):
        return None
    return ScaledDot()(term.coefficient(output.type.dtype), *operands(term.body))


RULES = (gemm, scaled_product)
