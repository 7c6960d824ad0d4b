"""Bessel functions of the first kind of any real order, J and I.

For large x Hankel's expansion (Abramowitz and Stegun 9.2.5, 9.7.1); the power series (9.1.10,
9.6.10) where it does not cancel; and between them, for J, Miller's method: the recurrence downwards
from an order at which J has vanished, scaled by the sum (9.1.87)

    (x / 2)^mu = sum of (mu + 2k) gamma(mu + k) / k! J_(mu + 2k)(x),    0 <= mu < 1.
"""

from collections.abc import Callable

from symgraph.backends.llvm.emission.deviations import stirling_rest
from symgraph.backends.llvm.emission.scalar_code import ScalarCode
from symgraph.backends.llvm.vecmath.values import INF, NAN, Condition, Num, where

EPSILON = 2.0**-55
HALF_PI = 1.5707963267948966
# Beyond this the recurrence takes too long.
LONGEST = 1e7
BIG, SMALL = 1e200, 1e-200


def jv(e: ScalarCode, v: Num, x: Num) -> Num:
    """Return J_v(x); nan for negative x unless v is whole."""

    def positive(v: Num, a: Num) -> Num:
        square = 0.25 * a * a
        larger = where(abs(v) > a, abs(v), a)
        cases = [
            (_far(v, a), lambda: _hankel_j(e, v, a)),
            (square < abs(v) + 1.0, lambda: _series(e, v, a, -1.0)),
            (larger < LONGEST, lambda: _miller(e, v, a)),
        ]
        return e.choose(cases, e.number(NAN))

    return _of_any(e, v, x, positive, e.number(0.0), -1.0)


def iv(e: ScalarCode, v: Num, x: Num) -> Num:
    """Return I_v(x); nan for negative x unless v is whole."""

    def positive(v: Num, a: Num) -> Num:
        cases = [
            (_far(v, a), lambda: _hankel_i(e, v, a)),
            (a < LONGEST, lambda: _series(e, v, a, 1.0)),
        ]
        return e.choose(cases, e.number(NAN))

    return _of_any(e, v, x, positive, e.number(INF), 1.0)


def _odd(e: ScalarCode, v: Num) -> Condition:
    half = v * 0.5
    return ~half.equals(e.apply("floor", half))


def _of_any(
    e: ScalarCode,
    v: Num,
    x: Num,
    positive: Callable[[Num, Num], Num],
    at_infinity: Num,
    sign: float,
) -> Num:
    """Return the function, given for positive finite x and orders that are no negative integers.
    `sign` is that of F_(-n) = (sign)^n F_n."""
    whole = v.equals(e.apply("floor", v)) & (abs(v) < INF)
    odd = whole & _odd(e, v)
    order = where(whole, abs(v), v)
    invalid = ~(abs(v) < INF) | x.is_nan() | ((x < 0.0) & ~whole)
    # At 0: 1 for the order 0, 0 for positive ones, and the sign of gamma(v + 1) for others.
    from_gamma = where(_odd(e, e.apply("floor", v)), e.number(INF), -INF)
    at_zero = where(v.equals(0.0), 1.0, where(whole | (v > 0.0), e.number(0.0), from_gamma))
    cases = [
        (invalid, lambda: e.number(NAN)),
        (x.equals(0.0), lambda: at_zero),
        (abs(x).equals(INF), lambda: at_infinity),
        (abs(x) < INF, lambda: positive(order, abs(x))),
    ]
    result = e.choose(cases, e.number(NAN))
    flipped = odd & (x < 0.0)
    if sign < 0.0:
        flipped = flipped ^ (odd & (v < 0.0))
    flipped = flipped & ~x.equals(0.0)
    if sign < 0.0:
        flipped = flipped & (abs(x) < INF)
    return where(flipped, -result, result)


def _far(v: Num, x: Num) -> Condition:
    return (x > 25.0) & (v * v < x + x)


def _hankel(e: ScalarCode, v: Num, x: Num, sign: float) -> tuple[Num, Num]:
    """Return the sums of the even and odd terms; `sign` says whether each pair has another one."""
    square, eighth = 4.0 * v * v, 0.125 / x
    _, _, even, odd = e.loop(
        [e.number(0.0), e.number(1.0), e.number(0.0), e.number(0.0)],
        lambda k, term, even, odd: (abs(term) > EPSILON) & (k < 60.0),
        lambda k, term, even, odd: _two_terms(k, term, even, odd, square, eighth, sign),
    )
    return even, odd


def _two_terms(
    k: Num, term: Num, even: Num, odd: Num, square: Num, eighth: Num, sign: float
) -> tuple[Num, ...]:
    def following(term: Num, k: Num) -> Num:
        root = k + k + 1.0
        return term * (square - root * root) * eighth / (k + 1.0)

    middle = following(term, k)
    return k + 2.0, following(middle, k + 1.0) * sign, even + term, odd + middle


