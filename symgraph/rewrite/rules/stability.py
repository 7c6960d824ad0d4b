"""Expressions that overflow, underflow or cancel as they are written, and their sound forms."""

from symgraph.ops import scalar_table as T
from symgraph.rewrite.patterns import rule

LOGARITHMS = (
    rule("log1p", lambda x: T.log(1 + x), lambda x: T.log1p(x), better="rounding"),
    rule("log1p_minus", lambda x: T.log(1 - x), lambda x: T.log1p(-x), better="rounding"),
    rule("expm1", lambda x: T.exp(x) - 1, lambda x: T.expm1(x), better="rounding"),
    rule("expm1_added", lambda x: T.exp(x) + -1, lambda x: T.expm1(x), better="rounding"),
    rule("expm1_minus", lambda x: 1 - T.exp(x), lambda x: -T.expm1(x), better="rounding"),
    rule("log_exp", lambda x: T.log(T.exp(x)), lambda x: x, better="overflow"),
    rule("log1p_expm1", lambda x: T.log1p(T.expm1(x)), lambda x: x, better="overflow"),
    rule("sqrt_sqr", lambda x: T.sqrt(T.sqr(x)), lambda x: T.abs(x), better="overflow"),
)

SIGMOIDS = (
    rule("sigmoid", lambda x: T.reciprocal(1 + T.exp(x)), lambda x: T.sigmoid(-x)),
    rule("sigmoid_over", lambda x: 1 / (1 + T.exp(x)), lambda x: T.sigmoid(-x)),
    rule("over_one_plus_exp", lambda a, x: a / (1 + T.exp(x)), lambda a, x: a * T.sigmoid(-x)),
    rule(
        "one_minus_sigmoid", lambda x: 1 - T.sigmoid(x), lambda x: T.sigmoid(-x), better="rounding"
    ),
    rule("softplus", lambda x: T.log1p(T.exp(x)), lambda x: T.softplus(x), better="overflow"),
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
        "tanh",
        lambda x: (T.exp(x) - T.exp(-x)) / (T.exp(x) + T.exp(-x)),
        lambda x: T.tanh(x),
        better="overflow",
    ),
)
