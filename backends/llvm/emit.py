"""The loop program as LLVM IR: functions for the host statements, and one for each kernel.

The host function has the signature

    i64 entry(i8** frame, i64* dims, i8** slots, i64* sizes, i64 token, i8** calls, i64* failed)

`frame` begins with the arguments' and constants' addresses; behind them it has room for all
that the host program keeps (see `Frame`). `dims` are the extents of the arguments one after the
other, `slots` and `sizes` the workspace; `calls` are the runtime's `grow`, `result` and `perform`
(see `runtime`), which are given `token`; `failed` receives the values that a failing check speaks
of. It returns 0, or the number of the failing check from 1, or -1 where a call-back raised.
"""

from typing import NamedTuple

from llvmlite import ir
from symgraph.backends.llvm.blocks import I64, PTR, Environment
from symgraph.backends.llvm.frame import Frame
from symgraph.backends.llvm.host_program import HostEmitter
from symgraph.backends.llvm.jit import host
from symgraph.backends.llvm.support import Support

from symgraph.lower.program import (
    Check,
    Perform,
    Program,
)

ENTRY = "entry"
# Host statements in one function, and that function's parameters.
PART = 300
SIGNATURE = (PTR, PTR, PTR, PTR, I64, PTR, PTR)


class Emitted(NamedTuple):
    """A program as a module, and what the runtime must know to run it."""

    module: ir.Module
    checks: list[Check]
    performs: list[Perform]
    # 8-byte words of the frame.
    frame_size: int


def emit(program: Program) -> Emitted:
    """The host statements in parts of bounded size: code generation takes more than linear time
    in the size of a function. What one part defines and another uses lies in the frame."""
    module = ir.Module(program.name)
    module.triple = host().triple
    support = Support(module, program)
    body = program.body
    parts = [body[start : start + PART] for start in range(0, len(body), PART)] or [[]]
    frame = Frame(program, parts, support.interfaces)
    entry = ir.Function(module, ir.FunctionType(I64, SIGNATURE), ENTRY)
    b = ir.IRBuilder(entry.append_basic_block())
    for number, part in enumerate(parts):
        function = ir.Function(module, ir.FunctionType(I64, SIGNATURE), f"part{number}")
        function.linkage = "internal"
        function.attributes.add("noinline" if len(parts) > 1 else "alwaysinline")
        HostEmitter(support, Environment(function), frame).run(part)
        code = b.call(function, entry.args)
        failed = b.icmp_signed("!=", code, ir.Constant(I64, 0))
        with b.if_then(failed, likely=False):
            b.ret(code)
    b.ret(ir.Constant(I64, 0))
    return Emitted(module, support.checks, support.performs, frame.size)
