"""Polygamma functions, by the Hurwitz zeta function: (-1)^(n+1) n! zeta(n + 1, x).

zeta(s, q) is the sum of (q + k)^-s up to a term from which on the formula of Euler and Maclaurin is
exact (Abramowitz and Stegun 23.1.30, 6.4.10). For negative x the sum has two parts: that of the
positive terms, and that of the negative ones as a difference.
"""

from symgraph.backends.llvm.emission.scalar_code import ScalarCode
from symgraph.backends.llvm.vecmath.values import INF, NAN, Num, where

# B_2k / (2k)!
BERNOULLI = (
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000,
    1 / 74724249600, -3617 / 10670622842880000,
)  # fmt: skip
EPSILON = 2.0**-56


def polygamma(e: ScalarCode, n: Num, x: Num) -> Num:
    """Return the derivative of order n of psi at x; nan where n is no order."""
    whole = n.equals(e.apply("floor", n)) & (n >= 0.0) & (n < INF)
    cases = [
        (~whole, lambda: e.number(NAN)),
        (n.equals(0.0), lambda: e.apply("psi", x)),
        (n.equals(1.0), lambda: e.apply("tri_gamma", x)),
        (n >= 2.0, lambda: _many(e, n, x)),
    ]
    return e.choose(cases, e.number(NAN))


def _many(e: ScalarCode, n: Num, x: Num) -> Num:
    half = n * 0.5
    odd = ~half.equals(e.apply("floor", half))
    s, floor = n + 1.0, e.apply("floor", x)
    fraction = x - floor
    pole = (x <= 0.0) & fraction.equals(0.0)

    def mirrored() -> Num:
        other = _zeta(e, s, 1.0 - fraction) - _zeta(e, s, 1.0 - x)
        return _zeta(e, s, fraction) + where(odd, other, -other)

    cases = [
        (pole, lambda: e.number(INF)),
        (x < 0.0, mirrored),
        (x >= 0.0, lambda: _zeta(e, s, x)),
    ]
    zeta = e.choose(cases, e.number(NAN))
    return where(odd, e.number(1.0), -1.0) * e.apply("gamma", s) * zeta


def _zeta(e: ScalarCode, s: Num, q: Num) -> Num:
    """Return zeta(s, q) for s > 2 and q > 0."""
    enough = s + 10.0
    start = e.apply("pow", q, -s)
    a, term, total = e.loop(
        [q, start, e.number(0.0)],
        lambda a, term, total: (a < enough) & (term > total * EPSILON),
        lambda a, term, total: (a + 1.0, e.apply("pow", a + 1.0, -s), total + term),
    )
    # The terms from a on: an integral, half the first, and corrections.
    inverse = 1.0 / a
    square = inverse * inverse
    rising, corrections = s * inverse, e.number(0.0)
    for k, coefficient in enumerate(BERNOULLI):
        corrections = corrections + rising * coefficient
        rising = rising * ((s + (2 * k + 1.0)) * (s + (2 * k + 2.0)) * square)
    tail = term * (a / (s - 1.0) + 0.5 + corrections)
    result = total + where((a >= enough) & (term > 0.0), tail, 0.0)
    return where(q.is_nan(), q, result)
