"""Loops over arrays around the functions of `vecmath`, compiled; and errors counted in ulps."""

import ctypes
from collections.abc import Callable
from functools import cache

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.codegen import jit
from symgraph.backends.llvm.vecmath import MATH

POINTER, INT64 = ir.PointerType(), ir.IntType(64)
TYPES = {"float32": ir.FloatType(), "float64": ir.DoubleType()}


def loop_module(
    name: str, dtype: str, times: int = 1, kind_of_module: type[ir.Module] = ir.Module
) -> ir.Module:
    """A module with void loop(T* x0, ..., T* y, i64 n): y[i] = f(x0[i], ...), plain scalar code.

    With `times` > 1 the first argument goes through the function that often.
    """
    kind, arity = TYPES[dtype], MATH[name].arity
    module = kind_of_module(name)
    signature = ir.FunctionType(ir.VoidType(), [POINTER] * (arity + 1) + [INT64])
    function = ir.Function(module, signature, "loop")
    *arrays, size = function.args
    for array in arrays:
        array.add_attribute("noalias")
    entry, body, end = (function.append_basic_block(label) for label in ("entry", "body", "end"))
    b = ir.IRBuilder(entry)
    b.cbranch(b.icmp_signed(">", size, INT64(0)), body, end)
    b.position_at_end(body)
    i = b.phi(INT64)
    i.add_incoming(INT64(0), entry)
    places = [b.gep(array, [i], source_etype=kind) for array in arrays]
    values = [b.load(place, typ=kind) for place in places[:arity]]
    for _ in range(times):
        values[0] = MATH[name](b, *values)
    b.store(values[0], places[arity])
    following = b.add(i, INT64(1))
    i.add_incoming(following, b.block)
    b.cbranch(b.icmp_signed("<", following, size), body, end)
    b.position_at_end(end)
    b.ret_void()
    return module


def compile_loop(
    name: str, dtype: str, module: ir.Module | None = None
) -> Callable[..., np.ndarray]:
    """The function as compiled loop: arrays of one size in, an array out."""
    arity = MATH[name].arity
    compiled = jit.compile_ir(module or loop_module(name, dtype), f"{name}.{dtype}")
    kinds = [ctypes.c_void_p] * (arity + 1) + [ctypes.c_int64]
    native = ctypes.CFUNCTYPE(None, *kinds)(compiled.address("loop"))

    def run(*arguments: np.ndarray, keep: object = compiled) -> np.ndarray:
        arrays = [np.ascontiguousarray(argument, dtype) for argument in arguments]
        result = np.empty_like(arrays[0])
        native(*(array.ctypes.data for array in (*arrays, result)), result.size)
        return result

    return run


over_arrays = cache(compile_loop)


def ulps(result: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """|result - exact| in units of the last place that result's dtype has at `exact`.

    Beyond the largest finite number an infinity stands for the next power of two. A nan differs
    infinitely from a number and not at all from a nan.
    """
    info = np.finfo(result.dtype)
    wide = np.longdouble
    exact, got = np.asarray(exact, wide), result.astype(wide)
    beyond = wide(2) ** info.maxexp
    with np.errstate(all="ignore"):
        clipped = np.clip(exact, -beyond, beyond)
        got = np.clip(got, -beyond, beyond)
        exponent = np.frexp(np.where(np.isfinite(clipped) & (clipped != 0), clipped, wide(1)))[1]
        exponent = np.where(clipped == 0, info.minexp, exponent)
        unit = np.ldexp(wide(1), np.maximum(exponent - 1, info.minexp) - info.nmant)
        distance = np.abs(got - clipped) / unit
    distance = np.where(np.isnan(got) & np.isnan(exact), 0, distance)
    return np.where(np.isnan(got) != np.isnan(exact), np.inf, distance).astype(float)


def as_bits(array: np.ndarray) -> np.ndarray:
    """The patterns, all nans alike: equal bits mean equal values with equal zeros."""
    plain = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)
    return plain.view(np.uint32 if array.dtype == np.float32 else np.uint64)
