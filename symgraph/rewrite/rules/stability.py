"""Expressions that overflow, underflow or cancel as they are written, and their sound forms."""

import symgraph.tensor as T
from symgraph.rewrite.patterns import rule

sigmoid, softplus = T.nnet.sigmoid, T.nnet.softplus

LOGARITHMS = (
    rule("log1p", lambda x: T.log(1 + x), lambda x: T.log1p(x), better="rounding"),
    rule("log1p_minus", lambda x: T.log(1 - x), lambda x: T.log1p(-x), better="rounding"),
    rule("expm1", lambda x: T.exp(x) - 1, lambda x: T.expm1(x), better="rounding"),
    rule("expm1_added", lambda x: T.exp(x) + -1, lambda x: T.expm1(x), better="rounding"),
    rule("expm1_minus", lambda x: 1 - T.exp(x), lambda x: -T.expm1(x), better="rounding"),
    rule("log_exp", lambda x: T.log(T.exp(x)), lambda x: x, better="overflow"),
    rule("log1p_expm1", lambda x: T.log1p(T.expm1(x)), lambda x: x, better="overflow"),
    rule("sqrt_sqr", lambda x: T.sqrt(T.sqr(x)), lambda x: abs(x), better="overflow"),
)

SIGMOIDS = (
    rule("sigmoid", lambda x: T.reciprocal(1 + T.exp(x)), lambda x: sigmoid(-x)),
    rule("sigmoid_over", lambda x: 1 / (1 + T.exp(x)), lambda x: sigmoid(-x)),
    rule("over_one_plus_exp", lambda a, x: a / (1 + T.exp(x)), lambda a, x: a * sigmoid(-x)),
    rule("one_minus_sigmoid", lambda x: 1 - sigmoid(x), lambda x: sigmoid(-x), better="rounding"),
    rule("softplus", lambda x: T.log1p(T.exp(x)), lambda x: softplus(x), better="overflow"),
    rule("log_sigmoid", lambda x: T.log(sigmoid(x)), lambda x: -softplus(-x), better="overflow"),
    rule(
        "log1p_minus_sigmoid",
        lambda x: T.log1p(-sigmoid(x)),
        lambda x: -softplus(x),
        better="overflow",
    ),
    rule(
        "tanh",
        lambda x: (T.exp(x) - T.exp(-x)) / (T.exp(x) + T.exp(-x)),
        lambda x: T.tanh(x),
        better="overflow",
    ),
)
