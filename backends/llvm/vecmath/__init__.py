"""Mathematical functions as LLVM IR that loops vectorise: float and double, without branches.

`MATH[name](builder, *values)` appends the function of float or double values to the current block
and returns its value; names are those of the scalar table in `symgraph.ops`. Half precision is left
to the caller (convert to float and back). Each function is emitted once for a module and format, as
an internal function that is always inlined, so a use costs one call instruction.
"""

from typing import Any

from symgraph.backends.llvm.vecmath import (
    basic,
    bessel,
    error_function,
    exponential,
    gamma,
    gamma_function,
    hyperbolic,
    inverse_error_function,
    inverse_trigonometric,
    logarithm,
    power,
    quantile,
    trigamma,
    trigonometric,
)
from symgraph.backends.llvm.vecmath.library import Emitted

FUNCTIONS: dict[str, Any] = {
    "abs": basic.fabs,
    "arccos": inverse_trigonometric.arccos,
    "arccosh": logarithm.arccosh,
    "arcsin": inverse_trigonometric.arcsin,
    "arcsinh": logarithm.arcsinh,
    "arctan": inverse_trigonometric.arctan,
    "arctan2": inverse_trigonometric.arctan2,
    "arctanh": logarithm.arctanh,
    "ceil": basic.ceil,
    "copysign": basic.copysign,
    "cos": trigonometric.cos,
    "cosh": hyperbolic.cosh,
    "erf": error_function.erf,
    "erfc": error_function.erfc,
    "erfcinv": inverse_error_function.erfcinv,
    "erfcx": error_function.erfcx,
    "erfinv": inverse_error_function.erfinv,
    "exp": exponential.exp,
    "exp2": exponential.exp2,
    "expm1": exponential.expm1,
    "floor": basic.floor,
    "gamma": gamma_function.gamma,
    "gammaln": gamma.gammaln,
    "hypot": basic.hypot,
    "i0": bessel.i0,
    "i1": bessel.i1,
    "j0": bessel.j0,
    "j1": bessel.j1,
    "log": logarithm.log,
    "log10": logarithm.log10,
    "log1p": logarithm.log1p,
    "log2": logarithm.log2,
    "logaddexp": exponential.logaddexp,
    "maximum": basic.maximum,
    "minimum": basic.minimum,
    "normal_quantile": quantile.normal_quantile,
    "pow": power.pow,
    "psi": gamma.psi,
    "round": basic.rint,
    "round_half_away": basic.round_half_away,
    "sgn": basic.sign,
    "sigmoid": exponential.sigmoid,
    "sin": trigonometric.sin,
    "sinh": hyperbolic.sinh,
    "softplus": exponential.softplus,
    "sqrt": basic.sqrt,
    "tan": trigonometric.tan,
    "tanh": hyperbolic.tanh,
    "tri_gamma": trigamma.tri_gamma,
    "trunc": basic.trunc,
    "xlogy": power.xlogy,
}

MATH: dict[str, Emitted] = {name: Emitted(name, body) for name, body in FUNCTIONS.items()}

__all__ = ["MATH", "Emitted"]
