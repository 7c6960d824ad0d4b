"""The dtypes in OpenCL C: types, literals, loads and stores.

A bool is a uchar that is 0 or 1. A float16 is a ushort, its bits, in memory and otherwise a float,
which holds a number of half precision at all times, as each result is rounded: no extension is
needed, compilers make vectors of it, and results are those of the reference. A complex number is a
float2 or double2 of its parts.
"""

import math
import re
import struct

import numpy as np

# Of values in registers.
C_TYPES = {
    "bool": "uchar",
    "int8": "char",
    "int16": "short",
    "int32": "int",
    "int64": "long",
    "uint8": "uchar",
    "uint16": "ushort",
    "uint32": "uint",
    "uint64": "ulong",
    "float16": "float",
    "float32": "float",
    "float64": "double",
    "complex64": "float2",
    "complex128": "double2",
}
# Of dtypes in the names of functions.
SHORT_NAMES = {
    dtype: "bool" if dtype == "bool" else dtype[0] + re.sub(r"\D", "", dtype) for dtype in C_TYPES
}
TO_HALF, FROM_BITS, TO_BITS = "sg_to_half", "sg_half_from_bits", "sg_half_to_bits"
# Half precision in floats. Of a number below the normal range of halfs the last digit is 2^-24, the
# last one of floats from 0.5 on. Others lose 13 bits, and the exponents' biases differ by 112.
# 65520 and more are infinite. No number here is below the normal range of floats.
HALF_FUNCTIONS = f"""__attribute__((always_inline))
static float {TO_HALF}(const float x) {{
  const float a = fabs(x);
  const uint bits = as_uint(a);
  const float normal = as_float((bits + (0xfffu + ((bits >> 13) & 1u))) & 0xffffe000u);
  const float finite = a < 6.103515625e-05f ? (a + 0.5f) - 0.5f : normal;
  return copysign(a < 65520.0f ? finite : (a >= 65520.0f ? INFINITY : a), x);
}}

__attribute__((always_inline))
static float {FROM_BITS}(const ushort half_bits) {{
  const uint bits = half_bits;
  const uint size = bits & 0x7fffu;
  const uint normal = (size << 13) + (size < 0x7c00u ? 0x38000000u : 0x70000000u);
  const float a = size < 0x400u ? as_float(size | 0x3f000000u) - 0.5f : as_float(normal);
  return as_float(as_uint(a) | ((bits & 0x8000u) << 16));
}}

__attribute__((always_inline))
static ushort {TO_BITS}(const float x) {{
  const float a = fabs(x);
  const uint bits = as_uint(a);
  const uint normal = (bits - 0x38000000u + (0xfffu + ((bits >> 13) & 1u))) >> 13;
  const uint finite = a < 6.103515625e-05f ? as_uint(a + 0.5f) - 0x3f000000u : normal;
  const uint size = a < 65520.0f ? finite : (a >= 65520.0f ? 0x7c00u : 0x7e00u);
  return (ushort)(size | ((as_uint(x) >> 16) & 0x8000u));
}}
"""
# What every program begins with; `load` and `store` need it. Results are defined by the formulas as
# they are written, so nothing may be contracted. float64 needs no line of its own.
PROLOGUE = f"#pragma OPENCL FP_CONTRACT OFF\n{HALF_FUNCTIONS}"


def register_type(dtype: str) -> str:
    """Return the type of values of the dtype."""
    return C_TYPES[dtype]


def memory_type(dtype: str) -> str:
    """Return the type of elements of arrays of the dtype."""
    return "ushort" if dtype == "float16" else C_TYPES[dtype]


def needs_float64(dtype: str) -> bool:
    return dtype in ("float64", "complex128")


def load(pointer: str, dtype: str) -> str:
    """Return an expression for the element that a pointer to `memory_type` points to."""
    if dtype == "float16":
        return f"{FROM_BITS}(*({pointer}))"
    return f"(uchar)(*({pointer}) != 0)" if dtype == "bool" else f"*({pointer})"


def store(pointer: str, value: str, dtype: str) -> str:
    """Return the statement that stores a value to the element that a pointer points to; what is no
    float16 is rounded."""
    if dtype == "float16":
        value = f"{TO_BITS}({value})"
    return f"*({pointer}) = {value};"


def literal(value: complex, dtype: str) -> str:
    """Return an expression for a number, of exactly the dtype's type."""
    kind = np.dtype(dtype).kind
    if kind == "c":
        part = "float32" if dtype == "complex64" else "float64"
        number = complex(value)
        parts = ", ".join(float_literal(x, part) for x in (number.real, number.imag))
        return f"({C_TYPES[dtype]})({parts})"
    assert not isinstance(value, complex)
    if kind == "f":
        return float_literal(float(value), dtype)
    return integer_literal(int(value), C_TYPES[dtype])


def float_literal(value: float, dtype: str) -> str:
    """Return a literal of the number nearest to a value."""
    if dtype == "float64":
        if math.isfinite(value):
            return repr(value)
        return f"as_double(0x{struct.unpack('<Q', struct.pack('<d', value))[0]:x}ul)"
    with np.errstate(over="ignore"):
        rounded = np.dtype(dtype).type(value)
    if math.isfinite(rounded):
        # The shortest digits that are this number alone; what is a half is a float, too.
        text = str(np.float32(rounded))
        return f"{text}f" if re.search("[.e]", text) else f"{text}.0f"
    return f"as_float(0x{np.float32(rounded).view('uint32'):x}u)"


def integer_literal(value: int, c_type: str) -> str:
    """Return a number as an integer of a C type."""
    match c_type:
        case "int":
            return str(value) if value > -(2**31) else "(-2147483647 - 1)"
        case "uint":
            return f"{value}u"
        case "long":
            return f"{value}l" if value > -(2**63) else "(-9223372036854775807l - 1l)"
        case "ulong":
            return f"{value}ul"
    return f"({c_type}){value}"
