"""Examples of rules for determinants and inverses."""

import symgraph.tensor as T
from support.rewrites.case import Case
from symgraph.ops import Cofactors

M = [(3, 3)]
MM = [(3, 3), (3, 2)]
MV = [(3, 3), (3,)]


def regular(a):
    """Far from singular, and not symmetric."""
    return a + 9 * T.eye(3, dtype=a.dtype)


def beside(function, a):
    """Of a transposed matrix that something else needs as well."""
    return function(a.T) * a


def case(rule, shapes, before, after=None):
    return Case(rule, shapes, before, after, known=True, better=True)


CASES = [
    case("log_of_det", M, lambda a: T.log(T.linalg.det(regular(a)))),
    case("log_of_det", M, lambda a: T.log(abs(T.linalg.det(regular(a))))),
    case("det_of_transposed", M, lambda a: beside(T.linalg.det, regular(a))),
    case("inverse_of_transposed", M, lambda a: beside(T.linalg.inv, regular(a))),
    case("inverse_of_transposed", M, lambda a: beside(Cofactors(), regular(a))),
    case("product_with_inverse", MM, lambda a, b: T.dot(T.linalg.inv(regular(a)), b)),
    case("product_with_inverse", MV, lambda a, b: T.dot(T.linalg.inv(regular(a)), b)),
    case("product_with_inverse", MV, lambda a, b: T.dot(b, T.linalg.inv(regular(a)))),
    case("product_with_inverse", MM, lambda a, b: T.dot(b.T, T.linalg.inv(regular(a)))),
]  # fmt: skip
