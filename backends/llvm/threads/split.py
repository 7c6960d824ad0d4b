"""Split a kernel into ranges of its outermost loop, or of inner loops, for the free threads.

The host program writes the kernel's arguments into a table of words, one of 8 bytes for each, and
passes that to `symgraph_in_ranges` (see `pool.ll`) with the function that runs the iterations from
`begin` to `end`. The number of ranges is decided by the work of the call, which depends on extents
alone, so results do not depend on the number of threads. A range stores its carried values among
the totals, which another function combines in order. Inner loops are cut into no more ranges than
threads, as each range runs the loops around them anew: there are no totals to combine, so that does
not affect results.
"""

from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.codegen.shared_functions import SharingModule
from symgraph.backends.llvm.emission import scalar_functions, scalars
from symgraph.backends.llvm.emission.loop_metadata import hint
from symgraph.backends.llvm.emission.statements import I64, PTR, BlockEmitter, Environment
from symgraph.backends.llvm.threads.pool import IN_RANGES

from symgraph.lower.analysis.kernel_signatures import KernelSignature
from symgraph.lower.parallel import ParallelLoops, cut_of, prelude, total_of
from symgraph.lower.program.types import Kernel, Loop


class SplitKernel:
    """Writes the functions of one kernel: `range(words, begin, end, totals)`, and where it has
    totals `rest(words, totals, chunks)`, which combines them and runs the statements after the
    loop. The words are the arguments of the kernel's signature, memory first."""

    def __init__(
        self,
        module: ir.Module,
        name: str,
        kernel: Kernel,
        interface: KernelSignature,
        cut: ParallelLoops,
        patient: bool,
    ) -> None:
        self.module = module
        self.name = name
        self.cold = kernel.cold
        self.patient = patient
        self.cut = cut
        self.loop = self.cut.loops[0]
        # The statements of a range, and those that run once before and after all ranges.
        self.part, self.before, self.behind = kernel.body, kernel.body[:0], kernel.body[:0]
        if not self.cut.within:
            position = kernel.body.index(self.loop)
            self.before, self.behind = kernel.body[:position], kernel.body[position + 1 :]
            self.part = kernel.body[: position + 1]
        _, self.free, self.roots = interface
        self.types = [PTR] * len(self.roots)
        self.types += [scalars.register_type(s.dtype) for s in self.free]
        self.range = self._range(self._iterations())
        self.rest = self._rest() if self.loop.carried or self.behind else None

    def _function(self, part: str, parameters: Sequence[ir.Type]) -> ir.Function:
        function = ir.Function(
            self.module, ir.FunctionType(ir.VoidType(), parameters), f"{self.name}.{part}"
        )
        function.linkage = "internal"
        function.attributes.add("nounwind")
        return function

    def _emitter(self, b: ir.IRBuilder, given: Sequence[ir.Value]) -> BlockEmitter:
        """Return an emitter that knows the words under the kernel's names."""
        env = Environment(b.function)
        env.pointers = dict(zip(self.roots, given, strict=False))
        env.values = dict(zip(self.free, given[len(self.roots) :], strict=True))
        at = BlockEmitter(b, env)
        at.forms = at.forms and not self.cold
        at.patient = self.patient
        return at

    def _words(self, b: ir.IRBuilder, words: ir.Value) -> list[ir.Value]:
        return [_load(b, words, number, type) for number, type in enumerate(self.types)]

    def _iterations(self) -> ir.Function:
        """Write `iterations(words..., begin, end, totals)`: inlined where it is called, it declares
        there that no two of the kernel's roots overlap."""
        function = self._function("iterations", [*self.types, I64, I64, PTR])
        function.attributes.add("alwaysinline")
        for argument in (*function.args[: len(self.roots)], function.args[-1]):
            argument.add_attribute("noalias")
        *given, begin, end, totals = function.args
        at = self._emitter(ir.IRBuilder(function.append_basic_block()), given)
        at.ranges = dict.fromkeys(self.cut.loops, (begin, end))
        at.block(self.part)
        for number, carry in enumerate(self.loop.carried):
            store_word(at.b, at.value(carry.result), totals, number)
        at.b.ret_void()
        return function

    def _range(self, iterations: ir.Function) -> ir.Function:
        function = self._function("range", [PTR, I64, I64, PTR])
        words, *range = function.args
        b = ir.IRBuilder(function.append_basic_block())
        b.call(iterations, [*self._words(b, words), *range])
        b.ret_void()
        return function

    def _rest(self) -> ir.Function:
        function = self._function("rest", [PTR, PTR, I64])
        function.attributes.add("noinline")
        if isinstance(self.module, SharingModule):
            function.attributes.add("optnone")
        words, totals, chunks = function.args
        b = ir.IRBuilder(function.append_basic_block())
        at = self._emitter(b, self._words(b, words))
        at.block(self.before)
        for number, carry in enumerate(self.loop.carried):
            at.env.values[carry.result] = self._combined(at, number, totals, chunks)
        at.block(self.behind)
        b.ret_void()
        return function

    def _combined(
        self, at: BlockEmitter, number: int, totals: ir.Value, chunks: ir.Value
    ) -> ir.Value:
        """Return the totals of all chunks, combined in order by the reduction's function."""
        b, carry = at.b, self.loop.carried[number]
        fn = total_of(self.loop, carry)
        assert fn is not None
        register = scalars.register_type(carry.phi.dtype)

        def total(chunk: ir.Value) -> ir.Value:
            first = b.mul(chunk, ir.Constant(I64, len(self.loop.carried)))
            return _load(b, _word(b, totals, first), number, register)

        one = ir.Constant(I64, 1)
        start = total(ir.Constant(I64, 0))
        before = b.block
        head, done = b.append_basic_block("combine"), b.append_basic_block("combined")
        b.cbranch(b.icmp_signed(">", chunks, one), head, done)
        b.position_at_end(head)
        index, so_far = b.phi(I64), b.phi(register)
        index.add_incoming(one, before)
        so_far.add_incoming(start, before)
        more = scalar_functions.emit(b, fn, carry.phi.dtype, [so_far, total(index)], False)
        following = b.add(index, one)
        index.add_incoming(following, b.block)
        so_far.add_incoming(more, b.block)
        end = b.block
        closing = b.cbranch(b.icmp_signed("<", following, chunks), head, done)
        # Few iterations: vector code for them would only take time to compile.
        hint(closing, b.module, {"vectorize.enable": False, "unroll.disable": True})
        b.position_at_end(done)
        result = b.phi(register)
        result.add_incoming(start, before)
        result.add_incoming(more, end)
        return result


