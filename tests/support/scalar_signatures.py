"""The dtypes of the scalar functions that there is code for, and values to try them on."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from symgraph.backends.llvm.emission import function_table

from symgraph.graph import DTYPES
from symgraph.ops.scalar import scalar_named

# Functions that are not in the table of elementwise functions, or of operands of several dtypes.
WORDS = ("uint64",) * 3
UNUSUAL: dict[str, tuple[tuple[str, ...], str]] = {
    "draw_log_gamma": ((*WORDS, "float64"), "float64"),
    "draw_poisson": ((*WORDS, "float64"), "float64"),
    "draw_binomial": ((*WORDS, "float64", "float64"), "float64"),
    "philox_low": (WORDS, "uint64"),
    "philox_high": (WORDS, "uint64"),
    "random_word32": ((*WORDS, "uint64"), "uint32"),
    "random_word64": ((*WORDS, "uint64"), "uint64"),
}
CONDITIONS = {"eq", "neq", "lt", "gt", "le", "ge", "isnan", "isinf"}
PARTS = {"complex64": "float32", "complex128": "float64"}
WHOLE = {part: whole for whole, part in PARTS.items()}
# Of functions that are only made by rules, which the table does not have.
ARITIES = {"copysign": 2, "multiply_add": 3, "order_key": 1}


class Signature(NamedTuple):
    """A function of operands of certain dtypes."""

    fn: str
    out: str
    args: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.fn}({', '.join(self.args)}) {self.out}"


def signatures(dtype: str) -> Iterator[Signature]:
    """Every function whose last operand is of the dtype."""
    kind = np.dtype(dtype).kind
    for fn in sorted(function_table.OF_KIND[kind]):
        if fn in UNUSUAL:
            args, out = UNUSUAL[fn]
            if args[-1] == dtype:
                yield Signature(fn, out, args)
        elif fn != "complex" or dtype in WHOLE:
            yield Signature(fn, _result(fn, dtype), (dtype,) * _arity(fn))
    yield Signature("switch", dtype, ("bool", dtype, dtype))
    for target in DTYPES:
        if function_table.known(f"cast{{{target}}}", dtype):
            yield Signature(f"cast{{{target}}}", target, (dtype,))


def _arity(fn: str) -> int:
    return ARITIES[fn] if fn in ARITIES else scalar_named(fn).arity


def _result(fn: str, dtype: str) -> str:
    if fn in CONDITIONS:
        return "bool"
    if fn == "order_key":
        return "uint64" if dtype == "float64" else "uint32"
    if fn == "complex":
        return WHOLE[dtype]
    return PARTS.get(dtype, dtype) if fn in ("real", "imag") else dtype


def hostile(dtype: str, size: int, generator: np.random.Generator) -> np.ndarray:
    """Numbers of the dtype at which functions go wrong: special ones, ends, and random ones of
    every magnitude."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return generator.integers(0, 2, size).astype(bool)
    if kind == "c":
        numbers = np.empty(size, dtype)
        numbers.real, numbers.imag = (hostile(PARTS[dtype], size, generator) for _ in range(2))
        return numbers
    if kind in "iu":
        return _integers(dtype, size, generator)
    return _floats(dtype, size, generator)


def _integers(dtype: str, size: int, generator: np.random.Generator) -> np.ndarray:
    ends = np.iinfo(dtype)
    special = [ends.min, ends.min + 1, ends.max, ends.max - 1, 0, 1, 2, 3, 7, 31, 32, 63, 64]
    special += [-1, -2, -7] if ends.min < 0 else []
    bits = np.frombuffer(generator.bytes(size * ends.bits // 8), dtype)
    shifts = generator.integers(0, ends.bits, size).astype(dtype)
    chosen = generator.choice(np.array(special, dtype), size)
    return np.where(generator.random(size) < 0.4, chosen, bits >> shifts)


def _floats(dtype: str, size: int, generator: np.random.Generator) -> np.ndarray:
    info = np.finfo(dtype)
    edges = [info.smallest_subnormal, info.tiny, info.tiny / 2, info.max, info.eps, np.inf, np.nan]
    plain = [0, 1, 2, 3, 0.5, 1.5, 2.5, 8, 10, 25, 89, 104, 127, 128, 255, 256, 32767.5, 32768]
    plain += [65504, 65519, 65520, 1e5, 2.0**31, 2.0**32, 2.0**63, 2.0**64, np.pi, np.pi / 2]
    with np.errstate(over="ignore"):
        special = np.array([*edges, *plain], dtype)
    special = np.concatenate([special, np.nextafter(special, np.dtype(dtype).type(0))])
    chosen = generator.choice(special, size)
    bits = np.frombuffer(generator.bytes(size * info.bits // 8), dtype)
    near = generator.normal(0, 4, size).astype(dtype)
    wide = generator.normal(0, 1, size) * 10.0 ** generator.uniform(-8, 6, size)
    with np.errstate(over="ignore"):
        wide = wide.astype(dtype)
    kinds: Sequence[np.ndarray] = (chosen, bits, near, wide)
    picked = np.choose(generator.integers(0, len(kinds), size), kinds).astype(dtype)
    signs = np.where(generator.random(size) < 0.5, -1, 1).astype(dtype)
    with np.errstate(invalid="ignore"):
        return picked * signs
