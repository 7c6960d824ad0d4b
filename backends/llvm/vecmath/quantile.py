"""The quantile function of the normal distribution (`symgraph.ops.quantiles`)."""

from symgraph.backends.llvm.vecmath.logarithm import LN2_ROUNDED, decompose_normal, log_tail
from symgraph.backends.llvm.vecmath.values import F32, Num, fma, horner

from symgraph.ops.quantiles import COEFFICIENTS


def normal_quantile(x: Num, tail: Num) -> Num:
    """Return x times a rational function of w = -log(tail (2 - tail)). An error of w matters little
    where w is large, so its last digits are not needed."""
    over, under = COEFFICIENTS["float32" if x.format is F32 else "float64"]
    f, _, k = decompose_normal(tail * (2.0 - tail))
    w = -fma(k, LN2_ROUNDED, f + log_tail(f))
    return x * horner(w, over) / horner(w, under)
