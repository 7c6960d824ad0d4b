"""Functions of complex numbers, written with real functions of their parts.

Targets compute with complex numbers by these: of their own they have sums, products and what takes
complex numbers apart. Branch cuts are those of C99's Annex G, which NumPy follows. Sources: Kahan,
*Branch cuts for complex elementary functions* (1987), for roots and inverse functions; Smith,
*Algorithm 116: complex division* (1962), for quotients.
"""

import math
from collections.abc import Callable

from symgraph.graph import Variable
from symgraph.ops.constant import constant
from symgraph.ops.scalar import scalar_functions as s

# exp overflows not far beyond this: a factor of it is multiplied last.
_LARGE = {"float32": 80.0, "float64": 700.0}


# Numbers below the first are scaled by the second before their root is taken, which is scaled back
# by the third: half of the smallest number is 0.
_SUBNORMAL = {
    "complex64": (2.0**-124, 2.0**48, 2.0**-24),
    "complex128": (2.0**-1020, 2.0**108, 2.0**-54),
}
# Of larger numbers the squares overflow, or leave no place for 1.
_HUGE = {"complex64": 2.0**40, "complex128": 2.0**80}


def _parts(z: Variable) -> tuple[Variable, Variable]:
    return s["real"](z), s["imag"](z)


def _half(x: Variable) -> Variable:
    return x * 0.5


def _copysign(size: Variable, sign: Variable) -> Variable:
    """Return sizes with the signs, also of zeros, of other numbers."""
    negative = s["or_"](s["lt"](sign, 0), s["lt"](s["reciprocal"](sign), 0))
    return s["switch"](negative, -s["abs"](size), s["abs"](size))


def _by_larger_part(w: Variable, of: Callable[[Variable, Variable, bool], Variable]) -> Variable:
    """Return a result by the formula for the part of w that is larger: of(larger, smaller, whether
    the real part is the larger one)."""
    a, b = _parts(w)
    return s["switch"](s["ge"](s["abs"](a), s["abs"](b)), of(a, b, True), of(b, a, False))


def _times(x: Variable, y: Variable) -> Variable:
    """Return a product that is zero where a factor is, even if the other is infinite or nan."""
    return s["switch"](s["eq"](x, 0), x, s["switch"](s["eq"](y, 0), y, x * y))


def quotient(z: Variable, w: Variable) -> Variable:
    x, y = _parts(z)

    def by(larger: Variable, smaller: Variable, real: bool) -> Variable:
        zero = s["and_"](s["eq"](larger, 0), s["eq"](smaller, 0))
        ratio = s["switch"](zero, larger, smaller / larger)
        scale = s["reciprocal"](s["switch"](zero, s["abs"](larger), larger + smaller * ratio))
        if real:
            return s["complex"]((x + y * ratio) * scale, (y - x * ratio) * scale)
        return s["complex"]((x * ratio + y) * scale, (y * ratio - x) * scale)

    return _by_larger_part(w, by)


def reciprocal(z: Variable) -> Variable:
    return quotient(constant(1, z.type.dtype), z)


def absolute(z: Variable) -> Variable:
    return s["hypot"](*_parts(z))


def angle(z: Variable) -> Variable:
    x, y = _parts(z)
    return s["arctan2"](y, x)


def sign(z: Variable) -> Variable:
    x, y = _parts(z)
    size = s["hypot"](x, y)
    zero = s["eq"](size, 0)
    near = s["complex"](s["switch"](zero, x, x / size), s["switch"](zero, y, y / size))
    # Beside an infinite part a finite one does not count.
    far = [s["switch"](s["isinf"](part), s["sgn"](part), 0) for part in (x, y)]
    both = s["and_"](s["isinf"](x), s["isinf"](y))
    unclear = constant(complex(math.nan, math.nan), z.type.dtype)
    far_away = s["switch"](both, unclear, s["complex"](*far))
    return s["switch"](s["isinf"](z), far_away, near)


