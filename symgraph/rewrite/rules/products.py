"""Simplification of products and quotients as lists of factors, in which factors combine wherever
they occur: exp(x) · sigmoid(-x) = sigmoid(x), and positive factors that cancel.

Derivatives need this to be accurate: that of log(sigmoid(x)) is written as
1 / sigmoid(x) · (sigmoid(x) · sigmoid(-x)), which is infinity times zero where sigmoid underflows.
"""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply, Variable
from symgraph.ops import AdvancedSubtensor, Det, DimShuffle, Reduce, Softmax, Subtensor
from symgraph.ops.constant import number
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.signs import is_nonnegative
from symgraph.rewrite.engine import node_rule
from symgraph.rewrite.patterns import number_of, operands, unpadded
from symgraph.rewrite.rules.determinants import over_determinant
from symgraph.rewrite.rules.factored import FactoredProduct, factors, function_name, written
from symgraph.rewrite.rules.stability import inverse_mills, is_bounded

# Sums of more exponentials are left to reductions.
MOST_TERMS = 4


@node_rule("product", "mul", "true_div")
def simplify_product(node: Apply) -> Variable | None:
    """a · exp(x) · sigmoid(-x) → a · sigmoid(x); a · p / p → a for exp, sigmoid, softmax p;
    a / (1 + exp(x)) → a · sigmoid(-x); and the other identities of this file"""
    output = node.outputs[0]
    if not output.type.dtype.startswith("float"):
        return None
    product = factors(output)
    if product is None or not simplify(product):
        return None
    return written(product, output.type.dtype)


@node_rule("guarded_product", "mul")
def simplify_guarded_product(node: Apply) -> Variable | None:
    """mul_zero(g, p) · q · r → mul_zero(g, p · q) · r, where p · q becomes simpler"""
    dtype = node.outputs[0].type.dtype
    for guarded, other in (node.inputs, node.inputs[::-1]):
        if function_name(guarded) != "mul_zero":
            continue
        cotangent, derivative = operands(guarded)
        first, second = factors(derivative), factors(other)
        if first is None or second is None:
            continue
        joined = simplified(first, second)
        if joined is not None:
            product, rest = joined
            derivative = written(product, dtype)
            return scalar_functions["mul_zero"](cotangent, derivative) * written(rest, dtype)
    return None


def simplified(
    product: FactoredProduct, others: FactoredProduct
) -> tuple[FactoredProduct, FactoredProduct] | None:
    """Return the product combined with one of the other factors, or if necessary with all of them,
    where that makes it simpler, and the remaining other factors; None where there is no such
    factor."""
    for part in (*others.parts(), others):
        joined = product.times(part)
        if simplify(joined):
            return joined, others.without(part)
    return None


def simplify(product: FactoredProduct) -> bool:
    """Cancel and combine factors; return whether anything changed."""
    changed = False
    while any(step(product) for step in STEPS):
        changed = True
    return changed


def _cancel(product: FactoredProduct) -> bool:
    """Cancel a factor in numerator and denominator that is positive but for rounding."""
    for factor in product.under:
        if factor in product.over and is_positive(factor):
            product.under.remove(factor)
            product.over.remove(factor)
            return True
    return False


def is_positive(factor: Variable) -> bool:
    """Return whether a factor is positive but for underflow."""
    node = factor.owner
    while node is not None and isinstance(node.op, AdvancedSubtensor | Subtensor | DimShuffle):
        factor = node.inputs[0]
        node = factor.owner
    if node is not None and isinstance(node.op, Softmax):
        return True
    return function_name(factor) in ("exp", "sigmoid")


def _open_switch(product: FactoredProduct) -> bool:
    """switch(t = 0 and p = 0, 0, t / p) · p = t for a positive p: the derivative of t log(p)"""
    for factor in product.over:
        if function_name(factor) != "switch":
            continue
        condition, zero, quotient = operands(factor)
        if number_of(zero) != 0 or function_name(quotient) != "true_div":
            continue
        t, p = operands(quotient)
        if p not in product.over or not is_positive(p) or not _is_zero_test(condition, t, p):
            continue
        product.over.remove(factor)
        product.over.remove(p)
        product.over.append(t)
        return True
    return False


def _is_zero_test(condition: Variable, t: Variable, p: Variable) -> bool:
    """Return whether the condition is that t and p are both zero."""
    node = condition.owner
    if node is None or str(node.op) != "and_":
        return False
    return all(_is_zero(test, x) for test, x in zip(node.inputs, (t, p), strict=True))


def _is_zero(test: Variable, x: Variable) -> bool:
    node = test.owner
    if node is None or str(node.op) != "eq":
        return False
    left, right = map(unpadded, node.inputs)
    return left is unpadded(x) and number_of(right) == 0


