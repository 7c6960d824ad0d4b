"""Emit the loop program as LLVM IR: functions for the host statements, and one for each kernel.

The host function has the signature

    i64 entry(i8** frame, i64* dims, i8** slots, i64* sizes, i64 token, i8** calls, i64* failed)

`frame` holds the addresses of all memory whose size follows from the extents of the arguments:
arguments, constants, results, scratch; after them it has room for all that the host program keeps
(see `Frame`). `dims` are the extents of the arguments one after the other, `slots` and `sizes` the
scratch memory whose size is only known at run time; `calls` are the runtime's `grow`, `result` and
`perform` (see `runtime`), which receive `token`; `failed` receives the values for the message of a
failing check. The function returns 0, or the number of the failing check from 1, or -1 where a
callback raised.
"""

from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.codegen.optimisation_level import FULL, OptimisationLevel
from symgraph.backends.llvm.codegen.shared_functions import SharingModule
from symgraph.backends.llvm.emission.statements import I64, PTR, Environment
from symgraph.backends.llvm.host_emission.host_program import HostEmitter
from symgraph.backends.llvm.host_emission.support import Support

from symgraph.lower.analysis.outline import ENTRY, LONG, Outline, loops
from symgraph.lower.program.types import Statement

# The parameters of the host function and of its parts.
SIGNATURE = (PTR, PTR, PTR, PTR, I64, PTR, PTR)


def emit(outline: Outline, effort: OptimisationLevel = FULL) -> ir.Module:
    """Emit the program as a module: the host function calls the host program's parts in turn.
    Values that one part defines and another uses are in the frame."""
    module = (ir.Module if effort.inlined else SharingModule)(outline.program.name)
    module.triple = host().triple
    support = Support(module, outline)
    entry = ir.Function(module, ir.FunctionType(I64, SIGNATURE), ENTRY)
    b = ir.IRBuilder(entry.append_basic_block())
    for number, part in enumerate(outline.parts):
        function = ir.Function(module, ir.FunctionType(I64, SIGNATURE), f"part{number}")
        function.linkage = "internal"
        for attribute in _attributes(part, len(outline.parts) > 1, effort):
            function.attributes.add(attribute)
        HostEmitter(support, Environment(function)).run(part)
        code = b.call(function, entry.args)
        failed = b.icmp_signed("!=", code, ir.Constant(I64, 0))
        with b.if_then(failed, likely=False):
            b.ret(code)
    b.ret(ir.Constant(I64, 0))
    return module


def _attributes(
    part: Sequence[Statement], one_of_several: bool, effort: OptimisationLevel
) -> Sequence[str]:
    """Return the attributes of the function of a part. Optimising code that runs once in a call
    takes longer than it can save."""
    once = len(part) >= LONG and not any(map(loops, part))
    if once or (one_of_several and not effort.unrolled):
        return "noinline", "optnone"
    return ("noinline",) if one_of_several else ("alwaysinline",)
