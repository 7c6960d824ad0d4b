"""Expressions that overflow, underflow or cancel as written, and their stable forms."""

import math

from symgraph.graph import Variable
from symgraph.ops import scalar_table as T
from symgraph.rewrite.patterns import number_of, rule

LN_2 = math.log(2)
# From here on erfc is too small for the dtype; its asymptotic series is then exact.
ERFC_LARGEST = {"float16": 2.5, "float32": 9.0, "float64": 26.0}


def is_bounded(x: Variable) -> bool:
    """Return whether a rule has already treated this argument: it is clipped by a constant."""
    node = x.owner
    return (
        node is not None
        and str(node.op) in ("minimum", "maximum")
        and any(number_of(v) is not None for v in node.inputs)
    )


def _log1mexp(x: Variable) -> Variable:
    """Return log(1 - exp(x)) (Mächler 2012): each branch is evaluated only where it does not
    cancel."""
    near = T.log(-T.expm1(T.maximum(x, -LN_2)))
    return T.switch(x > -LN_2, near, T.log1p(-T.exp(T.minimum(x, -LN_2))))


def _log_cosh(x: Variable) -> Variable:
    """Return |x| + log(1 + exp(-2|x|)) - log(2), and for small x, to avoid cancellation,
    log1p(sinh(x)²) / 2, from cosh² = 1 + sinh²."""
    far = T.maximum(abs(x), 1.0)
    near = T.minimum(abs(x), 1.0)
    large = far + T.softplus(-2 * far) - LN_2
    return T.switch(abs(x) > 1, large, 0.5 * T.log1p(T.sqr(T.sinh(near))))


def erfc_series(x: Variable) -> Variable:
    """Return erfc(x) · x · sqrt(pi) · exp(x²) for large x (Abramowitz and Stegun 7.1.23)."""
    z = T.reciprocal(2 * T.sqr(x))
    return 1 - z * (1 - 3 * z * (1 - 5 * z * (1 - 7 * z)))


def _log_erfc(x: Variable) -> Variable:
    largest = ERFC_LARGEST[x.type.dtype]
    far = T.maximum(x, largest)
    tail = T.log(erfc_series(far)) - T.log(far * math.sqrt(math.pi)) - T.sqr(far)
    return T.switch(x < largest, T.log(T.erfc(T.minimum(x, largest))), tail)


def inverse_mills(x: Variable) -> Variable:
    """Return exp(-x²) / erfc(x), by its series where both underflow."""
    largest = ERFC_LARGEST[x.type.dtype]
    near, far = T.minimum(x, largest), T.maximum(x, largest)
    return T.switch(
        x < largest,
        T.exp(-T.sqr(near)) / T.erfc(near),
        far * math.sqrt(math.pi) / erfc_series(far),
    )


def _not_bounded(x: Variable) -> bool:
    return not is_bounded(x)


ERROR_FUNCTION = (
    rule("one_minus_erf", lambda x: 1 - T.erf(x), lambda x: T.erfc(x), better="rounding"),
    rule("one_minus_erfc", lambda x: 1 - T.erfc(x), lambda x: T.erf(x), better="rounding"),
    rule("erf_minus_one", lambda x: T.erf(x) - 1, lambda x: -T.erfc(x), better="rounding"),
    rule("erfc_minus_one", lambda x: T.erfc(x) - 1, lambda x: -T.erf(x), better="rounding"),
    rule("erf_less_one", lambda x: T.erf(x) + -1, lambda x: -T.erfc(x), better="rounding"),
    rule("erfc_less_one", lambda x: T.erfc(x) + -1, lambda x: -T.erf(x), better="rounding"),
    rule("one_plus_erf", lambda x: 1 + T.erf(x), lambda x: T.erfc(-x), better="rounding"),
    rule("two_minus_erfc", lambda x: 2 - T.erfc(x), lambda x: T.erfc(-x), better="rounding"),
    rule("erf_neg", lambda x: T.erf(-x), lambda x: -T.erf(x)),
    rule("log_erfc", lambda x: T.log(T.erfc(x)), _log_erfc, better="overflow", where=_not_bounded),
)