def _mills(product: FactoredProduct) -> bool:
    """exp(-x²) / erfc(x): both underflow for large x, where their ratio is √π x divided by a
    series"""
    for below in product.under:
        if function_name(below) != "erfc" or is_bounded(operands(below)[0]):
            continue
        (x,) = operands(below)
        for above in product.over:
            if function_name(above) == "exp" and _is_minus_square(operands(above)[0], x):
                product.under.remove(below)
                product.over.remove(above)
                product.over.append(inverse_mills(x))
                return True
    return False


def _scaled_erfc(product: FactoredProduct) -> bool:
    """exp(x²) · erfc(x): the first overflows and the second underflows, where their product is
    1 / (√π x)"""
    for tail in product.over:
        if function_name(tail) != "erfc" or is_bounded(operands(tail)[0]):
            continue
        (x,) = operands(tail)
        for growing in product.over:
            if function_name(growing) == "exp" and _is_square(operands(growing)[0], x):
                product.over.remove(tail)
                product.over.remove(growing)
                product.under.append(inverse_mills(x))
                return True
    return False


def _is_minus_square(exponent: Variable, x: Variable) -> bool:
    return function_name(exponent) == "neg" and _is_square(operands(exponent)[0], x)


def _is_square(square: Variable, x: Variable) -> bool:
    return _squared(square) is x


def _squared(square: Variable) -> Variable | None:
    """Return x, where this is x · x, x² or sqr(x); None for anything else."""
    inputs = operands(square)
    match function_name(square):
        case "mul":
            return inputs[0] if inputs[0] is inputs[1] else None
        case "pow":
            return inputs[0] if number_of(inputs[1]) == 2 else None
        case "sqr":
            return inputs[0]
    return None


def _open_denominator(product: FactoredProduct) -> bool:
    """1 / (1 + exp(x)) = sigmoid(-x); exp(x) / (exp(x) + exp(y)) = sigmoid(x - y)"""
    for factor in product.under:
        if function_name(factor) != "add":
            continue
        one, other = map(unpadded, operands(factor))
        if number_of(other) == 1:
            one, other = other, one
        if number_of(one) == 1 and function_name(other) == "exp":
            product.under.remove(factor)
            product.over.append(scalar_functions["sigmoid"](_negated(_exponent(other))))
            return True
        if function_name(one) == function_name(other) == "exp":
            for above, beside in ((one, other), (other, one)):
                if above in product.over:
                    product.under.remove(factor)
                    product.over.remove(above)
                    difference = _exponent(above) - _exponent(beside)
                    product.over.append(scalar_functions["sigmoid"](difference))
                    return True
    return False


def _open_longer_denominator(product: FactoredProduct) -> bool:
    """exp(x) / (exp(x) + exp(y) + exp(z)) = sigmoid(x - logaddexp(y, z)); a 1 is exp(0)"""
    for factor in product.under:
        terms = _terms(factor)
        if not 2 < len(terms) <= MOST_TERMS:
            continue
        if not all(number_of(v) == 1 or function_name(v) == "exp" for v in terms):
            continue
        for above in product.over:
            if above not in terms or function_name(above) != "exp":
                continue
            rest = [v for v in terms if v is not above]
            if len(rest) < len(terms) - 1:
                continue
            other = _log_of(rest)
            product.under.remove(factor)
            product.over.remove(above)
            product.over.append(scalar_functions["sigmoid"](_exponent(above) - other))
            return True
    return False


def _terms(total: Variable) -> list[Variable]:
    """Return the terms of a sum, if there are few."""
    terms: list[Variable] = []
    pending = [total]
    while pending and len(terms) <= MOST_TERMS:
        variable = unpadded(pending.pop())
        if function_name(variable) == "add":
            pending += operands(variable)
        else:
            terms.append(variable)
    return terms


def _log_of(exponentials: Sequence[Variable]) -> Variable:
    """Return the logarithm of the sum of two or more terms, each an exp or 1."""
    first, *rest = (number(0, v.type.dtype) if number_of(v) == 1 else _exponent(v)
                    for v in exponentials)  # fmt: skip
    for other in rest:
        first = scalar_functions["logaddexp"](first, other)
    return first


def _roots(product: FactoredProduct) -> bool:
    """1 / (sqrt(x) · sqrt(x)) = 1 / x and x / x² = 1 / x for positive x: derivatives of the
    logarithms of roots and squares"""
    for below in product.under:
        if function_name(below) == "sqrt" and product.under.count(below) > 1:
            (inner,) = operands(below)
            if is_nonnegative(inner):
                product.under.remove(below)
                product.under.remove(below)
                product.under.append(inner)
                return True
        x = _squared(below)
        if x is not None and x in product.over and is_nonnegative(x):
            product.under.remove(below)
            product.over.remove(x)
            product.under.append(x)
            return True
    return False


