"""The regularised incomplete beta function, by a continued fraction.

That of the NIST Handbook of Mathematical Functions, 8.17.22, converges fast below the mean
(a + 1) / (a + b + 2); above it I_x(a, b) = 1 - I_(1-x)(b, a), unless that cancels. The factor
before it is written so that the parts of large powers cancel beforehand: with y = 1 - x,
x0 = a / (a + b), y0 = b / (a + b) and d(r) = r - 1 - log r,

    x^a y^b / B(a, b) = sqrt(a b / (2 pi (a + b))) exp(S - a d(x / x0) - b d(y / y0)),

where S collects the rests of Stirling's formula.
"""

from symgraph.backends.llvm.emission.deviations import deviation, stirling_rest
from symgraph.backends.llvm.emission.scalar_code import ScalarCode
from symgraph.backends.llvm.vecmath.values import INF, NAN, Num, where

EPSILON = 2.0**-52
TINY = 1e-300


def betainc(e: ScalarCode, a: Num, b: Num, x: Num) -> Num:
    """Return I_x(a, b); nan for x beyond 0 and 1, for negative shapes, and where both are 0 or
    inf."""
    invalid = ~((a >= 0.0) & (b >= 0.0) & (x >= 0.0) & (x <= 1.0))
    invalid = invalid | (a.equals(0.0) & b.equals(0.0)) | (a.equals(INF) & b.equals(INF))
    zero = x.equals(0.0) | b.equals(0.0) | a.equals(INF)
    one = x.equals(1.0) | a.equals(0.0) | b.equals(INF)
    y = 1.0 - x
    mean = (a + 1.0) / (a + b + 2.0)
    cases = [
        (invalid, lambda: e.number(NAN)),
        (x.equals(0.0), lambda: e.number(0.0)),
        (x.equals(1.0), lambda: e.number(1.0)),
        (zero, lambda: e.number(0.0)),
        (one, lambda: e.number(1.0)),
        (x <= mean, lambda: _below(e, a, b, x, y)),
        (x > mean, lambda: _above(e, a, b, x, y)),
    ]
    return e.choose(cases, e.number(NAN))


def _leading(e: ScalarCode, a: Num, b: Num, x: Num, y: Num) -> Num:
    """Return x^a y^b / (a B(a, b)), y = 1 - x."""

    def small() -> Num:
        least, most = where(a < b, a, b), where(a < b, b, a)
        factor = where(a < b, 1.0, b / a)
        logs = where(x < 0.5, e.log(x), e.apply("log1p", -y)) * a
        logs = logs + where(y < 0.5, e.log(y), e.apply("log1p", -x)) * b
        logs = logs + _growth(e, most, least) - e.apply("gammaln", least + 1.0)
        return factor * e.exp(logs)

    def large() -> Num:
        both = a + b
        off = where(x < 0.5, a - both * x, both * y - b)
        exponent = a * deviation(e, -off / a, x * (both / a))
        exponent = exponent + b * deviation(e, off / b, y * (both / b))
        rests = stirling_rest(e, both) - stirling_rest(e, a) - stirling_rest(e, b)
        return e.exp(rests - exponent) * (b / (a * both * 6.283185307179586)).sqrt()

    few = (a < 1.0) | (b < 1.0)
    return e.choose([(few, small), (~few, large)], e.number(NAN))


def _above(e: ScalarCode, a: Num, b: Num, x: Num, y: Num) -> Num:
    result = 1.0 - _below(e, b, a, y, x)
    return e.choose([(result < 0.1, lambda: _below(e, a, b, x, y))], result)


def _growth(e: ScalarCode, z: Num, p: Num) -> Num:
    """Return log gamma(z + p) - log gamma(z), which are large where z is."""

    def large() -> Num:
        main = (z - 0.5) * e.apply("log1p", p / z) + p * (e.log(z + p) - 1.0)
        return main + (stirling_rest(e, z + p) - stirling_rest(e, z))

    near = e.apply("gammaln", z + p) - e.apply("gammaln", z)
    return e.choose([(z > 12.0, large)], near)


def _below(e: ScalarCode, a: Num, b: Num, x: Num, y: Num) -> Num:
    def safe(v: Num) -> Num:
        return where(abs(v) < TINY, TINY, v)

    def step(m: Num, c: Num, d: Num, value: Num, change: Num) -> tuple[Num, ...]:
        twice = m + m
        even = m * (b - m) * x / ((a + twice - 1.0) * (a + twice))
        odd = -(a + m) * (a + b + m) * x / ((a + twice) * (a + twice + 1.0))
        d, c = 1.0 / safe(1.0 + even * d), safe(1.0 + even / c)
        value = value * (d * c)
        d, c = 1.0 / safe(1.0 + odd * d), safe(1.0 + odd / c)
        return m + 1.0, c, d, value * (d * c), d * c

    one = e.number(1.0)
    first = 1.0 / safe(1.0 - (a + b) * x / (a + 1.0))
    *_, value, _ = e.loop(
        [one, one, first, first, e.number(0.0)],
        lambda m, c, d, value, change: abs(change - 1.0) > EPSILON,
        step,
    )
    return _leading(e, a, b, x, y) * value