ONE_MINUS_EXP = (
    rule(
        "log_expm1", lambda x: T.log(-T.expm1(x)), _log1mexp, better="rounding", where=_not_bounded
    ),
    rule(
        "log1p_minus_exp",
        lambda x: T.log1p(-T.exp(x)),
        _log1mexp,
        better="rounding",
        where=_not_bounded,
    ),
)

# 0 log(0) counts as 0, as is usual in sums for entropies.
ENTROPIES = (
    rule("x_log_x", lambda x: x * T.log(x), lambda x: T.xlogy(x, x), better="overflow"),
    rule(
        "xlogy_exp",
        lambda t, x: T.xlogy(t, T.exp(x)),
        lambda t, x: T.mul_zero(t, x),
        better="overflow",
    ),
    rule(
        "xlogy_sigmoid",
        lambda t, x: T.xlogy(t, T.sigmoid(x)),
        lambda t, x: T.mul_zero(t, -T.softplus(-x)),
        better="overflow",
    ),
)

LOGARITHMS = (
    rule("log1p", lambda x: T.log(1 + x), lambda x: T.log1p(x), better="rounding"),
    rule("log1p_minus", lambda x: T.log(1 - x), lambda x: T.log1p(-x), better="rounding"),
    rule("expm1", lambda x: T.exp(x) - 1, lambda x: T.expm1(x), better="rounding"),
    rule("expm1_added", lambda x: T.exp(x) + -1, lambda x: T.expm1(x), better="rounding"),
    rule("expm1_minus", lambda x: 1 - T.exp(x), lambda x: -T.expm1(x), better="rounding"),
    rule("log_exp", lambda x: T.log(T.exp(x)), lambda x: x, better="overflow"),
    rule("log1p_expm1", lambda x: T.log1p(T.expm1(x)), lambda x: x, better="overflow"),
    rule(
        "log_sum_of_exp",
        lambda x, y: T.log(T.exp(x) + T.exp(y)),
        lambda x, y: T.logaddexp(x, y),
        better="overflow",
    ),
    rule(
        "log_sum_of_three_exp",
        lambda x, y, z: T.log(T.exp(x) + T.exp(y) + T.exp(z)),
        lambda x, y, z: T.logaddexp(T.logaddexp(x, y), z),
        better="overflow",
    ),
    rule(
        "log_sum_of_exp_and_one",
        lambda x, y: T.log1p(T.exp(x) + T.exp(y)),
        lambda x, y: T.softplus(T.logaddexp(x, y)),
        better="overflow",
    ),
    rule(
        "log_of_reciprocal",
        lambda x: T.log(T.reciprocal(x)),
        lambda x: -T.log(x),
        better="overflow",
    ),
    rule("log_of_one_over", lambda x: T.log(1 / x), lambda x: -T.log(x), better="overflow"),
    rule("one_over_exp", lambda x: 1 / T.exp(x), lambda x: T.exp(-x), better="rounding"),
    rule("log_of_square", lambda x: T.log(x**2), lambda x: 2 * T.log(T.abs(x)), better="overflow"),
    rule("log_of_sqr", lambda x: T.log(T.sqr(x)), lambda x: 2 * T.log(T.abs(x)), better="overflow"),
    rule("log_of_root", lambda x: T.log(T.sqrt(x)), lambda x: 0.5 * T.log(x), better="rounding"),
    rule(
        "reciprocal_of_exp",
        lambda x: T.reciprocal(T.exp(x)),
        lambda x: T.exp(-x),
        better="rounding",
    ),
    rule("log_cosh", lambda x: T.log(T.cosh(x)), _log_cosh, better="overflow"),
    rule("sqrt_sqr", lambda x: T.sqrt(T.sqr(x)), lambda x: T.abs(x), better="overflow"),
)

