"""What each scalar function means, said once more and independently: for the tests of the table."""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy import special

from support import gamma_references
from symgraph.ops.elemwise import scalar_functions


@dataclass(frozen=True)
class Case:
    """A function of the table.

    numpy: the same function of arrays of one dtype.
    takes: the kinds of dtype that it computes in.
    dtype: whose rule gives the result's: see `expected_dtype`.
    points: where it is smooth, one row per operand. None where it has no derivative.
    """

    numpy: Callable[..., Any]
    takes: str
    dtype: str
    points: tuple[tuple[float, ...], ...] | None


ANY = (-1.7, -0.4, 0.3, 1.2, 2.9)
POSITIVE = (0.1, 0.6, 1.3, 2.2, 7.0)
OPEN_UNIT = (-0.93, -0.4, 0.05, 0.5, 0.98)
OTHERS = (0.9, -1.3, 2.1, -0.35, 1.6)
# Away from integers, and half ones, where steps are.
BROKEN = (-1.7, -0.4, 0.3, 1.2, 2.9)


def _exactly(function: Callable[[float], float]) -> Callable[[np.ndarray], np.ndarray]:
    """A function of Python numbers, for each element."""

    def each(a: np.ndarray) -> np.ndarray:
        return np.array([function(float(v)) for v in a.flat]).reshape(a.shape)

    return each


def _half_away(v: float) -> float:
    return float(Decimal(v).quantize(Decimal(1), ROUND_HALF_UP)) if math.isfinite(v) else v


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a.astype("longdouble")))


def _erfinv(v: float) -> float:
    if abs(v) >= 1:
        return math.copysign(math.inf, v) if abs(v) == 1 else math.nan
    return NormalDist().inv_cdf((v + 1) / 2) / math.sqrt(2)