def exp(z: Variable) -> Variable:
    x, y = _parts(z)
    large = constant(_LARGE[x.type.dtype], x.type.dtype)
    beyond = s["gt"](x, large)
    size = s["exp"](s["switch"](beyond, x - large, x))
    factor = s["switch"](beyond, s["exp"](large), 1)
    # At minus infinity the angle does not matter.
    y = s["switch"](s["eq"](x, -math.inf), 0, y)
    sine, cosine = s["sin"](y), s["cos"](y)
    # Infinite whatever the angle.
    unclear = s["and_"](s["eq"](x, math.inf), s["isnan"](cosine))
    along = s["switch"](unclear, x, size * cosine * factor)
    turned = s["switch"](s["eq"](sine, 0), sine, size * factor * sine)
    return s["complex"](along, turned)


def exp2(z: Variable) -> Variable:
    return exp(_scaled(z, math.log(2)))


def expm1(z: Variable) -> Variable:
    x, y = _parts(z)
    a = s["sin"](_half(y))
    return s["complex"](s["expm1"](x) * s["cos"](y) - 2 * s["sqr"](a), s["exp"](x) * s["sin"](y))


def log(z: Variable) -> Variable:
    x, y = map(s["abs"], _parts(z))
    larger, smaller = s["maximum"](x, y), s["minimum"](x, y)
    # Near 1 the size would be rounded to 1 before its logarithm is taken.
    near = s["and_"](s["gt"](larger, 0.5), s["lt"](larger, 2))
    close = _half(s["log1p"]((larger - 1) * (larger + 1) + s["sqr"](smaller)))
    return s["complex"](s["switch"](near, close, s["log"](s["hypot"](x, y))), angle(z))


def log2(z: Variable) -> Variable:
    return _scaled(log(z), 1 / math.log(2))


def log10(z: Variable) -> Variable:
    return _scaled(log(z), 1 / math.log(10))


def _scaled(z: Variable, by: float) -> Variable:
    x, y = _parts(z)
    return s["complex"](x * by, y * by)


def log1p(z: Variable) -> Variable:
    x, y = _parts(z)
    near = s["lt"](s["maximum"](s["abs"](x), s["abs"](y)), 0.5)
    close = _half(s["log1p"](x * (2 + x) + s["sqr"](y)))
    size = s["switch"](near, close, s["log"](s["hypot"](x + 1, y)))
    return s["complex"](size, s["arctan2"](y, x + 1))


def sqrt(z: Variable) -> Variable:
    small, factor, back = _SUBNORMAL[z.type.dtype]
    x, y = _parts(z)
    tiny = s["lt"](s["maximum"](s["abs"](x), s["abs"](y)), small)
    x, y = (s["switch"](tiny, part * factor, part) for part in (x, y))
    root = s["sqrt"](_half(s["abs"](x)) + _half(s["hypot"](x, y)))
    other = s["switch"](s["eq"](root, 0), y, y / (2 * root))
    other = s["switch"](s["isinf"](y), y, other)
    root, other = (s["switch"](tiny, part * back, part) for part in (root, other))
    forward = s["complex"](root, other)
    turned = s["complex"](s["abs"](other), _copysign(root, y))
    return s["switch"](s["or_"](s["ge"](x, 0), s["isinf"](y)), forward, turned)


def power(z: Variable, w: Variable) -> Variable:
    result = exp(w * log(z))
    nothing = s["and_"](s["eq"](z, 0), s["gt"](s["real"](w), 0))
    unclear = constant(complex(math.nan, math.nan), z.type.dtype)
    of_zero = s["switch"](nothing, constant(0, z.type.dtype), unclear)
    result = s["switch"](s["eq"](z, 0), of_zero, result)
    return s["switch"](s["eq"](w, 0), constant(1, z.type.dtype), result)


def sin(z: Variable) -> Variable:
    x, y = _parts(z)
    return s["complex"](_times(s["sin"](x), s["cosh"](y)), _times(s["cos"](x), s["sinh"](y)))


def cos(z: Variable) -> Variable:
    x, y = _parts(z)
    return s["complex"](s["cos"](x) * s["cosh"](y), _times(-s["sin"](x), s["sinh"](y)))


def sinh(z: Variable) -> Variable:
    x, y = _parts(z)
    return s["complex"](_times(s["sinh"](x), s["cos"](y)), _times(s["cosh"](x), s["sin"](y)))


