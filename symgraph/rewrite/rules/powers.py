"""Powers as squares, roots and reciprocals, and products of whole axes."""

from symgraph.graph import Apply, Variable
from symgraph.ops import Reduce
from symgraph.ops import scalar_table as T
from symgraph.ops.constant import number
from symgraph.ops.signs import is_nonnegative
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.effects import cannot_raise
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.patterns import name_of, number_of, operands, rule

# Beyond this power the accumulated rounding of the products would show.
LARGEST_POWER = 16


def _one(x: Variable) -> Variable:
    return number(1, x.type.dtype)


POWERS = (
    rule("pow_zero", lambda x: x**0, _one, kinds="iufc", where=cannot_raise),
    rule("pow_minus_two", lambda x: x**-2, lambda x: T.reciprocal(T.sqr(x)), kinds="f"),
    rule("pow_minus_half", lambda x: x**-0.5, lambda x: T.reciprocal(T.sqrt(x)),
         where=is_nonnegative),
    rule("pow_three_halves", lambda x: x**1.5, lambda x: x * T.sqrt(x), where=is_nonnegative),
)  # fmt: skip
HALF = rule("pow_half", lambda x: x**0.5, lambda x: T.sqrt(x), where=is_nonnegative)


@node_rule("whole_power", "pow")
def whole_power(node: Apply) -> Variable | None:
    """x³ → x · x²; x⁵ → x · (x²)²; x⁻³ → 1 / (x · x²): by squaring, up to the 16th"""
    x, exponent = node.inputs
    value, dtype = number_of(exponent), node.outputs[0].type.dtype
    if not isinstance(value, float) or x.type.dtype != dtype or not dtype.startswith("float"):
        return None
    if not 2 < abs(value) <= LARGEST_POWER or value != int(value):
        return None
    result = _power(x, int(abs(value)))
    return result if value > 0 else T.reciprocal(result)


def _power(x: Variable, count: int) -> Variable:
    """Return x to a positive integral power: the product of the squares that its binary digits
    select."""
    result: Variable | None = None
    square = x
    while True:
        if count % 2:
            result = square if result is None else result * square
        count //= 2
        if not count:
            assert result is not None
            return result
        square = T.sqr(square)


def _inner(node: Apply, name: str, context: RewriteContext) -> Variable | None:
    """Return x, where the node is the product along axes of the function of x, which nothing else
    needs; None otherwise."""
    inner = node.inputs[0]
    if node.op.kind != "prod" or name_of(inner) != name or not context.used_once(inner):
        return None
    if inner.type.dtype != node.outputs[0].type.dtype:
        return None
    (x,) = operands(inner)
    return x if x.type.dtype == inner.type.dtype else None


@context_rule("prod_of_exp", Reduce)
def prod_of_exp(node: Apply, context: RewriteContext) -> Variable | None:
    """prod(exp(x)) → exp(sum(x)), which overflows only where the result does"""
    x = _inner(node, "exp", context)
    if x is None or not x.type.dtype.startswith("float"):
        return None
    return T.exp(Reduce("sum", node.op.axes)(x))


@context_rule("prod_of_abs", Reduce)
def prod_of_abs(node: Apply, context: RewriteContext) -> Variable | None:
    """prod(abs(x)) → abs(prod(x))"""
    x = _inner(node, "abs", context)
    if x is None or not x.type.dtype.startswith("float"):
        return None
    return T.abs(Reduce("prod", node.op.axes)(x))


@node_rule("log_of_prod", "log")
def log_of_prod(node: Apply) -> Variable | None:
    """log(prod(x)) → sum(log(x)), where x cannot be negative; log(abs(prod(x))) →
    sum(log(abs(x))): neither overflows"""
    total = node.inputs[0]
    dtype = node.outputs[0].type.dtype
    is_absolute = name_of(total) == "abs"
    inner = operands(total)[0].owner if is_absolute else total.owner
    if inner is None or not isinstance(inner.op, Reduce) or inner.op.kind != "prod":
        return None
    x = inner.inputs[0]
    if not x.type.dtype == total.type.dtype == dtype or not dtype.startswith("float"):
        return None
    if not is_absolute and not is_nonnegative(x):
        return None
    return Reduce("sum", inner.op.axes)(T.log(T.abs(x) if is_absolute else x))


RULES = (HALF, prod_of_abs)
STABLE = (prod_of_exp, log_of_prod)
SPECIALISED = (*POWERS, whole_power)