def _xlogy(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    product = a * np.log(b.astype("longdouble"))
    return np.where((a == 0) & ~np.isnan(b), 0, product)


def _at_most(function: Callable[[int, int], int]) -> Callable[..., np.ndarray]:
    """A function of Python's integers, or the end of the dtype that its value lies beyond."""

    def each(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        ends = np.iinfo(np.result_type(a, b))
        pairs = zip(*(x.ravel().tolist() for x in np.broadcast_arrays(a, b)), strict=True)
        found = [sorted((ends.min, function(*pair), ends.max))[1] for pair in pairs]
        return np.array(found, ends.dtype).reshape(np.broadcast_shapes(a.shape, b.shape))

    return each


def _real_sign(a: np.ndarray) -> np.ndarray:
    return a if a.dtype == bool else np.sign(a)


def _whole(round: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda a: round(a) if a.dtype.kind == "f" else a


def _floats(numpy: Any, *points: tuple[float, ...], takes: str = "biufc") -> Case:
    return Case(numpy, takes, "float", points)


def _test(numpy: Any, takes: str = "biuf") -> Case:
    return Case(numpy, takes, "bool", None)


REAL = "biuf"

CASES = {
    "add": Case(np.add, "biufc", "numpy", (ANY, OTHERS)),
    "sub": Case(np.subtract, "iufc", "numpy", (ANY, OTHERS)),
    "mul": Case(np.multiply, "biufc", "numpy", (ANY, OTHERS)),
    "true_div": Case(np.true_divide, "biufc", "quotient", (ANY, OTHERS)),
    "floor_div": Case(np.floor_divide, REAL, "numpy", (ANY, OTHERS)),
    "mod": Case(np.mod, REAL, "numpy", (ANY, OTHERS)),
    "pow": Case(np.power, "biufc", "numpy", (POSITIVE, OTHERS)),
    "neg": Case(np.negative, "iufc", "numpy", (ANY,)),
    "abs": Case(np.abs, "biufc", "numpy", (ANY,)),
    "sgn": Case(_real_sign, "biufc", "numpy", (ANY,)),
    "sqr": Case(np.square, "biufc", "numpy", (ANY,)),
    "reciprocal": _floats(lambda a: 1 / a, ANY),
    "sqrt": _floats(np.sqrt, POSITIVE),
    "exp": _floats(np.exp, ANY),
    "exp2": _floats(np.exp2, ANY),
    "expm1": _floats(np.expm1, ANY),
    "log": _floats(np.log, POSITIVE),
    "log2": _floats(np.log2, POSITIVE),
    "log10": _floats(np.log10, POSITIVE),
    "log1p": _floats(np.log1p, (-0.9, -0.3, 0.2, 1.1, 4.0)),
    "logaddexp": _floats(np.logaddexp, ANY, OTHERS, takes=REAL),
    "sigmoid": _floats(_sigmoid, ANY, takes=REAL),
    "softplus": _floats(lambda a: np.logaddexp(0, a.astype("longdouble")), ANY, takes=REAL),
    "ceil": Case(_whole(np.ceil), REAL, "numpy", (BROKEN,)),
    "floor": Case(_whole(np.floor), REAL, "numpy", (BROKEN,)),
    "trunc": Case(_whole(np.trunc), REAL, "numpy", (BROKEN,)),
    "round": Case(_whole(np.rint), REAL, "numpy", (BROKEN,)),
    "round_half_away": Case(_whole(_exactly(_half_away)), REAL, "same", (BROKEN,)),
    "sin": _floats(np.sin, ANY),
    "cos": _floats(np.cos, ANY),
    "tan": _floats(np.tan, (-1.2, -0.4, 0.3, 1.2, 2.9)),
    "arcsin": _floats(np.arcsin, OPEN_UNIT),
    "arccos": _floats(np.arccos, OPEN_UNIT),
    "arctan": _floats(np.arctan, ANY),
    "arctan2": _floats(np.arctan2, ANY, OTHERS, takes=REAL),
    "sinh": _floats(np.sinh, ANY),
    "cosh": _floats(np.cosh, ANY),
    "tanh": _floats(np.tanh, ANY),
    "arcsinh": _floats(np.arcsinh, ANY),
    "arccosh": _floats(np.arccosh, (1.1, 1.4, 2.0, 3.5, 9.0)),
    "arctanh": _floats(np.arctanh, OPEN_UNIT),
    "deg2rad": _floats(np.deg2rad, ANY, takes=REAL),
    "rad2deg": _floats(np.rad2deg, ANY, takes=REAL),
    "hypot": _floats(np.hypot, ANY, OTHERS, takes=REAL),
    "erf": _floats(_exactly(math.erf), ANY),
    "erfc": _floats(_exactly(math.erfc), ANY),
}
AROUND_POLES = (0.3, 0.9, 1.7, 3.2, -0.5)
CASES |= {
    "erfinv": _floats(_exactly(_erfinv), (-0.95, -0.5, 0.1, 0.6, 0.9), takes=REAL),
    "gamma": _floats(_exactly(math.gamma), AROUND_POLES, takes=REAL),
    "gammaln": _floats(gamma_references.gammaln, AROUND_POLES, takes=REAL),
    "psi": _floats(gamma_references.psi, AROUND_POLES, takes=REAL),
    "tri_gamma": _floats(gamma_references.tri_gamma, AROUND_POLES, takes=REAL),
    "xlogy": _floats(_xlogy, POSITIVE, (0.4, 1.3, 2.1, 0.2, 1.6)),
    "relu": Case(lambda a: np.maximum(a, np.zeros_like(a)), REAL, "numpy", (ANY,)),
    "maximum": Case(np.maximum, REAL, "numpy", (ANY, OTHERS)),
    "minimum": Case(np.minimum, REAL, "numpy", (ANY, OTHERS)),
    "clip": Case(np.clip, REAL, "numpy", (ANY, (-1.5,) * 5, (1.5,) * 5)),
    "switch": Case(np.where, "biufc", "chosen", ((1.0, 0.0, 1.0, 0.0, 1.0), ANY, OTHERS)),
    "mul_zero": Case(lambda a, b: a * b, "biufc", "numpy", (ANY, OTHERS)),
    "second": Case(lambda a, b: b, "biufc", "second", (ANY, OTHERS)),
    "identity": Case(np.array, "biufc", "numpy", (ANY,)),
    "lt": _test(np.less),
    "gt": _test(np.greater),
    "le": _test(np.less_equal),
    "ge": _test(np.greater_equal),
    "eq": _test(np.equal, "biufc"),
    "neq": _test(np.not_equal, "biufc"),
    "isnan": _test(np.isnan, "biufc"),
    "isinf": _test(np.isinf, "biufc"),
    "and_": Case(np.bitwise_and, "biu", "numpy", None),
    "or_": Case(np.bitwise_or, "biu", "numpy", None),
    "xor": Case(np.bitwise_xor, "biu", "numpy", None),
    "invert": Case(np.invert, "biu", "numpy", None),
    "left_shift": Case(np.left_shift, "biu", "numpy", None),
    "right_shift": Case(np.right_shift, "biu", "numpy", None),
    "saturated_add": Case(_at_most(lambda a, b: a + b), "iu", "numpy", None),
    "saturated_sub": Case(_at_most(lambda a, b: a - b), "iu", "numpy", None),
    "saturated_mul": Case(_at_most(lambda a, b: a * b), "iu", "numpy", None),
    "real": Case(np.real, "biufc", "numpy", None),
    "imag": Case(np.imag, "biufc", "numpy", None),
    "angle": Case(np.angle, "biufc", "float part", None),
    "conj": Case(lambda a: np.conj(a), "biufc", "same", None),
    "complex": Case(lambda a, b: a + 1j * b, REAL, "complex", None),
    "complex_from_polar": Case(lambda a, b: a * np.exp(1j * b), REAL, "complex", None),
}


def _bessel(order: int, sign: int) -> Callable[[np.ndarray], np.ndarray]:
    """By the trapezoidal rule, whose error vanishes exponentially, of Bessel's integral."""

    def each(x: np.ndarray) -> np.ndarray:
        t = np.arange(200) * (np.pi / 100)
        x = x.astype("float64")[..., None]
        if sign < 0:
            return np.cos(order * t - x * np.sin(t)).mean(-1)
        return (np.exp(x * np.cos(t)) * np.cos(order * t)).mean(-1)

    return each


WHOLE = (0.0, 1.0, 2.0, 3.0, 1.0)
CASES |= {
    "erfcx": _floats(lambda a: np.exp(a.astype(float) ** 2) * special.erfc(a), ANY, takes=REAL),
    "erfcinv": _floats(special.erfcinv, (0.02, 0.3, 0.5, 1.3, 1.9), takes=REAL),
    "logit": _floats(special.logit, (0.05, 0.3, 0.45, 0.8, 0.95), takes=REAL),
    "log1mexp": _floats(
        lambda a: np.log(-np.expm1(a.astype("longdouble"))),
        (-9.0, -2.0, -0.7, -0.6, -0.1),
        takes=REAL,
    ),
    "xlogx": _floats(lambda a: special.xlogy(a, a), POSITIVE, takes=REAL),
    "j0": _floats(_bessel(0, -1), ANY, takes=REAL),
    "j1": _floats(_bessel(1, -1), ANY, takes=REAL),
    "i0": _floats(_bessel(0, 1), ANY, takes=REAL),
    "i1": _floats(_bessel(1, 1), ANY, takes=REAL),
    "jv": _floats(special.jv, (0.0, 0.5, 1.0, -1.5, 3.25), POSITIVE, takes=REAL),
    "iv": _floats(special.iv, (0.0, 0.5, 1.0, -1.5, 3.25), POSITIVE, takes=REAL),
    "gammainc": _floats(special.gammainc, POSITIVE, (0.3, 0.4, 1.5, 2.0, 9.0), takes=REAL),
    "gammaincc": _floats(special.gammaincc, POSITIVE, (0.3, 0.4, 1.5, 2.0, 9.0), takes=REAL),
    "betainc": _floats(
        special.betainc, POSITIVE, POSITIVE[::-1], (0.02, 0.3, 0.5, 0.7, 0.9), takes=REAL
    ),
    "polygamma": _floats(special.polygamma, WHOLE, POSITIVE, takes=REAL),
}
ARITY = {"betainc": 3, "switch": 3, "clip": 3, "identity": 1, "real": 1, "imag": 1, "angle": 1}


def arity(name: str) -> int:
    function = CASES[name].numpy
    if name in ARITY:
        return ARITY[name]
    if isinstance(function, np.ufunc):
        return function.nin
    return len(inspect.signature(function).parameters)


def apply(name: str, *operands: Any) -> Any:
    """The language's function of that name."""
    return scalar_functions[name](*operands)


def real_of(dtype: str) -> str:
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


def expected_dtype(name: str, dtypes: Sequence[str]) -> str:
    """The dtype of the function of operands of these, by the rule that its case names."""
    rule, common = CASES[name].dtype, np.result_type(*dtypes)
    if rule == "numpy":
        with np.errstate(all="ignore"):
            return str(np.asarray(CASES[name].numpy(*(np.ones(1, common) for _ in dtypes))).dtype)
    rules = {
        "bool": lambda: "bool",
        "same": lambda: str(common),
        "float": lambda: _as_float(dtypes),
        "float part": lambda: real_of(_as_float(dtypes)),
        "quotient": lambda: str(common) if common.kind in "fc" else "float64",
        "chosen": lambda: str(np.result_type(*dtypes[1:])),
        "second": lambda: dtypes[-1],
        "complex": lambda: "complex" + str(2 * max(32, 8 * np.dtype(_as_float(dtypes)).itemsize)),
    }
    return rules[rule]()


def _as_float(dtypes: Sequence[str]) -> str:
    """Integers of at most 16 bits give float32, others float64; beside floats NumPy's rule."""
    common = np.result_type(*dtypes)
    if common.kind in "fc" and any(np.dtype(dtype).kind in "fc" for dtype in dtypes):
        return str(common)
    widest = max(np.dtype(dtype).itemsize for dtype in dtypes)
    return "float32" if widest <= 2 else "float64"
