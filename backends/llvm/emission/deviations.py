"""Parts of powers and exponentials of large numbers that nearly cancel: u - log(1 + u), and the
error of Stirling's formula."""

from symgraph.backends.llvm.emission.scalar_code import ScalarCode
from symgraph.backends.llvm.vecmath.values import Num, fma, horner, where

# 2 (1/3 + t/5 + t^2/7 + ...), from the series of the area tangent: enough for t <= 1/9.
TANGENT = tuple(2 / (2 * k + 3) for k in range(17))
# Stirling's series (Abramowitz and Stegun 6.1.41).
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
HALF_LOG_2PI = 0.9189385332046728


def deviation(e: ScalarCode, u: Num, above: Num) -> Num:
    """Return u - log(1 + u), where `above` is 1 + u: for |u| <= 1/2 by t = u / (2 + u), with
    log(1 + u) = 2 (t + t^3 / 3 + ...)."""
    small = abs(u) < 0.5
    held = where(small, u, 0.0)
    t = held / (held + 2.0)
    square = t * t
    near = square * (2.0 / (1.0 - t)) - square * t * horner(square, TANGENT)
    return where(small, near, u - e.log(where(small, 1.0, above)))


def stirling_rest(e: ScalarCode, z: Num) -> Num:
    """Return log gamma(z) less (z - 1/2) log z - z + log(2 pi) / 2, for z > 0."""
    inverse = 1.0 / z
    far = inverse * horner(inverse * inverse, STIRLING)

    def near() -> Num:
        main = fma(z - 0.5, e.log(z), -z)
        return e.apply("gammaln", z) - main - HALF_LOG_2PI

    return e.choose([(z < 12.0, near)], far)
