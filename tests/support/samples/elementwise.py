"""Samples of the elementwise functions."""

import numpy as np
import scipy.special as sp

import symgraph.tensor as T
from support.samples.sample import Sample

_SELU = 1.0507009873554805, 1.6732632423543772


def _elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


UNARY = {
    "abs": np.abs, "neg": np.negative, "sgn": np.sign, "sqr": np.square, "exp": np.exp,
    "exp2": np.exp2, "expm1": np.expm1, "sin": np.sin, "cos": np.cos, "sinh": np.sinh,
    "cosh": np.cosh, "tanh": np.tanh, "arctan": np.arctan, "arcsinh": np.arcsinh,
    "tan": np.tan, "deg2rad": np.deg2rad, "rad2deg": np.rad2deg, "ceil": np.ceil,
    "floor": np.floor, "trunc": np.trunc, "round": np.round, "erf": sp.erf, "erfc": sp.erfc,
    "inv": np.reciprocal, "isnan": np.isnan, "isinf": np.isinf, "conj": np.conj,
    "real": np.real, "imag": np.imag, "angle": np.angle,
    "round_half_away": lambda x: np.trunc(x + np.copysign(0.5, x)),
    "identity": np.copy, "tensor_copy": np.copy, "nan_to_num": np.nan_to_num, "erfcx": sp.erfcx,
    "j0": sp.j0, "j1": sp.j1, "i0": sp.i0, "i1": sp.i1, "log1pexp": lambda x: np.logaddexp(x, 0),
}  # fmt: skip
POSITIVE = {
    "sqrt": np.sqrt, "log": np.log, "log2": np.log2, "log10": np.log10, "log1p": np.log1p,
    "gamma": sp.gamma, "gammaln": sp.gammaln, "psi": sp.psi, "digamma": sp.psi,
    "tri_gamma": lambda x: sp.polygamma(1, x), "xlogx": lambda x: sp.xlogy(x, x),
}  # fmt: skip
SMALL = {"arcsin": np.arcsin, "arccos": np.arccos, "arctanh": np.arctanh, "erfinv": sp.erfinv}
BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "true_div": np.divide,
    "maximum": np.maximum, "minimum": np.minimum, "arctan2": np.arctan2, "hypot": np.hypot,
    "logaddexp": np.logaddexp, "lt": np.less, "le": np.less_equal, "gt": np.greater,
    "ge": np.greater_equal, "eq": np.equal, "neq": np.not_equal, "floor_div": np.floor_divide,
    "mod": np.mod,
}  # fmt: skip
# Of integers only: the floats of the sample are rounded first.
BITS = {
    "and_": np.bitwise_and, "bitwise_or": np.bitwise_or, "bitwise_xor": np.bitwise_xor,
    "left_shift": np.left_shift, "right_shift": np.right_shift,
}  # fmt: skip
NNET = {
    "sigmoid": sp.expit, "softplus": lambda x: np.logaddexp(x, 0), "elu": _elu,
    "softsign": lambda x: x / (1 + np.abs(x)), "relu": lambda x: np.maximum(x, 0),
    "selu": lambda x: _SELU[0] * _elu(x, _SELU[1]), "tanh": np.tanh,
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
}  # fmt: skip


# By an order or shape, of which only whole numbers occur: there is no derivative by it.
ORDERS = {
    "jv": sp.jv, "iv": sp.iv, "gammainc": sp.gammainc, "gammaincc": sp.gammaincc,
    "gammal": lambda k, x: sp.gammainc(k, x) * sp.gamma(k),
    "gammau": lambda k, x: sp.gammaincc(k, x) * sp.gamma(k), "polygamma": sp.polygamma,
}  # fmt: skip


def _of_an_order(function, numpy):
    def build(n, x):
        return function(1 + T.cast(T.floor(n), "int64"), x)

    return Sample(
        build, lambda n, x: numpy(1 + np.floor(n).astype(int), x), "m positive", "nm positive"
    )


