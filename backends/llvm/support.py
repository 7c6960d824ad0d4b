"""The functions of a module besides its host program: kernels, and the asking for memory."""

import time
from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm import scalars
from symgraph.backends.llvm.blocks import I32, I64, PTR, BlockEmitter, Environment
from symgraph.backends.llvm.outline import Outline
from symgraph.backends.llvm.threads.split import SplitKernel

from symgraph.lower.program import Kernel


class Callee:
    """A pointer to be called, with the type of its function as `IRBuilder.call` wants it."""

    def __init__(self, pointer: ir.Value, type: ir.FunctionType) -> None:
        self.pointer = pointer
        self.type = PTR
        self.function_type = type

    def get_reference(self) -> str:
        return self.pointer.get_reference()


class Support:
    """What all parts of a host program share: the functions that they call, written into
    `module` when first asked for."""

    def __init__(self, module: ir.Module, outline: Outline) -> None:
        self.module = module
        self.outline = outline
        self.kernels: dict[str, ir.Function] = {}
        self.tables: dict[tuple[int, ...], ir.GlobalVariable] = {}

    def helper(self, name: str, result: ir.Type, parameters: Sequence[ir.Type]) -> ir.Function:
        """An internal function of the module, yet to be written."""
        function = ir.Function(self.module, ir.FunctionType(result, parameters), name)
        function.linkage = "internal"
        function.attributes.add("nounwind")
        function.attributes.add("noinline")
        return function

    def reserve(self) -> ir.Function:
        """`reserve(slots, sizes, token, calls, refused, slot, size)`: the memory of a slot, grown
        by the runtime where it is too small; where there is none, `*refused` is set."""
        existing = self.module.globals.get("reserve")
        if existing is not None:
            return existing
        function = self.helper("reserve", PTR, [PTR, PTR, I64, PTR, PTR, I64, I64])
        slots, sizes, token, calls, refused, slot, size = function.args
        b = ir.IRBuilder(function.append_basic_block())
        have = b.load(b.gep(sizes, [slot], source_etype=I64), typ=I64)
        with b.if_then(b.icmp_signed("<", have, size), likely=False):
            grow = Callee(b.load(calls, typ=PTR), ir.FunctionType(PTR, [I64, I64, I64]))
            grown = b.call(grow, [token, slot, size])
            with b.if_then(b.icmp_unsigned("==", grown, ir.Constant(PTR, None)), likely=False):
                b.store(ir.Constant(I64, 1), refused)
        b.ret(b.load(b.gep(slots, [slot], source_etype=PTR), typ=PTR))
        return function

    def now(self) -> ir.Function:
        """`now()`: nanoseconds on a clock that never goes back."""
        existing = self.module.globals.get("now")
        if existing is not None:
            return existing
        type = ir.FunctionType(I32, [I32, PTR])
        clock = ir.Function(self.module, type, "clock_gettime")
        function = self.helper("now", I64, [])
        b = ir.IRBuilder(function.append_basic_block())
        moment = b.alloca(I64, size=2)
        b.call(clock, [ir.Constant(I32, time.CLOCK_MONOTONIC), moment])
        seconds, rest = (
            b.load(b.gep(moment, [ir.Constant(I64, n)], source_etype=I64), typ=I64)
            for n in range(2)
        )
        b.ret(b.add(b.mul(seconds, ir.Constant(I64, 10**9)), rest))
        return function

    def table(self, numbers: Sequence[int]) -> ir.GlobalVariable:
        """A constant array of int32."""
        key = tuple(numbers)
        if key not in self.tables:
            type = ir.ArrayType(I32, len(key))
            table = ir.GlobalVariable(self.module, type, f"table{len(self.tables)}")
            table.linkage = "internal"
            table.global_constant = True
            table.initializer = ir.Constant(type, list(key))
            self.tables[key] = table
        return self.tables[key]

    def kernel(self, statement: Kernel) -> ir.Function:
        """The function of a kernel: its root buffers, then its scalars, then the number of threads
        if it may use several. Equal kernels share one."""
        key, free, roots = self.outline.interfaces[statement]
        if statement.work:
            key = f"in ranges\n{key}"
        function = self.kernels.get(key)
        if function is None and statement.work:
            name = f"kernel{len(self.kernels)}"
            split = SplitKernel(self.module, name, statement, self.outline.interfaces[statement])
            function = self.kernels[key] = split.run
        if function is None:
            types = [PTR] * len(roots) + [scalars.register_type(s.dtype) for s in free]
            function = self.helper(f"kernel{len(self.kernels)}", ir.VoidType(), types)
            for argument in function.args[: len(roots)]:
                # Distinct roots never overlap, whatever views of them there are.
                argument.add_attribute("noalias")
            env = Environment(function)
            env.pointers = dict(zip(roots, function.args[: len(roots)], strict=True))
            env.values = dict(zip(free, function.args[len(roots) :], strict=True))
            builder = ir.IRBuilder(function.append_basic_block())
            BlockEmitter(builder, env).block(statement.body)
            builder.ret_void()
            self.kernels[key] = function
        return function

    def wide(self, kernel: ir.Function, roots: int) -> ir.Function:
        """`wide(frame, table, scalars...)` calls the kernel with the addresses at the frame's
        places that `table` lists."""
        name = f"{kernel.name}.wide"
        existing = self.module.globals.get(name)
        if existing is not None:
            return existing
        free = [argument.type for argument in kernel.args[roots:]]
        function = self.helper(name, ir.VoidType(), [PTR, PTR, *free])
        frame, table, *values = function.args
        b = ir.IRBuilder(function.append_basic_block())
        pointers = []
        for number in range(roots):
            entry = b.gep(table, [ir.Constant(I64, number)], source_etype=I32)
            place = b.zext(b.load(entry, typ=I32), I64)
            pointers.append(b.load(b.gep(frame, [place], source_etype=PTR), typ=PTR))
        b.call(kernel, [*pointers, *values])
        b.ret_void()
        return function
