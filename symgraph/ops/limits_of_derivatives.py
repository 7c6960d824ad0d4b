"""Derivatives of scalar functions at singular points: where a plain formula would be 0 / 0,
infinity less infinity or 0 times infinity, or would overflow or cancel."""

from symgraph.graph import Constant, Variable
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.scalar import is_complex
from symgraph.ops.signs import exceeds_a_constant, is_nonnegative

# The largest number of operations of a root's argument that are examined.
MOST = 200


def _call(name: str, *operands: object) -> Variable:
    return scalar_functions[name](*operands)


def real_of(x: Variable) -> Variable:
    """Return the real part of complex numbers, and real numbers as they are."""
    return _call("real", x) if is_complex(x) else x


def quotient(x: Variable, y: Variable) -> Variable:
    """Return x / y, and 0 for 0 / 0."""
    return _call("switch", _call("eq", x, 0) & _call("eq", y, 0), 0, x / y)


def difference(x: Variable, y: Variable) -> Variable:
    """Return x - y, and 0 for equal infinities."""
    return _call("switch", _call("eq", x, y) & _call("isinf", x), 0, x - y)


def over_square(x: Variable, distance: Variable) -> Variable:
    """Return x / distance**2, divided twice since the square may overflow or vanish; 0 at 0."""
    return _call("switch", _call("eq", distance, 0), 0, x / distance / distance)


def leg(x: Variable) -> Variable:
    """Return sqrt(1 - x**2), without cancellation near 1."""
    return _call("sqrt", (1 - x) * (1 + x))


def hypotenuse(x: Variable) -> Variable:
    """Return sqrt(1 + x**2), without overflow of the square."""
    if is_complex(x):
        return _call("sqrt", _call("sqr", x) + 1)
    return _call("hypot", x, 1)


def root_derivative(x: Variable, root: Variable) -> Variable:
    """Return 1 / (2 sqrt(x)), the derivative of a root, but 0 at the minimum of `x`."""
    lowest = _at_minimum(x)
    return 0.5 / root if lowest is None else _call("switch", lowest, 0, 0.5 / root)


def _at_minimum(x: Variable) -> Variable | None:
    """Return where `x` is 0 and so at its minimum; None if it may be negative, or is positive.

    There a derivative that exists is 0, and the infinite derivative of a root would make it nan.
    """
    if is_complex(x) or not is_nonnegative(x, MOST) or exceeds_a_constant(x):
        return None
    return _call("eq", x, 0)


def power_derivative(base: Variable, exponent: Variable, dtype: str) -> Variable:
    """Return b * a ** (b - 1), the derivative of a ** b by a.

    a ** 0 is constant, also at a = 0 where the formula would give 0 * inf. For b below 1 it is 0 at
    the minimum of `a`, like the derivative of a root. A known exponent saves tests at run time.
    """
    if not isinstance(exponent, Constant):
        exponent = _call("cast", exponent, dtype)
        flat, steep = _call("eq", exponent, 0), _call("lt", real_of(exponent), 1)
        derivative = exponent * _call("pow", base, exponent - 1)
    else:
        known = exponent.data.astype(dtype)
        if (known == 2).all():
            return 2 * base
        derivative = constant(known) * _call("pow", base, constant(known - 1))
        if (known.real >= 1).all():
            return derivative
        flat, steep = constant(known == 0), constant(known.real < 1)
    lowest = _at_minimum(base)
    if lowest is not None:
        return _call("switch", flat | (steep & lowest), 0, derivative)
    if isinstance(flat, Constant) and not flat.data.any():
        return derivative
    return _call("switch", flat, 0, derivative)
