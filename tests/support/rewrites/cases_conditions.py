"""Examples of rules for choices and comparisons, and for powers and products of whole axes."""

import symgraph.tensor as T
from support.rewrites.case import Case
from symgraph.ops import Reduce

V = [(5,)]
M = [(3, 4)]


def product(x):
    return Reduce("prod", (0,))(x)


CASES = [
    Case("switch_of_not", [(5,), (5,), (5,)], lambda c, x, y: T.switch(~c, x, y),
         lambda c, x, y: T.switch(c, y, x), kinds="bff"),
    Case("switch_of_numbers", V, lambda c: T.switch(c, 1.0, 0.0),
         lambda c: T.cast(c, "float64"), kinds="b"),
    Case("switch_of_numbers", V, lambda c: T.switch(c, False, True), lambda c: ~c, kinds="b"),
    Case("switch_of_numbers", V, lambda x: T.switch(x > 0, 0, 1)),
    Case("logic_of_same", V, lambda x: x & x, lambda x: x, kinds="b"),
    Case("logic_of_known", V, lambda x: x & True, lambda x: x, kinds="b"),
    Case("logic_of_known", V, lambda x: False | x, lambda x: x, kinds="b"),
    Case("logic_of_known", V, lambda x: x ^ True, lambda x: ~x, kinds="b"),
    Case("logic_of_known", V, lambda x: x & False, kinds="b"),
    Case("logic_of_known", V, lambda x: x | True, kinds="b"),
    Case("logic_of_known", V, lambda x: x & -1, lambda x: x, kinds="i"),
    Case("logic_of_known", V, lambda x: x | 0, lambda x: x, kinds="i"),
    Case("logic_of_known", V, lambda x: x ^ -1, lambda x: ~x, kinds="i"),
    Case("xor_of_same", V, lambda x: x ^ x, kinds="b"),
    Case("xor_of_same", V, lambda x: x ^ x, kinds="i"),
    Case("compared_with_itself", V, lambda x: x < x),
    Case("compared_with_itself", V, lambda x: T.eq(x, x), kinds="i"),
    Case("extent_is_not_negative", V, lambda x: T.maximum(x.shape[0], 0), lambda x: x.shape[0]),
    Case("extent_is_not_negative", V, lambda x: T.minimum(-1, x.shape[0]),
         lambda x: T.constant(-1)),
    *[
        Case("extent_is_not_negative", V, comparison)
        for comparison in (
            lambda x: T.ge(x.shape[0], 0),
            lambda x: T.gt(0, x.shape[0]),
            lambda x: T.eq(x.shape[0], -1),
            lambda x: T.neq(-2, x.shape[0]),
            lambda x: T.le(x.shape[0], -1),
        )
    ],
    Case("pow_half", V, lambda x: T.sqr(x).sum() ** 0.5, lambda x: T.sqrt(T.sqr(x).sum())),
    Case("pow_minus_half", V, lambda x: (1 + T.sqr(x)) ** -0.5,
         lambda x: T.reciprocal(T.sqrt(1 + T.sqr(x)))),
    Case("pow_three_halves", V, lambda x: T.sqr(x) ** 1.5,
         lambda x: T.sqr(x) * T.sqrt(T.sqr(x)), better=True),
    Case("whole_power", V, lambda x: x**3, lambda x: x * T.sqr(x)),
    Case("whole_power", V, lambda x: x**4, lambda x: T.sqr(T.sqr(x))),
    Case("whole_power", V, lambda x: x**13,
         lambda x: x * T.sqr(T.sqr(x)) * T.sqr(T.sqr(T.sqr(x)))),
    Case("whole_power", V, lambda x: x**-5, lambda x: T.reciprocal(x * T.sqr(T.sqr(x))),
         better=True),
    Case("prod_of_abs", M, lambda x: product(abs(x)), lambda x: abs(product(x))),
    Case("prod_of_exp", M, lambda x: product(T.exp(x)), lambda x: T.exp(x.sum(axis=0)),
         better=True),
    Case("log_of_prod", M, lambda x: T.log(product(T.sqr(x))),
         lambda x: T.log(abs(x)).sum(axis=0) * 2, better=True),
    Case("log_of_prod", M, lambda x: T.log(abs(product(x))),
         lambda x: T.log(abs(x)).sum(axis=0), better=True),
]  # fmt: skip
