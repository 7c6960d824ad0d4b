"""Examples of rules for matrix products."""

import symgraph.tensor as T
from support.rewrites.case import Case
from symgraph.ops import BatchedDot, Gemm, ScaledDot
from symgraph.ops.constant import number

N, K, M = 3, 4, 2


def gemm(c, alpha, a, b, beta):
    scalars = [number(s, c.type.dtype) if isinstance(s, float) else s for s in (alpha, beta)]
    return Gemm()(c, scalars[0], a, b, scalars[1])


def row(x):
    return x.dimshuffle("x", 0)


def column(x):
    return x.dimshuffle(0, "x")


def case(shapes, before, after=None, **how):
    return Case("gemm", shapes, before, after, known=True, **how)


CASES = [
    case([(N, M), (N, K), (K, M)],
         lambda c, a, b: c + T.dot(a, b), lambda c, a, b: gemm(c, 1.0, a, b, 1.0)),
    case([(N, M), (N, K), (K, M)],
         lambda c, a, b: 3 * c - 2 * T.dot(a, b), lambda c, a, b: gemm(c, -2.0, a, b, 3.0)),
    case([(N, M), (N, K), (K, M)],
         lambda c, a, b: T.dot(a, b) / 4 - c, lambda c, a, b: gemm(c, 0.25, a, b, -1.0)),
    case([(N, M), (N, K), (K, M), (), ()],
         lambda c, a, b, s, t: s * c + T.dot(a, b) * t,
         lambda c, a, b, s, t: gemm(c, t, a, b, s)),
    case([(N, M), (K, N), (K, M)],
         lambda c, a, b: c + T.dot(a.T, b), lambda c, a, b: gemm(c, 1.0, a.T, b, 1.0)),
    case([(N, M), (K, N), (K, M)],
         lambda c, a, b: c - 0.5 * (T.dot(a.T, b) + 0.5 * c),
         lambda c, a, b: gemm(c, -0.5, a.T, b, 0.75), better=True),
    case([(N, K), (K, M), (N, K), (K, M)],
         lambda a, b, x, y: T.dot(a, b) + 2 * T.dot(x, y),
         lambda a, b, x, y: gemm(T.dot(a, b), 2.0, x, y, 1.0)),
    case([(N, M), (N, K), (K, M), (N, K), (K, M)],
         lambda c, a, b, x, y: c + T.dot(a, b) - T.dot(x, y),
         lambda c, a, b, x, y: gemm(gemm(c, 1.0, a, b, 1.0), -1.0, x, y, 1.0)),
    case([(N, M), (N, K), (K, M), ()],
         lambda c, a, b, s: c - s * (T.dot(a, b) / s), better=True, positive=True),
    case([(N,), (N, K), (K,)],
         lambda c, a, x: c - 2 * T.dot(a, x),
         lambda c, a, x: gemm(column(c), -2.0, a, column(x), 1.0).dimshuffle(0)),
    case([(M,), (K,), (K, M)],
         lambda c, x, a: 3 * c + T.dot(x, a),
         lambda c, x, a: gemm(row(c), 1.0, row(x), a, 3.0).dimshuffle(1)),
    case([(M,), (K,), (K, M), (K,), (K, M)],
         lambda c, x, a, y, b: c + T.dot(x, a) + T.dot(y, b)),
    Case("scaled_product", [(N, K), (K, M)], lambda a, b: 2 * T.dot(a, b),
         lambda a, b: ScaledDot()(number(2, a.type.dtype), a, b)),
    Case("scaled_product", [(N, K), (K, M), ()], lambda a, b, s: -(T.dot(a, b) * s) / 4,
         lambda a, b, s: ScaledDot()(number(-0.25, a.type.dtype) * s, a, b)),
    Case("products_with_common_factor", [(N, K), (N, K), (K, M)],
         lambda a, b, m: T.tanh(T.dot(T.sin(a), m) + T.dot(T.cos(b), m)),
         lambda a, b, m: T.tanh(T.dot(T.sin(a) + T.cos(b), m)), known=True, better=True),
    Case("products_with_common_factor", [(N, K), (N, K), (N, K), (K, M), (N, M)],
         lambda a, b, c, m, d: T.exp(
             T.dot(T.sin(a), m) - T.dot(T.tanh(b), m) - d - T.dot(T.erf(c), m)),
         known=True, better=True),
    Case("products_with_common_factor", [(N, K), (K,), (K,)],
         lambda m, x, y: T.dot(m, T.nnet.sigmoid(x)) - T.dot(m, T.sgn(y)),
         lambda m, x, y: T.dot(m, T.nnet.sigmoid(x) - T.sgn(y)), known=True, better=True),
    Case("products_with_common_factor", [(N, K), (K, M), (K, M)],
         lambda m, a, b: -T.dot(m, T.sin(a)) - T.dot(m, T.nnet.softmax(b)),
         known=True, better=True),
    Case("sum_of_product", [(N, K), (K, M)], lambda a, b: T.dot(T.sin(a), b).sum(axis=0),
         lambda a, b: T.dot(T.sin(a).sum(axis=0), b), better=True),
    Case("sum_of_product", [(N, K), (K, M)], lambda a, b: T.dot(a, T.tanh(b)).sum(axis=1),
         lambda a, b: T.dot(a, T.tanh(b).sum(axis=1)), better=True),
    Case("sum_of_product", [(N, K), (K, M)], lambda a, b: T.dot(T.cos(a), T.sin(b)).sum(),
         lambda a, b: T.dot(T.cos(a).sum(axis=0), T.sin(b).sum(axis=1)), better=True),
    Case("product_with_zeros", [(N, K), (K, M)], lambda a, b: T.dot(a, T.zeros_like(b)),
         better=True, known=True),
    Case("product_with_zeros", [(N, K)], lambda a: T.dot(T.zeros((a.shape[0],), a.dtype), a),
         better=True),
    Case("product_with_zeros", [(K,)], lambda x: T.dot(T.zeros_like(x), x), better=True),
    Case("product_of_column_and_row", [(N,), (M,)],
         lambda x, y: T.dot(x.dimshuffle(0, "x"), y.dimshuffle("x", 0)),
         lambda x, y: x.dimshuffle(0, "x") * y.dimshuffle("x", 0)),
    Case("diagonal_of_product", [(N, K), (K, M)], lambda a, b: T.diag(T.dot(a, b)), known=True),
    Case("diagonal_of_product", [(N, K), (K, M)],
         lambda a, b: T.trace(T.dot(a, T.specify_shape(b, (a.shape[1], b.shape[1]))))),
    Case("diagonal_of_product", [(N, K)], lambda a: T.trace(T.dot(a, a.T)),
         lambda a: T.sqr(a).sum()),
    Case("batch_of_products", [(2, 10, 11), (2, 11, 12)], lambda a, b: T.matmul(a, b),
         lambda a, b: BatchedDot()(a, b), known=True),
    Case("batch_of_products", [(2, 3, 4), (2, 4, 5)],
         lambda a, b: T.batched_dot(a, b).dimshuffle(0, 2, 1)),
    Case("batch_of_products", [(3, 2, 4), (3, 5, 4)],
         lambda a, b: T.batched_dot(a, b.dimshuffle(0, 2, 1))),
    Case("transposed_product", [(N, K), (K, M)],
         lambda a, b: T.exp(T.dot(a, b).T), lambda a, b: T.exp(T.dot(b.T, a.T)), known=True),
    Case("product_with_identity", [(N, K)], lambda x: T.dot(x, T.eye(x.shape[1], dtype=x.dtype)),
         lambda x: x, better=True),
    Case("product_with_identity", [(N, K)], lambda x: T.dot(T.eye(N, dtype=x.dtype), x),
         lambda x: x, better=True, known=True),
]  # fmt: skip