def _of_integers(function, numpy):
    def build(x, y):
        return function(T.cast(x, "int64"), T.cast(T.floor(y), "int64"))

    return Sample(
        build, lambda x, y: numpy(x.astype(int), np.floor(y).astype(int)), "nm positive", "m unit"
    )


SAMPLES = {
    **{f"T.{n}": Sample(getattr(T, n), f, "nm") for n, f in UNARY.items() if hasattr(T, n)},
    **{f"T.{n}": Sample(getattr(T, n), f, "nm positive") for n, f in POSITIVE.items()},
    **{f"T.{n}": Sample(getattr(T, n), f, "nm small") for n, f in SMALL.items()},
    **{f"T.{n}": Sample(getattr(T, n), f, "nm", "n1") for n, f in BINARY.items()},
    **{f"T.{n}": _of_integers(getattr(T, n), f) for n, f in BITS.items()},
    **{f"T.nnet.{n}": Sample(getattr(T.nnet, n), f, "nm") for n, f in NNET.items()},
    "T.bitwise_not": Sample(
        lambda x: T.bitwise_not(T.cast(x, "int64")), lambda x: ~x.astype(int), "nm"
    ),
    "T.arccosh": Sample(T.arccosh, np.arccosh, "nm above1"),
    "T.pow": Sample(T.pow, np.power, "nm positive", "n1"),
    "T.xlogy": Sample(T.xlogy, sp.xlogy, "nm", "n1 positive"),
    "T.clip": Sample(T.clip, np.clip, "nm", "n1 small", "n1 above1"),
    "T.switch": Sample(
        lambda x, y: T.switch(x > y, x * y, y), lambda x, y: np.where(x > y, x * y, y), "nm", "m"
    ),
    "T.second": Sample(T.second, lambda x, y: y + 0 * x, "nm", "n1"),
    **{f"T.{n}": _of_an_order(getattr(T, n), f) for n, f in ORDERS.items()},
    "T.erfcinv": Sample(T.erfcinv, sp.erfcinv, "nm unit"),
    "T.logit": Sample(T.logit, sp.logit, "nm unit"),
    "T.log1mexp": Sample(lambda x: T.log1mexp(-x), lambda x: np.log(-np.expm1(-x)), "nm positive"),
    "T.chi2sf": Sample(
        lambda k, x: T.chi2sf(x, 1 + T.cast(T.floor(k), "int64")),
        lambda k, x: sp.chdtrc(1 + np.floor(k), x),
        "m positive",
        "nm positive",
    ),
    "T.betaln": Sample(T.betaln, sp.betaln, "nm positive", "n1 positive"),
    "T.betainc": Sample(
        lambda a, b, x: T.betainc(*(1 + T.cast(T.floor(v), "int64") for v in (a, b)), x),
        lambda a, b, x: sp.betainc(1 + np.floor(a), 1 + np.floor(b), x),
        "m positive",
        "n1 positive",
        "nm unit",
    ),
    "T.complex_from_polar": Sample(
        T.complex_from_polar, lambda r, t: r * np.exp(1j * t), "nm", "n1", smooth=0
    ),
    "T.complex": Sample(T.complex, lambda x, y: x + 1j * y, "nm", "n1", smooth=0),
    "T.cast": Sample(lambda x: T.cast(x, "float32"), lambda x: x.astype("float32"), "nm", smooth=0),
    "T.nnet.binary_crossentropy": Sample(
        T.nnet.binary_crossentropy,
        lambda p, t: -(t * np.log(p) + (1 - t) * np.log1p(-p)),
        "nm unit",
        "nm unit",
    ),
    "T.nnet.sigmoid_binary_crossentropy": Sample(
        T.nnet.sigmoid_binary_crossentropy,
        lambda x, t: np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x))),
        "nm",
        "nm unit",
    ),
}
