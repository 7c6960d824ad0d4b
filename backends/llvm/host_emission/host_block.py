"""Emit a part of the host program: the values that its statements read and write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from llvmlite import ir
from symgraph.backends.llvm.emission import scalars
from symgraph.backends.llvm.emission.statements import I64, PTR, BlockEmitter, Environment
from symgraph.backends.llvm.host_emission.support import Support
from symgraph.backends.llvm.routines.naming import late_name
from symgraph.backends.llvm.threads.split import store_word

from symgraph.lower.program.types import If, Kernel
from symgraph.lower.program.values import Buffer, Scalar, Value

# Kernels with more root buffers than this find their addresses by a table of places: passing each
# address would be most of the code of a large program.
WIDE = 12


class HostBlock(BlockEmitter):
    """A part of the host program: its frame, scratch memory, threads and routines."""

    def __init__(self, support: Support, env: Environment) -> None:
        super().__init__(ir.IRBuilder(env.function.append_basic_block("entrance")), env)
        self.support = support
        self.outline = support.outline
        self.frame = support.outline.frame
        names = ("frame", "dims", "slots", "sizes", "token", "calls", "failed")
        for name, argument in zip(names, env.function.args, strict=True):
            argument.name = name
        (
            self.memory,
            self.dims,
            self.slots,
            self.sizes,
            self.token,
            self.calls,
            self.failed,
        ) = env.function.args
        # Scratch arrays, and values from the frame, are computed in the entry block, which
        # dominates all statements.
        self.entrance = self.b.block
        self.refused = self.b.alloca(I64)
        self.b.store(ir.Constant(I64, 0), self.refused)
        self.unconfirmed = False
        self.words: ir.Value | None = None
        # The branch around the current statement, if extents decide whether a call takes it.
        self.within: tuple[int, bool] | None = None
        start = env.function.append_basic_block("start")
        self.b.branch(start)
        self.b.position_at_end(start)
        program = self.outline.program
        self.results = {buffer: number for number, buffer in enumerate(program.results)}
        self.first_dim: dict[Buffer, int] = {}
        position = 0
        for buffer in program.arguments:
            self.first_dim[buffer] = position
            position += len(buffer.extents)

    def keep(self, made: Scalar | Buffer, value: ir.Value) -> None:
        self.b.store(value, self.place(self.memory, self.frame.places[made]))

    @contextmanager
    def at_entrance(self) -> Iterator[None]:
        with self.b.goto_block(self.entrance):
            self.b.position_before(self.entrance.terminator)
            yield

    def value(self, v: Value) -> ir.Value:
        if isinstance(v, Scalar) and v not in self.env.values:
            with self.at_entrance():
                place = self.place(self.memory, self.frame.places[v])
                self.env.values[v] = self.b.load(place, typ=scalars.register_type(v.dtype))
        return super().value(v)

    def pointer(self, root: Buffer) -> ir.Value:
        return self.slot(self.memory, self.frame.places[root])

    def slot(self, array: ir.Value, number: int, type: ir.Type = PTR) -> ir.Value:
        return self.b.load(self.place(array, number, type), typ=type)

    def place(self, array: ir.Value, number: int, type: ir.Type = I64) -> ir.Value:
        return self.b.gep(array, [ir.Constant(I64, number)], inbounds=True, source_etype=type)

    def scratch(self, count: int, type: ir.Type = I64) -> ir.Value:
        with self.at_entrance():
            return self.b.alloca(type, size=max(count, 1))

    @contextmanager
    def taking(self, s: If, then: bool) -> Iterator[None]:
        """Set the current branch while its statements are emitted."""
        outer = self.within
        if s in self.outline.choices:
            self.within = self.outline.choices[s], then
        yield
        self.within = outer

    def routine(self, name: str, type: ir.FunctionType) -> ir.Function:
        if self.within is None:
            return super().routine(name, type)
        return self.support.late(late_name(name, self.within), type)

    def kernel_words(self, s: Kernel) -> ir.Value:
        """Return the arguments of a kernel, in memory of their own."""
        _, free, roots = self.outline.interfaces[s]
        words = self.room(len(free) + len(roots))
        self.fill_words(words, s)
        return words

    def fill_words(self, words: ir.Value, s: Kernel) -> None:
        _, free, roots = self.outline.interfaces[s]
        if len(roots) <= WIDE:
            for number, root in enumerate(roots):
                store_word(self.b, self.pointer(root), words, number)
        else:
            count = ir.Constant(I64, len(roots))
            arguments = [self.memory, self.table(roots), count, words]
            self.b.call(self.support.gather(), arguments)
        for number, v in enumerate(free, len(roots)):
            store_word(self.b, self.value(v), words, number)

    def threads(self) -> ir.Value:
        """Return the number of threads for large work."""
        return self.slot(self.memory, self.frame.threads, I64)

    def table(self, roots: Sequence[Buffer]) -> ir.Value:
        return self.support.table([self.frame.places[root] for root in roots])

    def shared_words(self) -> ir.Value:
        """Return memory for the arguments of any kernel that runs in ranges."""
        if self.words is None:
            interfaces = self.outline.interfaces.values()
            self.words = self.room(max(len(free) + len(roots) for _, free, roots in interfaces))
        return self.words

    def room(self, words: int) -> ir.Value:
        """Return words on the stack for values of any types; llvmlite would have them all be
        integers."""
        room = self.scratch(words)
        room.type = PTR
        return room
