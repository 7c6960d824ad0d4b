"""Divisors moved to the factors that they cancel: out of sums, out of guarded products, and over
sums of several terms.

Derivatives of quotients that users write, such as exp(x) / sum(exp(x)) or t log(p), have a divisor
that underflows in one place and the factor that compensates for it in another.
"""

from symgraph.graph import Apply, Variable
from symgraph.ops import DimShuffle, Elemwise, Reduce, SumTo
from symgraph.ops.elemwise import scalar_functions
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.patterns import number_of, operands
from symgraph.rewrite.rules.factored import FactoredProduct, factors, function_name, written
from symgraph.rewrite.rules.normalised import sums_exponentials
from symgraph.rewrite.rules.products import is_positive, simplify

# The number of operations through which a divisor is searched for.
DEPTH = 12


@node_rule("mul_zero_constant", "mul_zero")
def mul_zero_constant(node: Apply) -> Variable | None:
    """mul_zero(g, c) → g · c and mul_zero(c, p) → c · p for a constant c, which is finite, and in
    the second case not 0"""
    g, p = node.inputs
    if _finite(p) or (_finite(g) and number_of(g) != 0):
        return g * p
    return None


def _finite(variable: Variable) -> bool:
    value = number_of(variable)
    return isinstance(value, float) and abs(value) < float("inf")


@node_rule("guarded_twice", "mul_zero")
def guarded_twice(node: Apply) -> Variable | None:
    """mul_zero(mul_zero(g, p), q) → mul_zero(g, p · q) where p · q becomes simpler;
    mul_zero(g / s, q) → mul_zero(g, q / s) likewise"""
    cotangent, derivative = node.inputs
    dtype = node.outputs[0].type.dtype
    first, second = factors(cotangent), factors(derivative)
    if function_name(cotangent) == "mul_zero":
        cotangent, inner = operands(cotangent)
        first = factors(inner)
        product = None if first is None or second is None else first.times(second)
        if product is None or not simplify(product):
            return None
        return scalar_functions["mul_zero"](cotangent, written(product, dtype))
    if first is None or second is None:
        return None
    for part in first.parts():
        product = second.times(part)
        if part.under and simplify(product):
            rest = written(first.without(part), dtype)
            return scalar_functions["mul_zero"](rest, written(product, dtype))
    return None


@context_rule("sum_of_normalised", Reduce)
def sum_of_normalised(node: Apply, context: RewriteContext) -> Variable | None:
    """sum(a / s) → sum(a) / s, where s is a sum of exponentials along the same axes, and the sum is
    multiplied by one of them, which compensates for s"""
    inner, op = node.inputs[0], node.op
    if op.kind != "sum" or not context.used_once(inner):
        return None
    guard = None
    quotient = inner
    if function_name(inner) == "mul_zero":
        guard, quotient = operands(inner)
    product = factors(quotient)
    if product is None:
        return None
    for divisor in product.under:
        # Factors are listed without the axes of extent 1 added before them.
        if divisor.type.ndim != inner.type.ndim:
            continue
        if not all(divisor.type.shape[axis] == 1 for axis in op.axes):
            continue
        total = sums_exponentials(divisor)
        if total is not None and _meets(node.outputs[0], total.inputs[0], context):
            product.under.remove(divisor)
            terms = written(product, inner.type.dtype)
            if guard is not None:
                terms = scalar_functions["mul_zero"](guard, terms)
            if any(terms.type.shape[a] == 1 != inner.type.shape[a] for a in op.axes):
                return None
            return op(terms) / DimShuffle(op.kept(inner))(divisor)
    return None


def _meets(variable: Variable, factor: Variable, context: RewriteContext) -> bool:
    """Return whether elementwise functions of the variable are multiplied by the factor."""
    pending, seen = [variable], {variable}
    while pending and len(seen) <= DEPTH:
        for user in context.users(pending.pop()):
            if isinstance(user, str) or not isinstance(user.op, Elemwise | DimShuffle | SumTo):
                continue
            output = user.outputs[0]
            if function_name(output) in ("mul", "mul_zero") and factor in user.inputs:
                return True
            if output not in seen:
                seen.add(output)
                pending.append(output)
    return False


