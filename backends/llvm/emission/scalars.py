"""The types of scalars in LLVM IR, and constants of them.

A bool is an i1 in registers and an i8 in memory; float16 is computed in float32.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

I1, I8, I64 = ir.IntType(1), ir.IntType(8), ir.IntType(64)
HALF, FLOAT, DOUBLE = ir.HalfType(), ir.FloatType(), ir.DoubleType()
# Complex numbers are arrays of their two parts.
FLOATS: dict[str, ir.Type] = {
    "float16": HALF,
    "float32": FLOAT,
    "float64": DOUBLE,
    "complex64": ir.ArrayType(FLOAT, 2),
    "complex128": ir.ArrayType(DOUBLE, 2),
}
# llvmlite has no type annotations.
Value = Any
IntRule = Callable[[ir.IRBuilder, bool, Sequence[Value]], Value]
Rule = Callable[[ir.IRBuilder, Sequence[Value]], Value]


def register_type(dtype: str) -> ir.Type:
    """Return the type of a value of the dtype in registers."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return I1
    if kind.kind in "iu":
        return ir.IntType(kind.itemsize * 8)
    return FLOATS[dtype]


def memory_type(dtype: str) -> ir.Type:
    return I8 if dtype == "bool" else register_type(dtype)


def literal(value: complex, dtype: str) -> ir.Constant:
    type = register_type(dtype)
    if isinstance(type, ir.ArrayType):
        part = "float32" if dtype == "complex64" else "float64"
        return ir.Constant(type, [literal(x, part) for x in (value.real, value.imag)])
    assert not isinstance(value, complex)
    if type == HALF:
        value = float(np.float16(value))
    elif type == FLOAT:
        value = float(np.float32(value))
    elif isinstance(type, ir.IntType):
        value = int(value)
    return ir.Constant(type, value)


def is_signed(dtype: str) -> bool:
    return np.dtype(dtype).kind == "i"


def number_like(like: Value, value: float) -> ir.Constant:
    """Return a float of the type of another."""
    return literal(value, "float32" if like.type == FLOAT else "float64")
