"""Emit calls of LAPACK's routines, by the C interface of the library that also has BLAS.

The functions ending in `_work` take numbers by value and scratch memory from the caller, and return
what LAPACK calls `info`.
"""

from typing import TYPE_CHECKING

from llvmlite import ir
from symgraph.backends.llvm.emission import scalar_functions
from symgraph.backends.llvm.emission.statements import I32, I64
from symgraph.backends.llvm.routines.blas import lapack_symbol

from symgraph.lower.program.lapack import Kind, operands
from symgraph.lower.program.types import LapackCall
from symgraph.lower.program.values import ZERO, Buffer

if TYPE_CHECKING:
    from symgraph.backends.llvm.host_emission.host_block import HostBlock

# Matrices lie column by column.
COLUMNS = ir.Constant(I32, 102)


def emit_lapack_call(at: "HostBlock", s: LapackCall) -> None:
    """Emit a call, and keep what it returns as the statement's scalar."""
    arguments = [COLUMNS]
    for argument, kind in zip(s.arguments, operands(s.routine, s.dtype), strict=True):
        if isinstance(argument, str):
            # A char, widened as calling conventions do.
            arguments.append(ir.Constant(I32, ord(argument)))
        elif isinstance(argument, Buffer):
            arguments.append(at.address(argument, [ZERO] * len(argument.extents)))
        elif kind is Kind.EXTENT:
            arguments.append(scalar_functions.cast(at.b, at.value(argument), "int64", "int32"))
        else:
            arguments.append(at.value(argument))
    type = ir.FunctionType(I32, [argument.type for argument in arguments])
    name = lapack_symbol(s.routine, s.dtype)
    function = at.b.module.globals.get(name) or ir.Function(at.b.module, type, name)
    at.env.values[s.out] = at.b.sext(at.b.call(function, arguments), I64)