@context_rule("distributed_factor", "mul", "mul_zero")
def distributed_factor(node: Apply, context: RewriteContext) -> Variable | None:
    """(a / p + b) · p → a / p · p + b · p, which then cancels, for a positive p; also where each
    term becomes simpler with the factor"""
    name = function_name(node.outputs[0])
    if name is None:
        return None
    pairs = [node.inputs, node.inputs[::-1]] if name == "mul" else [node.inputs]
    for total, factor in pairs:
        kind = function_name(total)
        if kind not in ("add", "sub") or not context.used_once(total):
            continue
        positive = _positive_factors(factor)
        terms = operands(total)
        cancelled = any(_cancels(d, positive) for t in terms for d in _divisors(t))
        if positive and (cancelled or all(_joins(term, factor) for term in terms)):
            multiply = scalar_functions[name]
            return scalar_functions[kind](*(multiply(term, factor) for term in terms))
    return None


def _joins(term: Variable, factor: Variable) -> bool:
    """Return whether a term becomes simpler with the factor, itself or before it is summed."""
    own, other = factors(term), factors(factor)
    if own is None or other is None:
        return False
    inner = [v.owner.inputs[0] for v in own.over if v.owner and isinstance(v.owner.op, SumTo)]
    candidates = [own, *(product for product in map(factors, inner) if product is not None)]
    return any(simplify(product.times(other)) for product in candidates)


def _positive_factors(factor: Variable) -> list[Variable]:
    product = factors(factor)
    return [] if product is None else [f for f in product.over if is_positive(f)]


def _cancels(divisor: Variable, positive: list[Variable]) -> bool:
    """Return whether a divisor is one of the factors, or the sum of one of them."""
    total = sums_exponentials(divisor)
    return divisor in positive or (total is not None and total.inputs[0] in positive)


def _divisors(variable: Variable) -> list[Variable]:
    """Return the divisors of a term: of the term itself, before it is summed, or where it is not
    zero."""
    found: list[Variable] = []
    pending = [variable]
    for _ in range(DEPTH):
        if not pending:
            break
        product = factors(pending.pop())
        if product is None:
            continue
        found += product.under
        for factor in product.over:
            name, inputs = function_name(factor), operands(factor)
            if name == "mul_zero":
                pending += inputs
            elif name == "switch" and number_of(inputs[1]) == 0:
                pending.append(inputs[2])
            elif factor.owner is not None and isinstance(factor.owner.op, SumTo):
                pending.append(inputs[0])
    return found


@context_rule("product_into_sum_to", "mul")
def product_into_sum_to(node: Apply, context: RewriteContext) -> Variable | None:
    """sum_to(a / p, n) · p · q → sum_to(a / p · p, n) · q, which then cancels"""
    output = node.outputs[0]
    product = factors(output)
    if product is None:
        return None
    dtype = output.type.dtype
    for total in product.parts():
        owner = total.over[0].owner if total.over else None
        if owner is None or not isinstance(owner.op, SumTo):
            continue
        rest = product.without(total)
        near = [v for v in rest.over if _within(v, total.over[0], context)]
        inner = factors(owner.inputs[0])
        for factor in near:
            if inner is None:
                break
            joined = inner.times(FactoredProduct([factor], [], [(factor, True)]))
            if simplify(joined):
                rest.over.remove(factor)
                summed = owner.op(written(joined, dtype), *owner.inputs[1:])
                rest.over.append(summed)
                return written(rest, dtype)
    return None


def _within(factor: Variable, total: Variable, context: RewriteContext) -> bool:
    """Return whether the factor's extents are those of the total or 1."""
    if factor.type.ndim != total.type.ndim:
        return factor.type.ndim == 0
    return all(
        extent == 1 or context.same_extent(factor, total, axis)
        for axis, extent in enumerate(factor.type.shape)
    )


RULES = (
    mul_zero_constant,
    guarded_twice,
    sum_of_normalised,
    distributed_factor,
    product_into_sum_to,
)
