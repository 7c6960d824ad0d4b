"""Emit `IRCall` statements: functions that users write in LLVM IR."""

from llvmlite import ir
from symgraph.backends.llvm.codegen.digest import DIGEST, blake2b
from symgraph.backends.llvm.host_emission.host_block import HostBlock

from symgraph.lower.program.types import IRCall
from symgraph.lower.program.values import ZERO


def emit_ir_call(at: HostBlock, s: IRCall) -> None:
    """Emit a call; equal functions are written once."""
    module = at.b.module
    name = f"ir.{blake2b(s.text.encode(), digest_size=DIGEST).hexdigest()}"
    function = module.globals.get(name)
    if function is None:
        function = s.write(module, name)
        function.linkage = "internal"
    arguments: list[ir.Value] = []
    for buffer in (*s.inputs, *s.outputs):
        arguments.append(at.address(buffer, [ZERO] * len(buffer.extents)))
        arguments += [at.value(v) for v in (*buffer.extents, *buffer.strides)]
    at.b.call(function, arguments)