def cosh(z: Variable) -> Variable:
    x, y = _parts(z)
    return s["complex"](s["cosh"](x) * s["cos"](y), _times(s["sinh"](x), s["sin"](y)))


def tanh(z: Variable) -> Variable:
    x, y = _parts(z)
    t, h = s["tan"](y), s["sinh"](x)
    beta = 1 + s["sqr"](t)
    under = 1 + beta * s["sqr"](h)
    real = s["switch"](s["eq"](x, 0), x, beta * s["cosh"](x) * h / under)
    near = s["complex"](real, s["switch"](s["eq"](y, 0), y, t / under))
    tail = 4 * s["sin"](y) * s["cos"](y) * s["exp"](-2 * s["abs"](x))
    far = s["complex"](s["sgn"](x), tail)
    return s["switch"](s["gt"](s["abs"](x), 22), far, near)


def tan(z: Variable) -> Variable:
    x, y = _parts(z)
    return _divided_by_i(tanh(s["complex"](-y, x)))


def _divided_by_i(z: Variable) -> Variable:
    x, y = _parts(z)
    return s["complex"](y, -x)


def _roots(z: Variable, plus: int, minus: int) -> list[tuple[Variable, Variable]]:
    """Return the parts of the square roots of plus + z and of minus + z or, for 1, of 1 - z."""
    x, y = _parts(z)
    upper = sqrt(s["complex"](plus + x, y))
    lower = sqrt(s["complex"](1 - x, -y) if minus == 1 else s["complex"](minus + x, y))
    return [_parts(upper), _parts(lower)]


def arcsin(z: Variable) -> Variable:
    (a, b), (c, d) = _roots(z, 1, 1)
    x = s["real"](z)
    beside = a * c - b * d
    beside = s["switch"](s["and_"](s["isinf"](x), s["isnan"](beside)), 0, beside)
    angle = s["switch"](s["eq"](x, 0), x, s["arctan2"](x, beside))
    return s["complex"](angle, s["arcsinh"](c * b - d * a))


def arccos(z: Variable) -> Variable:
    (a, b), (c, d) = _roots(z, 1, 1)
    return s["complex"](2 * s["arctan2"](c, a), s["arcsinh"](a * d - b * c))


def arccosh(z: Variable) -> Variable:
    (a, b), (c, d) = _roots(z, 1, -1)
    return s["complex"](s["arcsinh"](c * a + d * b), 2 * s["arctan2"](d, a))


def arcsinh(z: Variable) -> Variable:
    x, y = _parts(z)
    a, b = _parts(arcsin(s["complex"](y, -x)))
    return s["complex"](-b, a)


def arctanh(z: Variable) -> Variable:
    x, y = _parts(z)
    size = s["abs"](x)
    below = s["sqr"](1 - size) + s["sqr"](y)
    real = _copysign(0.25 * s["log1p"](4 * size / below), x)
    real = s["switch"](s["eq"](x, 0), x, real)
    near = s["complex"](real, _half(s["arctan2"](2 * y, (1 - x) * (1 + x) - y * y)))
    quarter = constant(math.pi / 2, x.type.dtype)
    far = s["complex"](s["real"](reciprocal(z)), _copysign(quarter, y))
    huge = s["gt"](s["maximum"](s["abs"](x), s["abs"](y)), _HUGE[z.type.dtype])
    return s["switch"](huge, far, near)


def arctan(z: Variable) -> Variable:
    x, y = _parts(z)
    return _divided_by_i(arctanh(s["complex"](-y, x)))


# By the names of the table of scalar functions.
COMPLEX_FORMULAS: dict[str, Callable[..., Variable]] = {
    "true_div": quotient,
    "reciprocal": reciprocal,
    "abs": absolute,
    "angle": angle,
    "sgn": sign,
    "pow": power,
    **{
        f.__name__: f
        for f in (
            exp, exp2, expm1, log, log2, log10, log1p, sqrt, sin, cos, tan, sinh, cosh, tanh,
            arcsin, arccos, arctan, arcsinh, arccosh, arctanh,
        )
    },
}  # fmt: skip