def known_cut(kernel: Kernel) -> ParallelLoops:
    """Return the loops along which a parallel kernel is cut."""
    cut = cut_of(kernel, target())
    assert cut is not None
    return cut


def call_in_ranges(
    at: BlockEmitter,
    split: SplitKernel,
    kernel: Kernel,
    words: ir.Value,
    totals: ir.Value,
    threads: ir.Value,
) -> None:
    """Write the call of a kernel whose words are written. `totals` has room for its carried values,
    `MOST_CHUNKS` times."""
    b, cut = at.b, known_cut(kernel)
    loop = cut.loops[0]
    nested = any(isinstance(s, Loop) for each in cut.loops for s in each.body)
    at.block(prelude(kernel))
    wanted = _wanted(at, kernel)
    if cut.within:
        most = b.sitofp(threads, scalars.DOUBLE)
        wanted = b.select(b.fcmp_ordered("<", wanted, most), wanted, most)
    chunks = b.call(
        _in_ranges(b.module),
        [
            split.range,
            words,
            totals,
            ir.Constant(I64, len(loop.carried)),
            at.value(loop.extent),
            ir.Constant(I64, 1 if nested else target().undivided),
            wanted,
            threads,
        ],
    )
    if split.rest is not None:
        b.call(split.rest, [words, totals, chunks])


def _wanted(at: BlockEmitter, kernel: Kernel) -> ir.Value:
    """Return the number of chunks that the work is worth, as a double; 0 for little work."""
    b, double = at.b, scalars.DOUBLE
    total: ir.Value = ir.Constant(double, 0.0)
    for item in kernel.work:
        part: ir.Value = ir.Constant(double, item.ns / target().grain_ns)
        for factor in item.extents:
            part = b.fmul(part, b.sitofp(at.value(factor), double))
        total = b.fadd(total, part)
    enough = b.fcmp_ordered(">=", total, ir.Constant(double, target().small_ns / target().grain_ns))
    return b.select(enough, total, ir.Constant(double, 0.0))


def _in_ranges(module: ir.Module) -> ir.Function:
    parameters = [PTR, PTR, PTR, I64, I64, I64, scalars.DOUBLE, I64]
    existing = module.globals.get(IN_RANGES)
    return existing or ir.Function(module, ir.FunctionType(I64, parameters), IN_RANGES)


def _word(b: ir.IRBuilder, words: ir.Value, number: ir.Value) -> ir.Value:
    """Return the address of a word."""
    return b.gep(words, [number], inbounds=True, source_etype=I64)


def _memory_type(type: ir.Type) -> ir.Type:
    """Return the type in memory: a bool takes a byte."""
    return scalars.I8 if isinstance(type, ir.IntType) and type.width == 1 else type


def store_word(b: ir.IRBuilder, value: ir.Value, words: ir.Value, number: int) -> None:
    """Store a value of any type in a word."""
    memory = _memory_type(value.type)
    stored = value if memory is value.type else b.zext(value, memory)
    b.store(stored, _word(b, words, ir.Constant(I64, number)))


def _load(b: ir.IRBuilder, words: ir.Value, number: int, type: ir.Type) -> ir.Value:
    memory = _memory_type(type)
    loaded = b.load(_word(b, words, ir.Constant(I64, number)), typ=memory)
    return loaded if memory is type else b.trunc(loaded, type)
