"""A kernel that runs in ranges of its outermost loop, by as many threads as are free.

Three functions, beside each other: `range` does the turns from `begin` to `end` and leaves what
they carried among the totals; `task` is that for one chunk of a job; `run`, which the host program
calls, decides on the number of chunks by the work at hand, and combines the totals in order. That
number depends on extents alone, so results do not depend on how many threads there are.
"""

from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm import scalars
from symgraph.backends.llvm.blocks import I64, PTR, BlockEmitter, Environment
from symgraph.backends.llvm.hints import hint
from symgraph.backends.llvm.interface import Interface
from symgraph.backends.llvm.threads.pool import PARALLEL_FOR
from symgraph.backends.llvm.vecmath import SharingModule

from symgraph.lower.parallel import SMALL_NS, outermost, total_of
from symgraph.lower.program import Kernel, Loop

# Chunks take about so long, in ns, as long as there are not too many of them.
GRAIN_NS = 12_000.0
MOST_CHUNKS = 64
# Elements of a line that are not divided: vectors stay whole, and cache lines one thread's.
LINE = 64


class SplitKernel:
    """Writes the three functions of one kernel; `run` is the one to call, with what the kernel's
    interface lists and the number of threads."""

    def __init__(self, module: ir.Module, name: str, kernel: Kernel, interface: Interface) -> None:
        self.module = module
        self.name = name
        self.kernel = kernel
        loop = outermost(kernel)
        assert loop is not None
        self.loop: Loop = loop
        position = kernel.body.index(loop)
        self.before, self.behind = kernel.body[:position], kernel.body[position + 1 :]
        self.interface = interface
        _, free, roots = interface
        self.parameters = [PTR] * len(roots) + [scalars.register_type(s.dtype) for s in free]
        self.range = self._range()
        self.task = self._task()
        self.run = self._run()

    def _function(self, part: str, parameters: Sequence[ir.Type]) -> ir.Function:
        type = ir.FunctionType(ir.VoidType(), parameters)
        function = _internal(self.module, type, f"{self.name}.{part}")
        function.attributes.add("noinline")
        return function

    def _emitter(self, function: ir.Function) -> BlockEmitter:
        """At the function's start, its first parameters known under the kernel's names."""
        _, free, roots = self.interface
        env = Environment(function)
        env.pointers = dict(zip(roots, function.args, strict=False))
        env.values = dict(zip(free, function.args[len(roots) :], strict=False))
        return BlockEmitter(ir.IRBuilder(function.append_basic_block()), env)

    def _range(self) -> ir.Function:
        """`range(roots, scalars, begin, end, totals)`"""
        function = self._function("range", [*self.parameters, I64, I64, PTR])
        for argument in (*function.args[: len(self.interface.roots)], function.args[-1]):
            argument.add_attribute("noalias")
        begin, end, totals = function.args[-3:]
        at = self._emitter(function)
        at.block(self.before)
        at.loop(self.loop, begin, end)
        for number, carry in enumerate(self.loop.carried):
            _store(at.b, at.value(carry.result), totals, number)
        at.b.ret_void()
        return function

    def _task(self) -> ir.Function:
        """`task(words, chunk)`; the words are the range's parameters but for `begin`, with the
        loop's extent as `end`, and behind them the turns of a chunk."""
        function = self._function("task", [PTR, I64])
        # It moves a few words for each chunk: to improve it takes longer than it can save.
        function.attributes.add("optnone")
        words, chunk = function.args
        b = ir.IRBuilder(function.append_basic_block())
        *given, extent, totals, turns = [
            b.load(_word(b, words, ir.Constant(I64, number), type), typ=type)
            for number, type in enumerate([*map(_memory_type, self.parameters), I64, PTR, I64])
        ]
        given = [_in_register(b, v, type) for v, type in zip(given, self.parameters, strict=True)]
        begin = b.mul(chunk, turns)
        end = b.add(begin, turns)
        end = b.select(b.icmp_signed("<", end, extent), end, extent)
        first = b.mul(chunk, ir.Constant(I64, len(self.loop.carried)))
        b.call(self.range, [*given, begin, end, _word(b, totals, first)])
        b.ret_void()
        return function

    def _run(self) -> ir.Function:
        """`run(roots, scalars, threads)`"""
        function = self._function("run", [*self.parameters, I64])
        if isinstance(self.module, SharingModule):
            function.attributes.add("optnone")
        *given, threads = function.args
        at = self._emitter(function)
        b = at.b
        carried = len(self.loop.carried)
        totals = _words(b, carried * MOST_CHUNKS)
        words = _words(b, len(given) + 3)
        at.block(self.before)
        extent = at.value(self.loop.extent)
        turns = self._turns(at, extent)
        chunks = b.sdiv(b.add(extent, b.sub(turns, ir.Constant(I64, 1))), turns)
        with b.if_else(b.icmp_signed(">", chunks, ir.Constant(I64, 1))) as (several, one):
            with several:
                for number, value in enumerate([*given, extent, totals, turns]):
                    _store(b, value, words, number)
                b.call(self._parallel_for(), [self.task, words, chunks, threads])
            with one:
                b.call(self.range, [*given, ir.Constant(I64, 0), extent, totals])
        for number, carry in enumerate(self.loop.carried):
            at.env.values[carry.result] = self._combined(at, number, totals, chunks)
        at.block(self.behind)
        at.b.ret_void()
        return function

    def _turns(self, at: BlockEmitter, extent: ir.Value) -> ir.Value:
        """How many turns of the loop make a chunk; at least 1."""
        b = at.b
        double, one = scalars.DOUBLE, ir.Constant(I64, 1)
        work: ir.Value = ir.Constant(double, 0.0)
        for item in self.kernel.work:
            ns: ir.Value = ir.Constant(double, item.ns)
            for factor in item.extents:
                ns = b.fmul(ns, b.sitofp(at.value(factor), double))
            work = b.fadd(work, ns)
        nested = any(isinstance(s, Loop) for s in self.loop.body)
        unit = one if nested else ir.Constant(I64, LINE)
        return b.call(_turns_function(self.module), [work, extent, unit])

    def _combined(
        self, at: BlockEmitter, number: int, totals: ir.Value, chunks: ir.Value
    ) -> ir.Value:
        """The totals of all chunks, added up (or what the function may be) in order."""
        b, carry = at.b, self.loop.carried[number]
        maker = total_of(self.loop, carry)
        assert maker is not None
        register = scalars.register_type(carry.phi.dtype)

        def total(chunk: ir.Value) -> ir.Value:
            count = ir.Constant(I64, len(self.loop.carried))
            position = b.add(b.mul(chunk, count), ir.Constant(I64, number))
            memory = _memory_type(register)
            stored = b.load(_word(b, totals, position, memory), typ=memory)
            return _in_register(b, stored, register)

        one = ir.Constant(I64, 1)
        start = total(ir.Constant(I64, 0))
        before = b.block
        head, done = b.append_basic_block("combine"), b.append_basic_block("combined")
        b.cbranch(b.icmp_signed(">", chunks, one), head, done)
        b.position_at_end(head)
        index, so_far = b.phi(I64), b.phi(register)
        index.add_incoming(one, before)
        so_far.add_incoming(start, before)
        more = scalars.emit(b, maker.fn, carry.phi.dtype, [so_far, total(index)], False)
        following = b.add(index, one)
        index.add_incoming(following, b.block)
        so_far.add_incoming(more, b.block)
        end = b.block
        closing = b.cbranch(b.icmp_signed("<", following, chunks), head, done)
        # A few turns: wide code for them would only take time to compile.
        hint(closing, b.module, {"vectorize.enable": False, "unroll.disable": True})
        b.position_at_end(done)
        result = b.phi(register)
        result.add_incoming(start, before)
        result.add_incoming(more, end)
        return result

    def _parallel_for(self) -> ir.Function:
        existing = self.module.globals.get(PARALLEL_FOR)
        if existing is not None:
            return existing
        type = ir.FunctionType(ir.VoidType(), [PTR, PTR, I64, I64])
        return ir.Function(self.module, type, PARALLEL_FOR)


