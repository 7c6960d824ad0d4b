"""Examples of rules for sums, products and functions that undo each other."""

import symgraph.tensor as T
from support.rewrites.case import Case

V = [(5,)]
VV = [(5,), (5,)]

CASES = [
    Case("add_constants", V, lambda x: (x + 1) + 2, lambda x: x + 3),
    Case("add_constants", V, lambda x: 1 + (2 + x), lambda x: x + 3),
    Case("add_constants", V, lambda x: (x + 5) - 2, lambda x: x + 3, kinds="i"),
    Case("multiply_constants", V, lambda x: 2 * (3 * x), lambda x: x * 6),
    Case("multiply_constants", V, lambda x: (3 * x) / 2, lambda x: x * 1.5),
    Case("multiply_constants", V, lambda x: 2 * (x / 4), lambda x: x * 0.5),
    Case("multiply_constants", V, lambda x: 2 * (3 * x), lambda x: x * 6, kinds="i"),
    Case("like_terms", V, lambda x: x + x, lambda x: x * 2),
    Case("like_terms", V, lambda x: 2 * x + 3 * x, lambda x: x * 5),
    Case("like_terms", V, lambda x: 2 * x + -3 * x, lambda x: -x, kinds="i"),
    Case("common_factor", VV, lambda x, y: 3 * x + 3 * y, lambda x, y: (x + y) * 3),
    Case("common_factor", VV, lambda x, y: 0.5 * T.sin(x) - 0.5 * T.cos(y),
         lambda x, y: (T.sin(x) - T.cos(y)) * 0.5),
    Case("product_of_exponentials", VV, lambda x, y: T.exp(x) * T.exp(y),
         lambda x, y: T.exp(x + y), better=True),
    Case("product_of_exponentials", VV, lambda x, y: T.exp(x) / T.exp(y),
         lambda x, y: T.exp(x - y), better=True),
    Case("abs_known", V, lambda x: abs(T.exp(x)), lambda x: T.exp(x)),
    Case("abs_known", V, lambda x: abs(1 + T.sqr(x).sum()), lambda x: 1 + T.sqr(x).sum()),
    Case("relu_known", V, lambda x: T.nnet.relu(T.nnet.sigmoid(x)), lambda x: T.nnet.sigmoid(x)),
    Case("exp_log", V, lambda x: T.exp(T.log(abs(x))), lambda x: abs(x), better=True),
    Case("sqr_sqrt", V, lambda x: T.sqr(T.sqrt(abs(x))), lambda x: abs(x), better=True),
    Case("expm1_log1p", V, lambda x: T.expm1(T.log1p(abs(x))), lambda x: abs(x), better=True),
    Case("exp_log1p", V, lambda x: T.exp(T.log1p(abs(x))), lambda x: 1 + abs(x), better=True),
    Case("exp2_log2", V, lambda x: T.exp2(T.log2(abs(x))), lambda x: abs(x), better=True),
]  # fmt: skip