def _join(product: FactoredProduct) -> bool:
    """exp(x) · sigmoid(-x) = sigmoid(x)"""
    for exponential in product.over:
        if function_name(exponential) != "exp":
            continue
        exponent = operands(exponential)[0]
        for sigmoid in product.over:
            if function_name(sigmoid) == "sigmoid" and _opposite(exponent, operands(sigmoid)[0]):
                product.over.remove(exponential)
                product.over.remove(sigmoid)
                product.over.append(scalar_functions["sigmoid"](exponent))
                return True
    return False


def _cancel_exponentials(product: FactoredProduct) -> bool:
    """exp(x) · exp(-x) = 1, in whichever form a square in the exponents is written"""
    exponentials = [v for v in product.over if function_name(v) == "exp"]
    for first in exponentials:
        for second in exponentials:
            (x,), (y,) = operands(first), operands(second)
            base = _squared(y)
            if _opposite(x, y) or (base is not None and _is_minus_square(x, base)):
                product.over.remove(first)
                product.over.remove(second)
                return True
    return False


def _tanh(product: FactoredProduct) -> bool:
    """sinh(x) / cosh(x) = tanh(x)"""
    for above in product.over:
        for below in product.under:
            names = function_name(above), function_name(below)
            if names == ("sinh", "cosh") and operands(above) == operands(below):
                product.over.remove(above)
                product.under.remove(below)
                product.over.append(scalar_functions["tanh"](*operands(above)))
                return True
    return False


def _cofactors_by_det(product: FactoredProduct) -> bool:
    """cofactors(a) / det(a) = inv(a).T, and sgn(d) · cofactors(a) / abs(d) for d = det(a):
    derivatives of logarithms, where the determinant may overflow; an error for a singular matrix"""
    for below in product.under:
        is_absolute = function_name(below) == "abs"
        d = unpadded(operands(below)[0]) if is_absolute else below
        if d.owner is None or not isinstance(d.owner.op, Det):
            continue
        signs = [v for v in product.over if function_name(v) == "sgn"]
        sign = [v for v in signs if unpadded(operands(v)[0]) is d][:1]
        for factor in product.over:
            inverse = over_determinant(factor, d.owner.inputs[0])
            if inverse is not None and len(sign) == is_absolute:
                product.under.remove(below)
                product.over.remove(factor)
                product.over.append(inverse)
                for v in sign:
                    product.over.remove(v)
                return True
    return False


def _normalise(product: FactoredProduct) -> bool:
    """exp(x) / sum(exp(x)) = softmax(x)"""
    for total in product.under:
        for exponential in product.over:
            axis = sums_along(total, exponential)
            if axis is not None:
                product.under.remove(total)
                product.over.remove(exponential)
                product.over.append(Softmax(axis)(operands(exponential)[0]))
                return True
    return False


@node_rule("softmax_written_out", "true_div")
def softmax_written_out(node: Apply) -> Variable | None:
    """exp(x) / sum(exp(x)) → softmax(x), before a selection moves in between"""
    exponential, total = node.inputs
    axis = sums_along(total, exponential)
    return None if axis is None else Softmax(axis)(operands(exponential)[0])


def sums_along(total: Variable, exponential: Variable) -> int | None:
    """Return the one axis along which `total` is the sum of `exponential`, an exp, with the axis
    kept; None where it is not."""
    if function_name(exponential) != "exp":
        return None
    padding = total.owner
    if padding is None or not isinstance(padding.op, DimShuffle):
        return None
    node = padding.inputs[0].owner
    if node is None or not isinstance(node.op, Reduce) or node.op.kind != "sum":
        return None
    if node.inputs[0] is not exponential or len(node.op.axes) != 1:
        return None
    kept = node.op.kept(exponential)
    order = tuple(kept.index(a) if a in kept else "x" for a in range(exponential.type.ndim))
    return node.op.axes[0] if padding.op.order == order else None


def _exponent(exponential: Variable) -> Variable:
    """Return x of exp(x), in the dtype in which exp computes: a negated integer may wrap around."""
    (x,) = operands(exponential)
    if np.dtype(x.type.dtype).kind in "fc":
        return x
    return scalar_functions["cast"](x, exponential.type.dtype)


def _negated(x: Variable) -> Variable:
    return operands(x)[0] if function_name(x) == "neg" else -x


def _opposite(x: Variable, y: Variable) -> bool:
    if np.dtype(x.type.dtype).kind not in "fc":
        return False
    if function_name(y) == "neg" and operands(y)[0] is x:
        return True
    if function_name(x) == "neg" and operands(x)[0] is y:
        return True
    a, b = number_of(x), number_of(y)
    return a is not None and b is not None and a == -b


STEPS = (
    _cancel,
    _cofactors_by_det,
    _open_denominator,
    _open_longer_denominator,
    _roots,
    _join,
    _normalise,
    _open_switch,
    _mills,
    _scaled_erfc,
    _cancel_exponentials,
    _tanh,
)
NORMALISED = (softmax_written_out,)
RULES = (simplify_product, simplify_guarded_product)