SOFTPLUS = (
    rule("softplus", lambda x: T.log1p(T.exp(x)), lambda x: T.softplus(x), better="overflow"),
    rule(
        "softplus_in_bits",
        lambda x: T.log2(1 + T.exp(x)),
        lambda x: T.softplus(x) * (1 / LN_2),
        better="overflow",
    ),
    rule(
        "softplus_of_bits",
        lambda x: T.log1p(T.exp2(x)),
        lambda x: T.softplus(x * LN_2),
        better="overflow",
    ),
    rule("softplus_added", lambda x: T.logaddexp(0.0, x), lambda x: T.softplus(x)),
    rule(
        "softplus_parts", lambda x: T.maximum(x, 0) + T.softplus(-T.abs(x)), lambda x: T.softplus(x)
    ),
    rule("softplus_relu", lambda x: T.relu(x) + T.softplus(-T.abs(x)), lambda x: T.softplus(x)),
    rule("softplus_less", lambda x: T.softplus(x) - x, lambda x: T.softplus(-x), better="rounding"),
    rule(
        "less_softplus", lambda x: x - T.softplus(x), lambda x: -T.softplus(-x), better="rounding"
    ),
    rule("softplus_more", lambda x: T.softplus(-x) + x, lambda x: T.softplus(x), better="rounding"),
    rule(
        "softplus_difference",
        lambda x: T.softplus(x) - T.softplus(-x),
        lambda x: x,
        better="rounding",
    ),
)

SIGMOIDS = (
    rule("sigmoid", lambda x: T.reciprocal(1 + T.exp(x)), lambda x: T.sigmoid(-x)),
    rule("sigmoid_over", lambda x: 1 / (1 + T.exp(x)), lambda x: T.sigmoid(-x)),
    rule("over_one_plus_exp", lambda a, x: a / (1 + T.exp(x)), lambda a, x: a * T.sigmoid(-x)),
    rule(
        "one_minus_sigmoid", lambda x: 1 - T.sigmoid(x), lambda x: T.sigmoid(-x), better="rounding"
    ),
    rule(
        "log_sigmoid", lambda x: T.log(T.sigmoid(x)), lambda x: -T.softplus(-x), better="overflow"
    ),
    rule(
        "log1p_minus_sigmoid",
        lambda x: T.log1p(-T.sigmoid(x)),
        lambda x: -T.softplus(x),
        better="overflow",
    ),
    rule(
        "one_plus_tanh", lambda x: 1 + T.tanh(x), lambda x: 2 * T.sigmoid(2 * x), better="rounding"
    ),
    rule(
        "one_minus_tanh",
        lambda x: 1 - T.tanh(x),
        lambda x: 2 * T.sigmoid(-2 * x),
        better="rounding",
    ),
    rule(
        "half_plus_half_tanh",
        lambda x: 0.5 + 0.5 * T.tanh(x),
        lambda x: T.sigmoid(2 * x),
        better="rounding",
    ),
    rule(
        "tanh_of_expm1",
        lambda x: T.expm1(x) * T.sigmoid(-x),
        lambda x: T.tanh(0.5 * x),
        better="overflow",
    ),
    rule("log_odds", lambda x: T.log(T.sigmoid(x) / T.sigmoid(-x)), lambda x: x, better="overflow"),
    *(
        rule(name, before, after, better=better)
        for name, before, after, better in (
            ("sinh", lambda x: (T.exp(x) - T.exp(-x)) / 2, lambda x: T.sinh(x), "rounding"),
            ("half_sinh", lambda x: 0.5 * (T.exp(x) - T.exp(-x)), lambda x: T.sinh(x), "rounding"),
            ("cosh", lambda x: (T.exp(x) + T.exp(-x)) / 2, lambda x: T.cosh(x), "overflow"),
            ("half_cosh", lambda x: 0.5 * (T.exp(x) + T.exp(-x)), lambda x: T.cosh(x), "overflow"),
        )
    ),
    rule(
        "tanh",
        lambda x: (T.exp(x) - T.exp(-x)) / (T.exp(x) + T.exp(-x)),
        lambda x: T.tanh(x),
        better="overflow",
    ),
)

RULES = (*LOGARITHMS, *SOFTPLUS, *SIGMOIDS, *ERROR_FUNCTION, *ONE_MINUS_EXP, *ENTROPIES)
