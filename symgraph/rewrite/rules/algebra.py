"""Identities that hold for all values and make an expression smaller."""

from symgraph.ops import scalar_table as T
from symgraph.rewrite.effects import cannot_raise
from symgraph.rewrite.patterns import rule

ANY = "biufc"
NUMBERS = "iufc"
REAL = "iuf"

IDENTITIES = (
    rule("add_zero", lambda x: x + 0, lambda x: x, kinds=NUMBERS),
    rule("sub_zero", lambda x: x - 0, lambda x: x, kinds=NUMBERS),
    rule("mul_one", lambda x: x * 1, lambda x: x, kinds=NUMBERS),
    rule("mul_zero_one", lambda x: T.mul_zero(x, 1), lambda x: x),
    rule("div_one", lambda x: x / 1, lambda x: x, kinds="fc"),
    rule("floor_div_one", lambda x: x // 1, lambda x: x, kinds="iu"),
    rule("pow_one", lambda x: x**1, lambda x: x, kinds=NUMBERS),
    rule("mul_minus_one", lambda x: x * -1, lambda x: -x, kinds="ifc"),
    rule("div_minus_one", lambda x: x / -1, lambda x: -x, kinds="fc"),
    rule("neg_neg", lambda x: T.neg(-x), lambda x: x, kinds=NUMBERS),
    rule("neg_sub", lambda x, y: -(x - y), lambda x, y: y - x, kinds=NUMBERS),
    rule("add_neg", lambda x, y: x + (-y), lambda x, y: x - y, kinds=NUMBERS),
    rule("sub_neg", lambda x, y: x - (-y), lambda x, y: x + y, kinds=NUMBERS),
    rule("neg_times_neg", lambda x, y: (-x) * (-y), lambda x, y: x * y, kinds=NUMBERS),
    rule("neg_over_neg", lambda x, y: (-x) / (-y), lambda x, y: x / y, kinds="fc"),
    rule("abs_neg", lambda x: T.abs(-x), lambda x: T.abs(x), kinds="f"),
    rule("abs_abs", lambda x: T.abs(T.abs(x)), lambda x: T.abs(x), kinds=REAL),
    rule("sqr_neg", lambda x: T.sqr(-x), lambda x: T.sqr(x), kinds=NUMBERS),
    rule("sqr_abs", lambda x: T.sqr(T.abs(x)), lambda x: T.sqr(x), kinds=REAL),
    rule("cosine_neg", lambda x: T.cos(-x), lambda x: T.cos(x)),
    rule("maximum_same", lambda x: T.maximum(x, x), lambda x: x, kinds=REAL),
    rule("minimum_same", lambda x: T.minimum(x, x), lambda x: x, kinds=REAL),
    rule(
        "switch_same",
        lambda c, x: T.switch(c, x, x),
        lambda c, x: x,
        kinds=ANY,
        where=lambda c, x: cannot_raise(c),
    ),
    rule("invert_invert", lambda x: ~~(x > 0), lambda x: x > 0, kinds="b"),
)

# Cheaper equivalents, for the last phase, when no other rule matches the longer form any more.
SPECIALISED = (
    rule("square", lambda x: x * x, lambda x: T.sqr(x), kinds=NUMBERS),
    rule("pow_two", lambda x: x**2, lambda x: T.sqr(x), kinds=NUMBERS),
    rule("pow_minus_one", lambda x: x**-1, lambda x: T.reciprocal(x), kinds="f"),
    rule("one_over", lambda x: 1 / x, lambda x: T.reciprocal(x), kinds="f"),
    rule("mul_reciprocal", lambda x, y: x * T.reciprocal(y), lambda x, y: x / y, better="rounding"),
    rule("log_of_sqrt", lambda x: T.log(T.sqrt(x)), lambda x: 0.5 * T.log(x), better="rounding"),
)
