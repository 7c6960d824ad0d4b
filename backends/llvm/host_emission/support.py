"""The functions of a module besides its host program: kernels, and memory requests."""

import time
from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm.emission import scalars
from symgraph.backends.llvm.emission.statements import I32, I64, PTR, BlockEmitter, Environment
from symgraph.backends.llvm.routines.matmul.loops import counted
from symgraph.backends.llvm.threads.split import SplitKernel, known_cut

from symgraph.lower.analysis.outline import Outline
from symgraph.lower.parallel import ParallelLoops
from symgraph.lower.program.types import Kernel, Loop
from symgraph.lower.program.walk import host_statements


class Callee:
    """A function pointer, with the type of its function as `IRBuilder.call` needs it."""

    def __init__(self, pointer: ir.Value, type: ir.FunctionType) -> None:
        self.pointer = pointer
        self.type = PTR
        self.function_type = type

    def get_reference(self) -> str:
        return self.pointer.get_reference()


class Support:
    """The functions that all parts of a host program share, emitted into `module` when first
    requested."""

    def __init__(self, module: ir.Module, outline: Outline) -> None:
        self.module = module
        self.outline = outline
        self.kernels: dict[str, ir.Function] = {}
        self.splits: dict[tuple[str, tuple[int, ...]], SplitKernel] = {}
        self.tables: dict[tuple[int, ...], ir.GlobalVariable] = {}

    def helper(self, name: str, result: ir.Type, parameters: Sequence[ir.Type]) -> ir.Function:
        """Return an internal function of the module, yet to be written."""
        function = ir.Function(self.module, ir.FunctionType(result, parameters), name)
        function.linkage = "internal"
        function.attributes.add("nounwind")
        function.attributes.add("noinline")
        return function

    def reserve(self) -> ir.Function:
        """Return `reserve(slots, sizes, token, calls, refused, slot, size)`: the memory of a slot,
        grown by the runtime where it is too small; where that fails, `*refused` is set."""
        existing = self.module.globals.get("reserve")
        if existing is not None:
            return existing
        function = self.helper("reserve", PTR, [PTR, PTR, I64, PTR, PTR, I64, I64])
        slots, sizes, token, calls, refused, slot, size = function.args
        b = ir.IRBuilder(function.append_basic_block())
        have = b.load(b.gep(sizes, [slot], source_etype=I64), typ=I64)
        with b.if_then(b.icmp_signed("<", have, size), likely=False):
            grow = Callee(b.load(calls, typ=PTR), ir.FunctionType(ir.VoidType(), [I64, I64, I64]))
            b.call(grow, [token, slot, size])
            grown = b.load(b.gep(sizes, [slot], source_etype=I64), typ=I64)
            with b.if_then(b.icmp_signed("<", grown, size), likely=False):
                b.store(ir.Constant(I64, 1), refused)
        b.ret(b.load(b.gep(slots, [slot], source_etype=PTR), typ=PTR))
        return function

    def now(self) -> ir.Function:
        """Return `now()`: nanoseconds on a monotonic clock."""
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

    def late(self, word: str, type: ir.FunctionType) -> ir.Function:
        """Return a routine that is reached through a word of that name: see
        `symgraph.backends.llvm.linking.lazy_symbols`."""
        existing = self.module.globals.get(f"{word}.call")
        if existing is not None:
            return existing
        # Declared as a function, since the linker resolves no other names.
        place = ir.Function(self.module, ir.FunctionType(ir.VoidType(), []), word)
        function = self.helper(f"{word}.call", type.return_type, type.args)
        b = ir.IRBuilder(function.append_basic_block())
        b.call(Callee(b.load(place, typ=PTR), type), function.args)
        b.ret_void()
        return function

    def table(self, numbers: Sequence[int]) -> ir.GlobalVariable:
        """Return a constant array of int32."""
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
        """Return the function of a kernel: its root buffers, then its scalars. Equal kernels share
        it."""
        interface = self.outline.interfaces[statement]
        key, free, roots = interface
        function = self.kernels.get(key)
        if function is None:
            types = [PTR] * len(roots) + [scalars.register_type(s.dtype) for s in free]
            function = self.helper(self._name(), ir.VoidType(), types)
            for argument in function.args[: len(roots)]:
                # Distinct roots never overlap, even where views are involved.
                argument.add_attribute("noalias")
            env = Environment(function)
            env.pointers = dict(zip(roots, function.args[: len(roots)], strict=True))
            env.values = dict(zip(free, function.args[len(roots) :], strict=True))
            builder = ir.IRBuilder(function.append_basic_block())
            at = BlockEmitter(builder, env)
            at.forms = at.forms and not statement.cold
            at.patient = self.outline.patient
            at.block(statement.body)
            builder.ret_void()
            self.kernels[key] = function
        return function

    def split(self, statement: Kernel, cut: ParallelLoops | None = None) -> SplitKernel:
        """Return the functions of a kernel that runs in ranges: of its own loop, or along
        others."""
        interface = self.outline.interfaces[statement]
        own = known_cut(statement) if statement.work else None
        if cut is None or (own is not None and set(own.loops) == set(cut.loops)):
            cut = own
        assert cut is not None
        loops = [s for s in host_statements(statement.body) if isinstance(s, Loop)]
        key = interface.key, tuple(loops.index(loop) for loop in cut.loops)
        found = self.splits.get(key)
        if found is None:
            found = SplitKernel(
                self.module, self._name(), statement, interface, cut, self.outline.patient
            )
            self.splits[key] = found
        return found

    def task(self) -> ir.Function:
        """Return a function `task(words, chunk)`, yet to be written. It only calls functions that
        do the work, and is not optimised."""
        number = sum(f.name.startswith("task") for f in self.module.functions)
        function = self.helper(f"task{number}", ir.VoidType(), [PTR, I64])
        function.attributes.add("optnone")
        return function

    def _name(self) -> str:
        return f"kernel{len(self.kernels) + len(self.splits)}"

    def gather(self) -> ir.Function:
        """Return `gather(frame, table, count, words)`, which copies the addresses at the frame's
        places that `table` lists to the words."""
        existing = self.module.globals.get("gather")
        if existing is not None:
            return existing
        function = self.helper("gather", ir.VoidType(), [PTR, PTR, I64, PTR])
        frame, table, count, words = function.args
        b = ir.IRBuilder(function.append_basic_block())
        with counted(b, ir.Constant(I64, 0), count) as number:
            pointer = self._listed(b, frame, table, number)
            b.store(pointer, b.gep(words, [number], source_etype=PTR))
        b.ret_void()
        return function

    def _listed(
        self, b: ir.IRBuilder, frame: ir.Value, table: ir.Value, number: ir.Value
    ) -> ir.Value:
        """Return the address at the frame's place that the table lists under a number."""
        place = b.zext(b.load(b.gep(table, [number], source_etype=I32), typ=I32), I64)
        return b.load(b.gep(frame, [place], source_etype=PTR), typ=PTR)

    def wide(self, kernel: ir.Function, roots: int) -> ir.Function:
        """Return `wide(frame, table, scalars...)`, which calls the kernel with the addresses at the
        frame's places that `table` lists."""
        name = f"{kernel.name}.wide"
        existing = self.module.globals.get(name)
        if existing is not None:
            return existing
        free = [argument.type for argument in kernel.args[roots:]]
        function = self.helper(name, ir.VoidType(), [PTR, PTR, *free])
        frame, table, *values = function.args
        b = ir.IRBuilder(function.append_basic_block())
        pointers = [self._listed(b, frame, table, ir.Constant(I64, n)) for n in range(roots)]
        b.call(kernel, [*pointers, *values])
        b.ret_void()
        return function
