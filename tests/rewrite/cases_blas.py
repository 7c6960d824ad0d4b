"""Examples of rules for matrix products."""

from rewrite.cases import Case

import symgraph.tensor as T
from symgraph.ops import Gemm
from symgraph.ops.constant import number

N, K, M = 3, 4, 2


def gemm(c, alpha, a, b, beta):
    scalars = [number(s, c.type.dtype) if isinstance(s, float) else s for s in (alpha, beta)]
    return Gemm()(c, scalars[0], a, b, scalars[1])


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
    Case("transposed_product", [(N, K), (K, M)],
         lambda a, b: T.exp(T.dot(a, b).T), lambda a, b: T.exp(T.dot(b.T, a.T)), known=True),
    Case("product_with_identity", [(N, K)], lambda x: T.dot(x, T.eye(x.shape[1], dtype=x.dtype)),
         lambda x: x, better=True),
    Case("product_with_identity", [(N, K)], lambda x: T.dot(T.eye(N, dtype=x.dtype), x),
         lambda x: x, better=True, known=True),
]  # fmt: skip