def _internal(module: ir.Module, type: ir.FunctionType, name: str) -> ir.Function:
    function = ir.Function(module, type, name)
    function.linkage = "internal"
    function.attributes.add("nounwind")
    return function


def _turns_function(module: ir.Module) -> ir.Function:
    """`turns(work, extent, unit)`: how many of the turns of a loop make a chunk, for work of so
    many ns; a multiple of `unit`, which is a power of two."""
    existing = module.globals.get("turns")
    if existing is not None:
        return existing
    double, one = scalars.DOUBLE, ir.Constant(I64, 1)
    function = _internal(module, ir.FunctionType(I64, [double, I64, I64]), "turns")
    work, extent, unit = function.args
    b = ir.IRBuilder(function.append_basic_block())
    most = ir.Constant(double, MOST_CHUNKS)
    wanted = b.fdiv(work, ir.Constant(double, GRAIN_NS))
    wanted = b.select(b.fcmp_ordered("<", wanted, most), wanted, most)
    small = b.fcmp_ordered("<", work, ir.Constant(double, SMALL_NS))
    several = b.fcmp_ordered(">=", wanted, ir.Constant(double, 1.0))
    chunks = b.select(b.and_(several, b.not_(small)), b.fptosi(wanted, I64), one)
    turns = b.sdiv(b.add(extent, b.sub(chunks, one)), chunks)
    turns = b.and_(b.add(turns, b.sub(unit, one)), b.neg(unit))
    b.ret(b.select(b.icmp_signed("<", turns, one), one, turns))
    return function


def _words(b: ir.IRBuilder, count: int) -> ir.Value:
    """Room on the stack for values of any types; llvmlite would have them all be integers."""
    words = b.alloca(I64, size=max(count, 1))
    words.type = PTR
    return words


def _word(b: ir.IRBuilder, words: ir.Value, number: ir.Value, type: ir.Type = I64) -> ir.Value:
    """The address of a word, as the place of a value of some type."""
    narrow = {scalars.HALF: 16, scalars.FLOAT: 32}
    bits: int = type.width if isinstance(type, ir.IntType) else narrow.get(type, 64)
    scale = 64 // bits
    if isinstance(number, ir.Constant):
        position: ir.Value = ir.Constant(I64, number.constant * scale)
    else:
        position = number if scale == 1 else b.mul(number, ir.Constant(I64, scale))
    return b.gep(words, [position], inbounds=True, source_etype=type)


def _memory_type(type: ir.Type) -> ir.Type:
    """A truth value takes a byte."""
    return scalars.I8 if isinstance(type, ir.IntType) and type.width == 1 else type


def _store(b: ir.IRBuilder, value: ir.Value, words: ir.Value, number: int) -> None:
    memory = _memory_type(value.type)
    stored = value if memory is value.type else b.zext(value, memory)
    b.store(stored, _word(b, words, ir.Constant(I64, number), memory))


def _in_register(b: ir.IRBuilder, value: ir.Value, type: ir.Type) -> ir.Value:
    return value if value.type == type else b.trunc(value, type)