def _hankel_j(e: ScalarCode, v: Num, x: Num) -> Num:
    p, q = _hankel(e, v, x, -1.0)
    # The phase x - w, w = (v / 2 + 1/4) pi, of which v matters only up to a multiple of 4.
    turns = v - 4.0 * e.apply("floor", v * 0.25)
    w = (turns + 0.5) * HALF_PI
    s, c = e.apply("sin", x), e.apply("cos", x)
    sin_w, cos_w = e.apply("sin", w), e.apply("cos", w)
    cosine, sine = c * cos_w + s * sin_w, s * cos_w - c * sin_w
    return (p * cosine - q * sine) * 0.7978845608028654 / x.sqrt()


def _hankel_i(e: ScalarCode, v: Num, x: Num) -> Num:
    even, odd = _hankel(e, v, x, 1.0)
    root = e.exp(x * 0.5)
    return root * ((even - odd) * 0.3989422804014327 / x.sqrt()) * root


def _leading(e: ScalarCode, v: Num, x: Num) -> Num:
    """Return (x / 2)^v / gamma(v + 1)."""

    def large() -> Num:
        # In the exponent, e x / (2 v): so its large parts cancel in the logarithm.
        exponent = v * e.log(x * 1.3591409142295225 / v) - stirling_rest(e, v)
        return e.exp(exponent) / (v * 6.283185307179586).sqrt()

    def small() -> Num:
        return e.apply("pow", x * 0.5, v) / e.apply("gamma", v + 1.0)

    return e.choose([(v > 25.0, large), (v <= 25.0, small)], e.number(NAN))


def _series(e: ScalarCode, v: Num, x: Num, sign: float) -> Num:
    square = 0.25 * sign * x * x
    # Terms may grow at first; for negative orders until k exceeds the order.
    _, _, total = e.loop(
        [e.number(0.0), e.number(1.0), e.number(0.0)],
        lambda k, term, total: (abs(term) > abs(total) * EPSILON) | (k < -v),
        lambda k, term, total: (
            k + 1.0,
            term * (square / ((k + 1.0) * (k + 1.0 + v))),
            total + term,
        ),
        most=10_000_000,
    )
    leading = _leading(e, v, x)
    # Where all is 0 the sum may be infinite.
    return where(leading.equals(0.0), 0.0, leading * total)


def _miller(e: ScalarCode, v: Num, x: Num) -> Num:
    floor = e.apply("floor", v)
    mu = v - floor
    n = where(floor > 0.0, floor, 0.0)
    largest = where(n > x, n, x)
    # J falls like an Airy function beyond x: by 1e-20 within a multiple of the cube root.
    extra = e.apply("pow", largest, e.number(1 / 3)) * 10.0 + 30.0
    top = e.apply("floor", (largest + extra) * 0.5) * 2.0
    two = 2.0 / x

    def step(
        k: Num, here: Num, above: Num, total: Num, weight: Num, wanted: Num
    ) -> tuple[Num, ...]:
        # `here` is J of the order mu + k, up to a common factor.
        half = k * 0.5
        even = half.equals(e.apply("floor", half))
        total = where(even, total + weight * here, total)
        wanted = where(k.equals(n), here, wanted)
        # From the weight of mu + 2j to that of mu + 2j - 2, j = k / 2.
        ratio = (mu + (k - 2.0)) * half / ((mu + k) * (mu + half - 1.0))
        ratio = where(k.equals(2.0), 1.0 / (mu + 2.0), ratio)
        weight = where(even & (k > 0.0), weight * ratio, weight)
        below = (mu + k) * two * here - above
        scale = where(abs(below) > BIG, e.number(SMALL), 1.0)
        return k - 1.0, below * scale, here * scale, total * scale, weight, wanted * scale

    start = [top, e.number(1e-250), *(e.number(0.0),) * 2, e.number(1.0), e.number(0.0)]
    _, here, above, total, weight, wanted = e.loop(
        start, lambda k, *_: k >= 0.0, step, most=20_000_000
    )
    # The weight of the order mu is gamma(mu + 1).
    scale = e.apply("pow", x * 0.5, mu) / e.apply("gamma", mu + 1.0) * weight / total

    def below_zero() -> Num:
        # `here` is of the order mu - 1: down to v.
        _, found, _ = e.loop(
            [mu - 1.0, here, above],
            lambda order, here, above: order > v + 0.5,
            lambda order, here, above: (order - 1.0, order * two * here - above, here),
        )
        return found

    return scale * e.choose([(v < 0.0, below_zero)], wanted)
