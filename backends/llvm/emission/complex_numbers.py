"""Emit what a target must know of complex numbers: sums and products, and their parts.

A complex number is an array of its two parts. Other functions of complex numbers are written with
these (`symgraph.ops.complex_formulas`).
"""

from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm.emission.scalars import Rule, Value


def compose(b: ir.IRBuilder, real: Value, imag: Value) -> Value:
    number = ir.Constant(ir.ArrayType(real.type, 2), ir.Undefined)
    return b.insert_value(b.insert_value(number, real, 0), imag, 1)


def parts(b: ir.IRBuilder, number: Value) -> tuple[Value, Value]:
    if isinstance(number, ir.Constant) and number.constant is not ir.Undefined:
        real, imag = number.constant
        return real, imag
    return b.extract_value(number, 0), b.extract_value(number, 1)


def split(b: ir.IRBuilder, value: Value) -> Sequence[Value]:
    """Return the parts of a complex number, or the one number that the value is. Only as values of
    their own are parts carried around loops in vectors."""
    return parts(b, value) if isinstance(value.type, ir.ArrayType) else (value,)


def joined(b: ir.IRBuilder, values: Sequence[Value]) -> Value:
    """Return the value that was split."""
    return values[0] if len(values) == 1 else compose(b, *values)


def _by_parts(name: str, *flags: str) -> Rule:
    """Return the rule for a function that applies to the parts one by one."""

    def rule(b: ir.IRBuilder, args: Sequence[Value]) -> Value:
        reals, imags = zip(*(parts(b, a) for a in args), strict=True)
        of = getattr(b, name)
        return compose(b, of(*reals, flags=flags), of(*imags, flags=flags))

    return rule


def _product(b: ir.IRBuilder, args: Sequence[Value]) -> Value:
    (x, y), (u, v) = (parts(b, a) for a in args)
    real = b.fsub(b.fmul(x, u), b.fmul(y, v))
    return compose(b, real, b.fadd(b.fmul(x, v), b.fmul(y, u)))


def _unless_zero(b: ir.IRBuilder, args: Sequence[Value]) -> Value:
    zero = compose(b, *[ir.Constant(part.type, 0.0) for part in parts(b, args[0])])
    return b.select(_equal(b, [args[0], zero]), zero, _product(b, args))


def _equal(b: ir.IRBuilder, args: Sequence[Value]) -> Value:
    pairs = zip(*(parts(b, a) for a in args), strict=True)
    return b.and_(*(b.fcmp_ordered("==", *pair) for pair in pairs))


def _of_either(sign: str, other: float | None) -> Rule:
    """Return the rule for a test that holds if it does for one of the parts."""

    def rule(b: ir.IRBuilder, args: Sequence[Value]) -> Value:
        found = []
        for part in parts(b, args[0]):
            if other is None:
                found.append(b.fcmp_unordered(sign, part, part))
            else:
                kind = ir.FunctionType(part.type, [part.type])
                size = b.call(b.module.declare_intrinsic("llvm.fabs", [part.type], kind), [part])
                found.append(b.fcmp_ordered(sign, size, ir.Constant(part.type, other)))
        return b.or_(*found)

    return rule


def _conjugate(b: ir.IRBuilder, args: Sequence[Value]) -> Value:
    real, imag = parts(b, args[0])
    return compose(b, real, b.fneg(imag))


# The combinations of a reduction's values in any order.
REASSOCIABLE_COMPLEX: dict[str, Rule] = {"add": _by_parts("fadd", "reassoc")}
COMPLEX: dict[str, Rule] = {
    "add": _by_parts("fadd"),
    "sub": _by_parts("fsub"),
    "neg": _by_parts("fneg"),
    "mul": _product,
    "mul_zero": _unless_zero,
    "sqr": lambda b, a: _product(b, [a[0], a[0]]),
    "conj": _conjugate,
    "real": lambda b, a: parts(b, a[0])[0],
    "imag": lambda b, a: parts(b, a[0])[1],
    "eq": _equal,
    "neq": lambda b, a: b.not_(_equal(b, a)),
    "isnan": _of_either("uno", None),
    "isinf": _of_either("==", float("inf")),
}
