"""Emit the host statements of the loop program: memory, checks, kernels, library calls."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from llvmlite import ir
from symgraph.backends.llvm.emission import scalar_functions, scalars
from symgraph.backends.llvm.emission.statements import I64, PTR
from symgraph.backends.llvm.host_emission.host_block import WIDE, HostBlock
from symgraph.backends.llvm.host_emission.support import Callee
from symgraph.backends.llvm.interrupts import poll
from symgraph.backends.llvm.table_layouts import BEGUN
from symgraph.backends.llvm.threads.pool import MOST_CHUNKS
from symgraph.backends.llvm.threads.split import call_in_ranges

from symgraph.graph import LazyModule
from symgraph.lower.analysis.frame import defines
from symgraph.lower.program.types import (
    Alloc,
    Check,
    Compute,
    Convolve,
    Extent,
    If,
    IRCall,
    Kernel,
    LapackCall,
    Loop,
    MatMul,
    NumpyCall,
    Pool,
    SelectRows,
    SortRows,
    Statement,
    TiledRegion,
    Timestamp,
)
from symgraph.lower.program.values import ZERO, Buffer, BufferKind, Value

if TYPE_CHECKING:
    from symgraph.backends.llvm.host_emission import ir_calls, lapack
    from symgraph.backends.llvm.host_emission.regions import statement as regions
    from symgraph.backends.llvm.routines.conv import calls as convolutions
    from symgraph.backends.llvm.routines.matmul import calls as products
    from symgraph.backends.llvm.routines.sorting import calls as sorting
else:
    # Not imported for programs that use none of them.
    lapack = LazyModule("symgraph.backends.llvm.host_emission.lapack")
    ir_calls = LazyModule("symgraph.backends.llvm.host_emission.ir_calls")
    convolutions = LazyModule("symgraph.backends.llvm.routines.conv.calls")
    regions = LazyModule("symgraph.backends.llvm.host_emission.regions.statement")
    products = LazyModule("symgraph.backends.llvm.routines.matmul.calls")
    sorting = LazyModule("symgraph.backends.llvm.routines.sorting.calls")

# A size that no memory has, and that fits in an int64.
TOO_MUCH = 2**62


class HostEmitter(HostBlock):
    """Emits one part of the host program."""

    def run(self, statements: Sequence[Statement]) -> None:
        first = self.outline.overwriting
        begins = None if first is None else self.outline.program.body[first]
        for statement in statements:
            if statement is begins:
                # From here on the call runs to its end, whatever signals arrive.
                self.b.store(ir.Constant(I64, 1), self.place(self.failed, BEGUN))
            self.statement(statement)
            for made in defines(statement):
                if made in self.frame.places:
                    self.keep(made, self.env.values[made])
        self.confirm()
        self.b.ret(ir.Constant(I64, 0))

    def statement(self, s: Statement) -> None:
        if not isinstance(s, Compute | Extent | Alloc):
            self.confirm()
        match s:
            case Kernel():
                self.kernel(s)
            case Extent():
                self.extent(s)
            case Alloc():
                self.declare(s.buffer)
            case Check():
                if not s.static:
                    self.check(s)
            case MatMul():
                products.emit_product(self, s, self.threads())
            case Convolve():
                convolutions.emit_convolution(self, s, self.threads())
            case Pool():
                convolutions.emit_pooling(self, s, self.threads())
            case SortRows():
                sorting.emit_sort(self, s)
            case SelectRows():
                sorting.emit_selection(self, s)
            case LapackCall():
                lapack.emit_lapack_call(self, s)
            case TiledRegion():
                regions.emit_tiled_region(self, s)
            case NumpyCall():
                self.perform(s)
            case IRCall():
                ir_calls.emit_ir_call(self, s)
            case Timestamp():
                self.tick(s)
            case _:
                super().statement(s)

    def iteration(self, s: Loop) -> None:
        poll(self.b)
        super().iteration(s)

    def branch(self, s: If, then: bool) -> None:
        with self.taking(s, then):
            super().branch(s, then)

    def kernel(self, s: Kernel) -> None:
        _, free, roots = self.outline.interfaces[s]
        if s.work:
            self._in_ranges(s)
            return
        function = self.support.kernel(s)
        values = [self.value(v) for v in free]
        if len(roots) <= WIDE:
            self.b.call(function, [self.pointer(root) for root in roots] + values)
        else:
            wide = self.support.wide(function, len(roots))
            self.b.call(wide, [self.memory, self.table(roots), *values])

    def _in_ranges(self, s: Kernel) -> None:
        split = self.support.split(s)
        words = self.shared_words()
        self.fill_words(words, s)
        carried = len(split.loop.carried)
        totals = self.room(carried * MOST_CHUNKS) if carried else ir.Constant(PTR, None)
        threads = self.threads()
        call_in_ranges(self, split, s, words, totals, threads)

    def extent(self, s: Extent) -> None:
        if s.buffer in self.first_dim:
            array, first = self.dims, self.first_dim[s.buffer]
        else:
            array, first = self.memory, self.frame.extents[s.buffer]
        self.env.values[s.out] = self.slot(array, first + s.axis, I64)

    def _store_all(self, array: ir.Value, values: Sequence[ir.Value], first: int = 0) -> None:
        for position, value in enumerate(values, first):
            self.b.store(value, self.place(array, position))

    def _return_if_null(self, pointer: ir.Value) -> None:
        is_null = self.b.icmp_unsigned("==", pointer, ir.Constant(PTR, None))
        with self.b.if_then(is_null, likely=False):
            self.b.ret(ir.Constant(I64, -1))

    def declare(self, buffer: Buffer) -> None:
        """Emit the allocation of memory whose size is only known at run time; all other is in the
        frame."""
        if buffer.static:
            return
        if buffer.kind is BufferKind.RESULT:
            extents = [self.value(e) for e in buffer.extents]
            dims = self.scratch(len(extents))
            self._store_all(dims, extents)
            type = ir.FunctionType(ir.VoidType(), [I64, I64, PTR])
            number = ir.Constant(I64, self.results[buffer])
            call = self.slot(self.calls, 1)
            self.keep(buffer, ir.Constant(PTR, None))
            self.b.call(Callee(call, type), [self.token, number, dims])
            self._return_if_null(self.pointer(buffer))
        else:
            assert buffer.slot is not None
            slot = ir.Constant(I64, buffer.slot)
            arguments = [*self._workspace(), slot, self._size(buffer)]
            self.keep(buffer, self.b.call(self.support.reserve(), arguments))

    def _workspace(self) -> list[ir.Value]:
        """Return the first arguments of `reserve`."""
        self.unconfirmed = True
        return [self.slots, self.sizes, self.token, self.calls, self.refused]

    def _size(self, buffer: Buffer) -> ir.Value:
        """Return the size in bytes; one larger than any memory where it exceeds 64 bits."""
        size: ir.Value = ir.Constant(I64, _bytes(scalars.memory_type(buffer.dtype)))
        for extent in buffer.extents:
            factor = self.value(extent)
            if isinstance(size, ir.Constant) and isinstance(factor, ir.Constant):
                size = ir.Constant(I64, min(size.constant * factor.constant, TOO_MUCH))
                continue
            pair = self.b.smul_with_overflow(size, factor)
            size = self.b.select(
                self.b.extract_value(pair, 1),
                ir.Constant(I64, TOO_MUCH),
                self.b.extract_value(pair, 0),
            )
        return size

    def confirm(self) -> None:
        """Return early if any memory requested since the last time was refused."""
        if self.unconfirmed:
            self.unconfirmed = False
            refused = self.b.load(self.refused, typ=I64)
            is_refused = self.b.icmp_signed("!=", refused, ir.Constant(I64, 0))
            with self.b.if_then(is_refused, likely=False):
                self.b.ret(ir.Constant(I64, -1))

    def check(self, s: Check) -> None:
        with self.b.if_then(self.b.not_(self.value(s.condition)), likely=False):
            values = [self._word(v) for v in s.args]
            self._store_all(self.failed, values)
            self.b.ret(ir.Constant(I64, self.outline.number[s] + 1))

    def _word(self, v: Value) -> ir.Value:
        """Return a value for a message as a word: an integer, or the bits of a float64."""
        if v.dtype == "float64":
            return self.b.bitcast(self.value(v), I64)
        return scalar_functions.cast(self.b, self.value(v), v.dtype, "int64")

    def tick(self, s: Timestamp) -> None:
        """Add the time since the last timestamp to its entry."""
        now = self.b.call(self.support.now(), [])
        if s.number is not None:
            elapsed = self.b.sub(now, self.slot(self.memory, self.frame.clock, I64))
            place = self.place(self.memory, self.frame.clock + 1 + s.number)
            self.b.store(self.b.add(self.b.load(place, typ=I64), elapsed), place)
        self.b.store(now, self.place(self.memory, self.frame.clock))

    def perform(self, s: NumpyCall) -> None:
        """Pass addresses, extents and strides to the runtime, and read those of the results."""
        number = self.outline.number[s]
        pointers = self.scratch(len(s.inputs) + len(s.outputs), PTR)
        shapes = [self.value(v) for x in s.inputs for v in (*x.extents, *x.strides)]
        ranks = [variable.type.ndim for variable in s.node.outputs]
        dims = self.scratch(len(shapes) + sum(ranks))
        for position, buffer in enumerate(s.inputs):
            address = self.address(buffer, [ZERO] * len(buffer.extents))
            self.b.store(address, self.place(pointers, position, PTR))
        self._store_all(dims, shapes)
        done = self.place(pointers, len(s.inputs), PTR)
        self.b.store(ir.Constant(PTR, None), done)
        type = ir.FunctionType(ir.VoidType(), [I64, I64, PTR, PTR])
        call = Callee(self.slot(self.calls, 2), type)
        self.b.call(call, [self.token, ir.Constant(I64, number), pointers, dims])
        self._return_if_null(self.b.load(done, typ=PTR))
        position = len(shapes)
        for index, (buffer, rank) in enumerate(zip(s.outputs, ranks, strict=True)):
            self.keep(buffer, self.slot(pointers, len(s.inputs) + index))
            for axis in range(rank):
                extent = self.slot(dims, position + axis, I64)
                self.b.store(extent, self.place(self.memory, self.frame.extents[buffer] + axis))
            position += rank


def _bytes(type: ir.Type) -> int:
    if isinstance(type, ir.IntType):
        return type.width // 8
    if isinstance(type, ir.ArrayType):
        return type.count * _bytes(type.element)
    return {scalars.HALF: 2, scalars.FLOAT: 4, scalars.DOUBLE: 8}[type]
