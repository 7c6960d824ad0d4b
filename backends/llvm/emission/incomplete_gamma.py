"""The incomplete gamma functions.

With D = x^a exp(-x) / gamma(a + 1): below a + 1 the series P = D (1 + x / (a + 1) + ...)
(Abramowitz and Stegun 6.5.29), above it the continued fraction for Q (6.5.31), by the method of
Lentz. For large a, where both are slow, Temme's uniform expansion (SIAM J. Math. Anal. 10, 1979):
with mu = x / a - 1, eta^2 / 2 = mu - log(1 + mu) and R = exp(-a eta^2 / 2) / sqrt(2 pi a),

    Q = erfc(eta sqrt(a / 2)) / 2 + R (C_0(eta) + C_1(eta) / a + ...).

The C_k are power series, found from C_0 = 1 / mu - 1 / eta and C_k = C_(k-1)' / eta +- g_k / mu in
rational arithmetic, where g_k are the coefficients of Stirling's series.
"""

from symgraph.backends.llvm.emission.deviations import deviation, stirling_rest
from symgraph.backends.llvm.emission.scalar_code import ScalarCode
from symgraph.backends.llvm.vecmath.values import INF, NAN, Condition, Num, copysign, horner, where

# From this a on the expansion, for |eta| below 0.39: further off, all is 0 or 1.
LARGE = 1e4
C_0 = (
    -0.3333333333333333, 0.08333333333333333, -0.014814814814814815, 0.0011574074074074073,
    0.0003527336860670194, -0.0001787551440329218, 3.919263178522438e-05, -2.185448510679992e-06,
    -1.85406221071516e-06, 8.296711340953087e-07, -1.7665952736826078e-07, 6.707853543401498e-09,
    1.0261809784240309e-08, -4.382036018453353e-09, 9.14769958223679e-10, -2.5514193994946248e-11,
    -5.830772132550426e-11, 2.4361948020667415e-11, -5.0276692801141755e-12,
    1.1004392031956135e-13,
)  # fmt: skip
C_1 = (
    -0.001851851851851852, -0.003472222222222222, 0.0026455026455026454, -0.0009902263374485596,
    0.00020576131687242798, -4.018775720164609e-07, -1.8098550334489977e-05,
    7.64916091608111e-06, -1.6120900894563446e-06, 4.647127802807434e-09, 1.378633446915721e-07,
    -5.752545603517705e-08, 1.1951628599778148e-08, -1.7543241719747647e-11,
    -1.0091543710600413e-09,
)  # fmt: skip
C_2 = (
    0.004133597883597883, -0.0026813271604938273, 0.0007716049382716049, 2.0093878600823047e-06,
    -0.0001073665322636516, 5.2923448829120125e-05, -1.2760635188618728e-05,
    3.423578734096138e-08, 1.3721957309062934e-06, -6.298992138380055e-07,
)  # fmt: skip
C_3 = (
    0.0006494341563786008, 0.00022947209362139917, -0.0004691894943952557, 0.00026772063206283885,
    -7.561801671883977e-05, -2.396505113867297e-07,
)  # fmt: skip
EPSILON = 2.0**-54
TINY = 1e-300


def gammainc(e: ScalarCode, a: Num, x: Num) -> Num:
    """Return P(a, x); nan for negative numbers, P(0, 0) and P(inf, inf)."""
    return _incomplete(e, a, x, False)


def gammaincc(e: ScalarCode, a: Num, x: Num) -> Num:
    """Return Q(a, x) = 1 - P(a, x)."""
    return _incomplete(e, a, x, True)


def _incomplete(e: ScalarCode, a: Num, x: Num, upper: bool) -> Num:
    zero, one = e.number(1.0 if upper else 0.0), e.number(0.0 if upper else 1.0)
    invalid = ~((a >= 0.0) & (x >= 0.0)) | (a.equals(0.0) & x.equals(0.0))
    invalid = invalid | (a.equals(INF) & x.equals(INF))
    edge = invalid | a.equals(0.0) | x.equals(0.0) | a.equals(INF) | x.equals(INF)
    # P is 1 for a = 0 and for x = inf.
    at_edge = where(invalid, NAN, where(a.equals(0.0) | x.equals(INF), one, zero))
    mu = (x - a) / a
    uniform = (a >= LARGE) & (abs(mu) < 0.5)
    cases = [
        (edge, lambda: at_edge),
        (uniform, lambda: _uniform(e, a, x, mu, upper)),
        (x < a + 1.0, lambda: _below(e, a, x, upper)),
    ]
    above = e.choose(cases, e.number(NAN))
    # The last case stands alone: the fraction is evaluated where no other applies.
    rest: Condition = ~edge & ~uniform & (x >= a + 1.0)
    return e.choose([(rest, lambda: _above(e, a, x, upper))], above)


