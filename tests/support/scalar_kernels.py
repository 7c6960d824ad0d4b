"""Scalar functions over arrays, by OpenCL and by LLVM: several in one program."""

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.codegen import jit
from symgraph.backends.llvm.codegen.optimisation_level import AS_WRITTEN
from symgraph.backends.llvm.emission import scalar_functions, scalars
from symgraph.backends.opencl.c_code import types
from symgraph.backends.opencl.c_code.scalar_functions import ScalarFunctions
from symgraph.backends.opencl.devices.device import Device
from symgraph.backends.opencl.devices.driver import cl

from support.scalar_signatures import Signature

POINTER, INT64 = ir.PointerType(), ir.IntType(64)
Arrays = Mapping[str, Sequence[np.ndarray]]


def source(group: Sequence[Signature]) -> str:
    """Return a program with one kernel, which computes all functions of a group."""
    functions = ScalarFunctions()
    lines = []
    for number, s in enumerate(group):
        places = [f"a{number}_{n}" for n in range(len(s.args))]
        loaded = [types.load(f"{p} + i", dtype) for p, dtype in zip(places, s.args, strict=True)]
        value = functions.call(s.fn, s.out, s.args, loaded)
        lines.append(types.store(f"o{number} + i", value, s.out))
    parameters = [
        f"__global const {types.memory_type(dtype)} *a{number}_{n}"
        for number, s in enumerate(group)
        for n, dtype in enumerate(s.args)
    ]
    parameters += [f"__global {types.memory_type(s.out)} *o{n}" for n, s in enumerate(group)]
    body = "\n  ".join(["const size_t i = get_global_id(0);", *lines])
    kernel = f"__kernel void evaluate({', '.join(parameters)}) {{\n  {body}\n}}\n"
    return f"{functions.declarations()}\n{kernel}"


def by_opencl(device: Device, group: Sequence[Signature], arrays: Arrays) -> list[np.ndarray]:
    """Return the values of each function of the first of the arrays of its operands' dtypes."""
    operands: dict[tuple[str, int], Any] = {}
    flags = cl.mem_flags
    for s in group:
        for n, dtype in enumerate(s.args):
            if (dtype, n) not in operands:
                operands[dtype, n] = cl.Buffer(
                    device.context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=arrays[dtype][n]
                )
    size = next(iter(arrays.values()))[0].size
    results = [np.empty(size, s.out) for s in group]
    outputs = [cl.Buffer(device.context, flags.WRITE_ONLY, r.nbytes) for r in results]
    kernel = cl.Kernel(device.build(source(group), "scalar functions"), "evaluate")
    given = [operands[dtype, n] for s in group for n, dtype in enumerate(s.args)]
    kernel(device.queue(), (size,), None, *given, *outputs)
    for result, output in zip(results, outputs, strict=True):
        cl.enqueue_copy(device.queue(), result, output)
    return results


def by_llvm(group: Sequence[Signature], arrays: Arrays) -> list[np.ndarray]:
    """Return the same values, by LLVM."""
    module = ir.Module("scalar_functions")
    for number, s in enumerate(group):
        _loop(module, f"loop{number}", s)
    compiled = jit.load(jit.compile_object(module, "scalar_functions", AS_WRITTEN))
    results = []
    for number, s in enumerate(group):
        given = [arrays[dtype][n] for n, dtype in enumerate(s.args)]
        result = np.empty(given[0].size, s.out)
        kinds = [ctypes.c_void_p] * (len(given) + 1) + [ctypes.c_int64]
        native = ctypes.CFUNCTYPE(None, *kinds)(compiled.address(f"loop{number}"))
        native(*(array.ctypes.data for array in (*given, result)), result.size)
        results.append(result)
    return results


def _loop(module: ir.Module, name: str, s: Signature) -> None:
    """Emit a function of arrays and a size: out[i] = f(x0[i], ...)."""
    kind = ir.FunctionType(ir.VoidType(), [POINTER] * (len(s.args) + 1) + [INT64])
    function = ir.Function(module, kind, name)
    *places, out, size = function.args
    for array in (*places, out):
        array.add_attribute("noalias")
    entry, body, end = (function.append_basic_block(label) for label in ("entry", "body", "end"))
    b = ir.IRBuilder(entry)
    b.branch(body)
    b.position_at_end(body)
    i = b.phi(INT64)
    i.add_incoming(INT64(0), entry)
    values = []
    for place, dtype in zip(places, s.args, strict=True):
        type = scalars.memory_type(dtype)
        value = b.load(b.gep(place, [i], source_etype=type), typ=type)
        values.append(b.trunc(value, scalars.I1) if dtype == "bool" else value)
    if s.fn.startswith("cast{"):
        result = scalar_functions.cast(b, values[0], s.args[0], s.out)
    else:
        result = scalar_functions.emit(b, s.fn, s.args[-1], values)
    assert result.type == scalars.register_type(s.out), s
    stored = b.zext(result, scalars.I8) if s.out == "bool" else result
    b.store(stored, b.gep(out, [i], source_etype=scalars.memory_type(s.out)))
    following = b.add(i, INT64(1))
    i.add_incoming(following, b.block)
    b.cbranch(b.icmp_signed("<", following, size), body, end)
    b.position_at_end(end)
    b.ret_void()
