"""The trigamma function, the derivative of psi.

On (0, 3) a polynomial for [2, 3) and steps of the recurrence; from 3 on the asymptotic series with
a polynomial in 1/x^2 in place of its divergent tail; below 0 by reflection. Coefficients: Remez
exchange.
"""

from symgraph.backends.llvm.vecmath.cold_branches import cold_branch
from symgraph.backends.llvm.vecmath.trigonometric import small_sin
from symgraph.backends.llvm.vecmath.values import F32, INF, Num, fma, horner, where

# tri_gamma(x) = P(x - 5/2) on [2, 3]: error below 2^-27 and 2^-52.6.
TRIGAMMA_F32 = (
    0.49035776, -0.23620398, 0.11195291, -0.05229616, 0.024108354, -0.01093351, 0.004931369,
    -0.0024718028, 0.0010901743,
)  # fmt: skip
TRIGAMMA_F64 = (
    0.49035775610023485, -0.23620405164172503, 0.11195292440862613, -0.05229266658490897,
    0.02410704910706507, -0.0109833842042048, 0.004951717148537569, -0.002211514670260828,
    0.0009794328003315397, -0.00043051845120601755, 0.00018797767983164002, -8.165034871515868e-05,
    3.5245355751989904e-05, -1.4863746719180016e-05, 6.36436364288698e-06, -3.3480513868435027e-06,
    1.4152624674138418e-06,
)  # fmt: skip
# tri_gamma(x) = 1/x + 1/(2x^2) + B(1/x^2)/x^3, x >= 3: error below 2^-29 and 2^-55.
SERIES_F32 = (
    0.1666663, -0.0332988, 0.022784652, -0.020358166,
)  # fmt: skip
SERIES_F64 = (
    0.16666666666662522, -0.03333333330616856, 0.023809517567800996, -0.033332607056147594,
    0.07570725178348386, -0.2508360219021779, 1.0950347274570353, -5.445245192347186,
    25.737585610574328, -96.72725610906144, 239.59131540844936, -282.85162130264234,
)  # fmt: skip


def _reflection(x: Num) -> Num:
    """Return tri_gamma(x) + tri_gamma(1 - x) = (pi / sin(pi x))^2; infinite at the integers."""
    sine = small_sin((x - x.intrinsic("llvm.rint")) * 3.141592653589793)
    ratio = 3.141592653589793 / sine
    return ratio * ratio


def tri_gamma(x: Num) -> Num:
    """Return the trigamma function; infinite at zero and the negative integers, 0 at inf, nan at
    -inf."""
    single = x.format is F32
    negative = x <= 0.0
    served = cold_branch("tri_gamma", negative, x, _reflection)
    a = where(negative, 1.0 - x, x)
    first, second = a < 1.0, a < 2.0
    inverse = 1.0 / a
    square = inverse * inverse
    t = where(first, a - 0.5, where(second, a - 1.5, a - 2.5))
    near = horner(t, TRIGAMMA_F32 if single else TRIGAMMA_F64)
    step = 1.0 / (a + 1.0)
    near = near + where(first, step * step, 0.0) + where(second, square, 0.0)
    series = horner(square, SERIES_F32 if single else SERIES_F64)
    far = fma(square, fma(series, inverse, 0.5), inverse)
    result = where(a < 3.0, near, far)
    result = where(a < INF, result, where(a.equals(INF), 0.0, a))
    return where(negative, served - result, result)
