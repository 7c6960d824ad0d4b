"""The names of the scalar functions that there is code for. The code itself is in
`scalar_functions`, which is imported only when some is emitted."""

import numpy as np

# Functions of all kinds of numbers; on bools they are emitted as logic.
COMMON = {
    "abs", "add", "ceil", "clip", "eq", "floor", "ge", "gt", "isinf", "isnan", "le", "lt",
    "maximum", "minimum", "mul", "mul_zero", "neg", "neq", "relu", "round", "round_half_away",
    "sgn", "sqr", "sub", "trunc",
}  # fmt: skip
# Functions of the parts of complex numbers, which real numbers have too.
PARTS = {"conj", "imag", "real"}
COMPLEX = PARTS | {"add", "eq", "isinf", "isnan", "mul", "mul_zero", "neg", "neq", "sqr", "sub"}
BOOL = COMMON | PARTS | {"and_", "invert", "or_", "xor"}
INTEGER = BOOL | {
    "floor_div", "left_shift", "mod", "philox_high", "philox_low", "random_word32",
    "random_word64", "right_shift", "saturated_add", "saturated_mul", "saturated_sub",
}  # fmt: skip
# Functions of floats with loops in them (`iterated`).
ITERATED = {"betainc", "gammainc", "gammaincc", "iv", "jv", "polygamma"}
FLOATING = COMMON | PARTS | ITERATED | {
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "complex",
    "copysign", "cos", "cosh", "deg2rad", "draw_binomial", "draw_log_gamma", "draw_poisson",
    "erf", "erfc", "erfcinv", "erfcx", "erfinv", "exp", "exp2", "expm1", "floor_div", "gamma",
    "gammaln", "hypot", "i0", "i1", "j0", "j1", "log", "log10", "log1p", "log2", "logaddexp",
    "mod", "multiply_add", "normal_quantile", "pow", "psi", "rad2deg", "reciprocal",
    "sigmoid", "sin", "sinh", "softplus", "sqrt", "tan", "tanh", "tri_gamma", "true_div", "xlogy",
}  # fmt: skip
OF_KIND = {"b": BOOL, "i": INTEGER, "u": INTEGER, "f": FLOATING, "c": COMPLEX}
# Functions that move values rather than compute with them.
ANY = {"switch", "second", "identity"}


def known(fn: str, dtype: str) -> bool:
    """Return whether there is code for the function on operands of the dtype."""
    kind = np.dtype(dtype).kind
    if kind not in OF_KIND:
        return False
    if fn.startswith("cast{"):
        return kind != "c" or np.dtype(fn[5:-1]).kind in "bc"
    return fn in OF_KIND[kind] or fn in ANY