def _leading(e: ScalarCode, a: Num, x: Num) -> Num:
    """Return x^a exp(-x) / gamma(a + 1), for large a without its large factors."""

    def small() -> Num:
        return e.exp(a * e.log(x) - x - e.apply("gammaln", a + 1.0))

    def large() -> Num:
        exponent = a * deviation(e, (x - a) / a, x / a) + stirling_rest(e, a)
        return e.exp(-exponent) / (a * 6.283185307179586).sqrt()

    return e.choose([(a < 12.0, small), (a >= 12.0, large)], e.number(NAN))


def _below(e: ScalarCode, a: Num, x: Num, upper: bool) -> Num:
    _, _, total = e.loop(
        [a, e.number(1.0), e.number(1.0)],
        lambda k, term, total: term > total * EPSILON,
        lambda k, term, total: (
            k + 1.0,
            term * (x / (k + 1.0)),
            total + term * (x / (k + 1.0)),
        ),
    )
    lower = _leading(e, a, x) * total
    if not upper:
        return lower
    # Where P is near 1, of small a and x, its complement has a series of its own.
    close = (x <= 1.1) & (lower > 0.5)
    return e.choose([(close, lambda: _complement(e, a, x))], 1.0 - lower)


def _complement(e: ScalarCode, a: Num, x: Num) -> Num:
    """Return 1 - x^a / gamma(1 + a) (1 + a sum of (-x)^n / ((a + n) n!))."""
    above = a + 1.0
    # log gamma(1 + a), with what 1 + a lost.
    gammaln = e.apply("gammaln", above) + (a - (above - 1.0)) * e.apply("psi", above)
    exponent = a * e.log(x) - gammaln
    _, _, total = e.loop(
        [e.number(1.0), -x, -x / (a + 1.0)],
        lambda n, term, total: abs(term) > abs(total) * EPSILON,
        lambda n, term, total: (
            n + 1.0,
            -term * x / (n + 1.0),
            total - term * x / ((n + 1.0) * (a + n + 1.0)),
        ),
    )
    return -e.apply("expm1", exponent) - e.exp(exponent) * a * total


def _above(e: ScalarCode, a: Num, x: Num, upper: bool) -> Num:
    start = x + 1.0 - a

    def step(n: Num, b: Num, c: Num, d: Num, value: Num, change: Num) -> tuple[Num, ...]:
        n, b = n + 1.0, b + 2.0
        numerator = -n * (n - a)
        d = numerator * d + b
        c = b + numerator / c
        d = 1.0 / where(abs(d) < TINY, TINY, d)
        c = where(abs(c) < TINY, TINY, c)
        return n, b, c, d, value * d * c, d * c

    first = 1.0 / start
    *_, value, _ = e.loop(
        [e.number(0.0), start, e.number(1 / TINY), first, first, e.number(0.0)],
        lambda n, b, c, d, value, change: abs(change - 1.0) > 4 * EPSILON,
        step,
    )
    result = _leading(e, a, x) * a * value
    return result if upper else 1.0 - result


def _uniform(e: ScalarCode, a: Num, x: Num, mu: Num, upper: bool) -> Num:
    half_square = deviation(e, mu, x / a)
    eta = copysign((half_square + half_square).sqrt(), mu)
    y = (a * half_square).sqrt()
    inverse = 1.0 / a
    series = horner(eta, C_0)
    scale = inverse
    for c in (C_1, C_2, C_3):
        series = series + scale * horner(eta, c)
        scale = scale * inverse
    series = series / (a * 6.283185307179586).sqrt()
    # The tail on the side of x, and its complement.
    sign = copysign(e.number(1.0), mu)
    tail = e.exp(-a * half_square) * (e.apply("erfcx", y) * 0.5 + sign * series)
    is_tail = (mu >= 0.0) if upper else (mu < 0.0)
    return where(is_tail, tail, 1.0 - tail)
