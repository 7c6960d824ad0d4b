"""Common factors of matrix products, and sums over products: fewer or smaller products.

Results differ by rounding only; an infinity remains one, or is nan in both forms. Sums are taken
before the product, so the summed values must be known to be small (see
`symgraph.rewrite.magnitudes`).
"""

from symgraph.graph import Apply, Variable
from symgraph.ops import Dot, Reduce
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import context_rule
from symgraph.rewrite.linear_combinations import Term, linear_combination
from symgraph.rewrite.magnitudes import fits_reduced, fits_summed
from symgraph.rewrite.patterns import name_of, operands

FLOATS = ("float32", "float64")
LINEAR = ("add", "sub", "neg")


@context_rule("products_with_common_factor", "add", "sub")
def products_with_common_factor(node: Apply, context: RewriteContext) -> Variable | None:
    """dot(a, m) + dot(b, m) → dot(a + b, m); dot(m, a) - dot(m, b) → dot(m, a - b)"""
    output = node.outputs[0]
    if output.type.ndim not in (1, 2) or output.type.dtype not in FLOATS:
        return None
    users = context.users(output)
    if len(users) == 1 and isinstance(users[0], Apply) and name_of(users[0].outputs[0]) in LINEAR:
        # The larger sum is examined as a whole.
        return None

    def alone(variable: Variable) -> bool:
        return context.used_once(variable) and context.keys(variable) == context.keys(output)

    terms = linear_combination(output, alone)
    if terms is None or len(terms) < 2:
        return None
    products = [t for t in terms.values() if _is_product(t, output) and alone(t.body)]
    for position, first in enumerate(products):
        for second in products[position + 1 :]:
            whole = _joined(first, second, context)
            if whole is None:
                continue
            rest = [t for t in terms.values() if t is not first and t is not second]
            for term in rest:
                whole = _plus(whole, term)
            return whole
    return None


def _is_product(term: Term, output: Variable) -> bool:
    """Return whether a term is ± a product of the sum's dtype."""
    node = term.body.owner
    if node is None or not isinstance(node.op, Dot) or term.known not in (1, -1):
        return False
    return all(v.type.dtype == output.type.dtype for v in node.inputs)


def _joined(first: Term, second: Term, context: RewriteContext) -> Variable | None:
    """Return the sum of two terms as one product; None where they have no common factor that pays:
    the summed operands must be smaller than the common one, which then is read only once."""
    pair = operands(first.body), operands(second.body)
    for place in (0, 1):
        (a, b), m = (inputs[1 - place] for inputs in pair), pair[0][place]
        if m is not pair[1][place] or m.type.ndim < a.type.ndim:
            continue
        if context.keys(a) != context.keys(b) or not fits_summed(a, b):
            continue
        total = _sum(a, first.known, b, second.known)
        return Dot()(m, total) if place == 0 else Dot()(total, m)
    return None


def _sum(a: Variable, one: float | None, b: Variable, other: float | None) -> Variable:
    if one == 1:
        return a + b if other == 1 else a - b
    return b - a if other == 1 else -(a + b)


def _plus(total: Variable, term: Term) -> Variable:
    if term.known == -1:
        return total - term.body
    if term.known == 1:
        return total + term.body
    return total + term.coefficient(total.type.dtype) * term.body


@context_rule("sum_of_product", Reduce)
def sum_of_product(node: Apply, context: RewriteContext) -> Variable | None:
    """sum(dot(a, b), axis=0) → dot(sum(a, axis=0), b); sum(dot(a, b), axis=1) → dot(a, sum(b,
    axis=1)), where nothing else needs the product and what is summed is known to be small"""
    product, op = node.inputs[0], node.op
    inner = product.owner
    if op.kind != "sum" or inner is None or not isinstance(inner.op, Dot):
        return None
    dtype = node.outputs[0].type.dtype
    if dtype not in FLOATS or product.type.dtype != dtype or not context.used_once(product):
        return None
    if any(v.type.dtype != dtype for v in inner.inputs) or product.type.ndim != 2:
        return None
    a, b = inner.inputs
    if not all(fits_reduced(v) for axis, v in enumerate((a, b)) if axis in op.axes):
        return None
    if 0 in op.axes:
        a = Reduce("sum", (0,))(a)
    if 1 in op.axes:
        b = Reduce("sum", (1,))(b)
    return Dot()(a, b)


RULES = (products_with_common_factor, sum_of_product)
