"""The instructions of LLVM IR as expressions of OpenCL C.

Integers are of unsigned types here, whose arithmetic wraps around as LLVM's does; instructions that
take them as signed cast them. Values of i1 are of the type bool, halfs are floats.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from symgraph.backends.opencl.c_code.types import TO_HALF, float_literal, integer_literal

# llvmlite has no type annotations.
IRValue = Any
UNSIGNED = {1: "bool", 8: "uchar", 16: "ushort", 32: "uint", 64: "ulong"}
SIGNED = {8: "char", 16: "short", 32: "int", 64: "long"}
DTYPES = {ir.HalfType(): "float16", ir.FloatType(): "float32", ir.DoubleType(): "float64"}
C_FLOATS = {"float16": "float", "float32": "float", "float64": "double"}


class UntranslatableError(Exception):
    """An instruction has no counterpart in OpenCL C."""


def c_type(type: ir.Type) -> str:
    """Return the type of values of a type of LLVM."""
    if isinstance(type, ir.IntType) and type.width in UNSIGNED:
        return UNSIGNED[type.width]
    if isinstance(type, ir.ArrayType) and type.count == 2:
        return f"{c_type(type.element)}2"
    if type not in DTYPES:
        raise UntranslatableError(f"there is no type of OpenCL C for LLVM's {type}")
    return C_FLOATS[DTYPES[type]]


def constant(value: ir.Constant) -> str:
    """Return a constant, of exactly its C type."""
    type, number = value.type, value.constant
    if isinstance(type, ir.ArrayType):
        return f"({c_type(type)})({', '.join(constant(part) for part in number)})"
    if type in DTYPES:
        text = float_literal(number or 0.0, DTYPES[type])
        return f"({text})" if text.startswith("-") else text
    whole = c_type(type)
    number = int(number or 0) & ((1 << type.width) - 1)
    return str(number) if type.width == 1 else integer_literal(number, whole)


def signed(type: ir.IntType, text: str) -> str:
    """Return an integer as a signed one."""
    # As a number of one bit, true is -1.
    return f"-(int){text}" if type.width == 1 else f"({SIGNED[type.width]}){text}"


def _narrowed(type: ir.Type, text: str) -> str:
    """Return the result of arithmetic, which C does on at least 32 bits, in its type."""
    narrow = isinstance(type, ir.IntType) and 1 < type.width < 32
    return f"({c_type(type)})({text})" if narrow else text


def _binary(sign: str, as_signed: bool = False) -> Callable[[IRValue, Sequence[str]], str]:
    def rule(i: IRValue, args: Sequence[str]) -> str:
        if as_signed:
            a, b = (signed(i.type, arg) for arg in args)
            return f"({c_type(i.type)})({a} {sign} {b})"
        a, b = args
        # What is beyond int is undefined.
        wide = sign in ("*", "<<") and _narrowed(i.type, a) != a
        first = f"(uint){a}" if wide else a
        return _narrowed(i.type, f"{first} {sign} {b}")

    return rule


def _select(i: IRValue, args: Sequence[str]) -> str:
    if isinstance(i.type, ir.ArrayType):
        c, a, b = args
        return f"({c_type(i.type)})({c} ? {a}.x : {b}.x, {c} ? {a}.y : {b}.y)"
    return _narrowed(i.type, "{} ? {} : {}".format(*args))


def _bitcast(i: IRValue, args: Sequence[str]) -> str:
    return f"as_{c_type(i.type)}({args[0]})"


def _converted(i: IRValue, args: Sequence[str]) -> str:
    return f"({c_type(i.type)}){args[0]}"


def _sign_extended(i: IRValue, args: Sequence[str]) -> str:
    return f"({c_type(i.type)}){signed(i.operands[0].type, args[0])}"


def _truncated(i: IRValue, args: Sequence[str]) -> str:
    # A conversion to bool would ask whether a number is not 0.
    return f"({args[0]} & 1) != 0" if i.type.width == 1 else _converted(i, args)


def _to_signed(i: IRValue, args: Sequence[str]) -> str:
    return f"({c_type(i.type)})({SIGNED[i.type.width]}){args[0]}"


def _float_truncated(i: IRValue, args: Sequence[str]) -> str:
    if i.type != ir.HalfType():
        return _converted(i, args)
    if i.operands[0].type != ir.FloatType():
        raise UntranslatableError("only a float is rounded to half precision")
    return f"{TO_HALF}({args[0]})"


def _float_extended(i: IRValue, args: Sequence[str]) -> str:
    return args[0] if i.type == ir.FloatType() else _converted(i, args)


COMPARED = {
    "oeq": "{a} == {b}", "olt": "{a} < {b}", "ole": "{a} <= {b}", "ogt": "{a} > {b}",
    "oge": "{a} >= {b}", "one": "({a} < {b}) | ({a} > {b})", "ord": "({a} == {a}) & ({b} == {b})",
    "ueq": "!(({a} < {b}) | ({a} > {b}))", "ult": "!({a} >= {b})", "ule": "!({a} > {b})",
    "ugt": "!({a} <= {b})", "uge": "!({a} < {b})", "une": "{a} != {b}",
    "uno": "({a} != {a}) | ({b} != {b})",
}  # fmt: skip
SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def _compare_floats(i: IRValue, args: Sequence[str]) -> str:
    a, b = args
    if a == b and i.op in ("uno", "ord"):
        return f"{a} {'!=' if i.op == 'uno' else '=='} {a}"
    return COMPARED[i.op].format(a=a, b=b)


def _compare_integers(i: IRValue, args: Sequence[str]) -> str:
    a, b = (signed(i.operands[0].type, x) for x in args) if i.op.startswith("s") else args
    return f"{a} {SIGNS[i.op[-2:]]} {b}"


RULES: dict[str, Callable[[IRValue, Sequence[str]], str]] = {
    "fadd": _binary("+"),
    "fsub": _binary("-"),
    "fmul": _binary("*"),
    "fdiv": _binary("/"),
    "frem": lambda i, args: f"fmod({args[0]}, {args[1]})",
    "fneg": lambda i, args: f"-{args[0]}",
    "add": _binary("+"),
    "sub": _binary("-"),
    "mul": _binary("*"),
    "udiv": _binary("/"),
    "urem": _binary("%"),
    "sdiv": _binary("/", as_signed=True),
    "srem": _binary("%", as_signed=True),
    "and": _binary("&"),
    "or": _binary("|"),
    "xor": _binary("^"),
    "shl": _binary("<<"),
    "lshr": _binary(">>"),
    "ashr": lambda i, args: f"({c_type(i.type)})({signed(i.type, args[0])} >> {args[1]})",
    "select": _select,
    "bitcast": _bitcast,
    "zext": _converted,
    "sext": _sign_extended,
    "trunc": _truncated,
    "sitofp": lambda i, args: f"({c_type(i.type)}){signed(i.operands[0].type, args[0])}",
    "uitofp": _converted,
    "fptosi": _to_signed,
    "fptoui": _converted,
    "fptrunc": _float_truncated,
    "fpext": _float_extended,
    "fcmp": _compare_floats,
    "icmp": _compare_integers,
}


def _builtin(name: str) -> Callable[[IRValue, Sequence[str]], str]:
    return lambda i, args: f"{name}({', '.join(args)})"


def _saturated(sign: str, as_signed: bool) -> Callable[[IRValue, Sequence[str]], str]:
    """Return the rule for a saturating sum or difference, written out: the simulator's sub_sat is
    wrong for the lowest number."""

    def rule(i: IRValue, args: Sequence[str]) -> str:
        (a, b), last = args, i.type.width - 1
        result = f"({c_type(i.type)})({a} {sign} {b})"
        if not as_signed:
            beyond, end = (f"{result} < {a}", _end(i.type)) if sign == "+" else (f"{a} < {b}", "0")
        else:
            # Beyond the ends the result's sign is wrong: where both operands, the second one
            # negated in differences, have the other sign.
            other = f"({b} ^ {result})" if sign == "+" else f"({a} ^ {b})"
            beyond = f"((({a} ^ {result}) & {other}) >> {last}) != 0"
            end = f"(({signed(i.type, a)} >> {last}) ^ {_end(i.type, 1)})"
        return f"({c_type(i.type)})({beyond} ? {end} : {result})"

    return rule


def _end(type: ir.IntType, sign_bits: int = 0) -> str:
    """Return the largest number of a type."""
    return constant(ir.Constant(type, (1 << (type.width - sign_bits)) - 1))


# The functions of LLVM that are called, without the types at the end of their names.
INTRINSICS: dict[str, Callable[[IRValue, Sequence[str]], str]] = {
    "fabs": _builtin("fabs"),
    "copysign": _builtin("copysign"),
    "sqrt": _builtin("sqrt"),
    "floor": _builtin("floor"),
    "ceil": _builtin("ceil"),
    "trunc": _builtin("trunc"),
    "rint": _builtin("rint"),
    "round": _builtin("round"),
    "fma": _builtin("fma"),
    "fmuladd": _builtin("fma"),
    "uadd.sat": _saturated("+", False),
    "usub.sat": _saturated("-", False),
    "sadd.sat": _saturated("+", True),
    "ssub.sat": _saturated("-", True),
}
# A product, and whether it is beyond its type.
OVERFLOWING = {"smul.with.overflow": True, "umul.with.overflow": False}


def intrinsic_name(function: ir.Function) -> str | None:
    """Return the name of a function of LLVM's without the types; None for other functions."""
    if not function.name.startswith("llvm."):
        return None
    return re.sub(r"(\.[fi]\d+)+$", "", function.name.removeprefix("llvm."))


def overflows(type: ir.IntType, args: Sequence[str], product: str, as_signed: bool) -> str:
    """Return whether a product, of which the lower half is given, is beyond its type."""
    if not as_signed:
        a, b = (f"({c_type(type)}){arg}" for arg in args)
        return f"mul_hi({a}, {b}) != 0"
    a, b = (signed(type, arg) for arg in args)
    return f"mul_hi({a}, {b}) != ({signed(type, product)} >> {type.width - 1})"


def c_name(function: ir.Function) -> str:
    """Return the name of a function in OpenCL C."""
    return "sg_" + function.name.removeprefix("symgraph.").replace(".", "_")


def expression(instruction: IRValue, args: Sequence[str]) -> str:
    """Return the value of an instruction, given its operands, as an expression."""
    if isinstance(instruction, ir.CallInstr):
        name = intrinsic_name(instruction.callee)
        if name is None:
            return f"{c_name(instruction.callee)}({', '.join(args)})"
        rule = INTRINSICS.get(name)
    else:
        rule = RULES.get(instruction.opname)
    if rule is None:
        raise UntranslatableError(f"there is nothing in OpenCL C for this: {instruction}".strip())
    return rule(instruction, args)
