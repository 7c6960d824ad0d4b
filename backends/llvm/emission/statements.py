"""Emit scalar statements, loops and branches of the loop program as LLVM IR."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.codegen.shared_functions import SharingModule
from symgraph.backends.llvm.emission import scalar_functions, scalars
from symgraph.backends.llvm.emission.complex_numbers import joined, split
from symgraph.backends.llvm.emission.decided_loops import decisive
from symgraph.backends.llvm.emission.loop_metadata import hint
from symgraph.backends.llvm.emission.nan_min_max import RunningExtreme, extremes_of
from symgraph.backends.llvm.emission.random_blocks import RandomBlocks
from symgraph.backends.llvm.emission.vector_loops import write_vectors
from symgraph.backends.llvm.interrupts import poll

from symgraph.lower.analysis.strip_mining import (
    WIDTHS,
    StripDraw,
    StripMinedLoop,
    drawing,
)
from symgraph.lower.cost import is_expensive
from symgraph.lower.program.types import Compute, If, Load, Loop, Statement, Store
from symgraph.lower.program.values import ONE, Buffer, Literal, Value

I32, I64, PTR = ir.IntType(32), ir.IntType(64), ir.PointerType()


# Iterations of an innermost loop between polls for signals.
UNHEARD = 2**16
# Iterations of a loop between looks at whether its result is decided.
UNDECIDED = 2**12
# A loop that carries this many values need not be interleaved: they do not depend on each other.
SUMS = 4
# Limit on the iterations of a loop that is unrolled, also with vectors.
MOST_UNROLLED = 2**14


class Environment:
    """The values of names within one function: scalars by object, memory by root buffer."""

    def __init__(self, function: ir.Function) -> None:
        self.function = function
        # Also literals that are arguments of a kernel which several calls share.
        self.values: dict[Value, ir.Value] = {}
        self.pointers: dict[Buffer, ir.Value] = {}


class BlockEmitter:
    """Emits scalar statements, loops and branches with a builder."""

    def __init__(self, builder: ir.IRBuilder, env: Environment) -> None:
        self.b = builder
        self.env = env
        # The index of the innermost loop around the current statement.
        self.index: Value | None = None
        # The number of loops around the current statement.
        self.depth = 0
        # Whether the loop around it may be fully unrolled; also true outside loops.
        self.unrolled = True
        # Loops that run only a range of their iterations, by its begin and end.
        self.ranges: dict[Loop, tuple[ir.Value, ir.Value]] = {}
        # Whether loops may be emitted in two forms.
        self.forms = not isinstance(builder.module, SharingModule)
        # Whether loops poll for signals.
        self.patient = False
        # The values that are constant while an outermost loop runs.
        self.settled: set[Value] = set()
        # The running extremes of the loops around the current statement.
        self.extremes: dict[Compute, RunningExtreme] = {}

    def value(self, v: Value) -> ir.Value:
        if isinstance(v, Literal) and v not in self.env.values:
            return scalars.literal(v.value, v.dtype)
        return self.env.values[v]

    def pointer(self, root: Buffer) -> ir.Value:
        return self.env.pointers[root]

    def block(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            self.statement(statement)

    def statement(self, s: Statement) -> None:
        match s:
            case Compute():
                self.compute(s)
            case Load():
                pointer = self.address(s.buffer, s.indices)
                loaded = self.b.load(pointer, typ=scalars.memory_type(s.buffer.dtype))
                if s.buffer.dtype == "bool":
                    loaded = self.b.icmp_unsigned("!=", loaded, ir.Constant(scalars.I8, 0))
                self.env.values[s.out] = loaded
            case Store():
                stored = self.value(s.value)
                if s.buffer.dtype == "bool":
                    stored = self.b.zext(stored, scalars.I8)
                self.b.store(stored, self.address(s.buffer, s.indices))
            case Loop():
                self.loop(s)
            case If():
                self.choice(s)
            case _:
                raise TypeError(f"{type(s).__name__} has no place in a kernel")

    def iteration(self, s: Loop) -> None:
        """Emit an iteration of a loop."""
        if self.patient and any(map(is_loop, s.body)):
            poll(self.b)
        self.block(s.body)

    def choice(self, s: If) -> None:
        with self.b.if_else(self.value(s.condition)) as (then, orelse):
            with then:
                self.branch(s, True)
            with orelse:
                self.branch(s, False)

    def branch(self, s: If, then: bool) -> None:
        self.block(s.then if then else s.orelse)

    def routine(self, name: str, type: ir.FunctionType) -> ir.Function:
        """Return a routine as a function to be called."""
        module = self.b.module
        return module.globals.get(name) or ir.Function(module, type, name)

    def compute(self, s: Compute) -> None:
        args = [self.value(a) for a in s.args]
        if s in self.extremes:
            result = self.extremes[s].step(self.b, *args)
        elif s.fn.startswith("cast{"):
            result = scalar_functions.cast(self.b, args[0], s.args[0].dtype, s.out.dtype)
        else:
            dtype = s.args[-1].dtype
            # Where iterations are unrolled, LLVM reassociates (x · c) · (y · c) to (x · y) · c²,
            # which may overflow.
            any_order = s.reassociable and not (s.fn == "mul" and self.unrolled)
            result = scalar_functions.emit(self.b, s.fn, dtype, args, any_order)
        self.env.values[s.out] = result

    def address(self, buffer: Buffer, indices: Sequence[Value]) -> ir.Value:
        """Return the address of an element. A stride along the innermost loop stands by itself:
        else LLVM finds that the address might wrap around, and gathers element by element."""
        total, along = self.value(buffer.offset), None
        for index, stride in zip(indices, buffer.strides, strict=True):
            if isinstance(stride, Literal) and stride.value == 0:
                continue
            step = self.value(index)
            if stride != ONE:
                step = self.b.mul(step, self.value(stride), flags=("nsw",))
                if index is self.index and isinstance(stride, Literal):
                    along = step
                    continue
            total = step if _is_zero(total) else self.b.add(total, step, flags=("nsw",))
        pointer, type = self.pointer(buffer.root), scalars.memory_type(buffer.dtype)
        for step in (total, along):
            if step is not None and not _is_zero(step):
                pointer = self.b.gep(pointer, [step], inbounds=True, source_etype=type)
        return pointer

    def loop(self, s: Loop) -> None:
        start, extent = self.ranges.get(s) or (ir.Constant(I64, 0), self.value(s.extent))
        inits = [self.value(carry.init) for carry in s.carried]
        if not self.depth:
            self.settled = set(self.env.values)
            extent = self._unless_empty(s, extent)
        drawn = drawing(s, self.ranges)
        if write_vectors(self, s, start, extent, inits):
            return
        decided = decisive(s) if not self.depth and not _is_short(s) else None
        if drawn is not None:
            self._draw(s, drawn, start, extent, inits)
        elif decided is not None:
            with self.strips(s, start, extent, inits, UNDECIDED, decided) as (first, end, phis):
                self._either(s, first, end, phis)
        elif self.patient and not any(map(is_loop, s.body)) and not _is_short(s):
            with self.strips(s, start, extent, inits, UNHEARD) as (first, end, phis):
                self._either(s, first, end, phis)
        else:
            self._either(s, start, extent, inits)

    def _unless_empty(self, s: Loop, extent: ir.Value) -> ir.Value:
        """Return the extent of a loop, or 0 where a loop directly within it makes no iteration.

        An empty array may have any number of rows, 2**40 for instance: none of them is visited.
        Only loops that hand on what they are given count: of others an outer iteration matters
        though the inner loop makes none.
        """
        indices: set[Value] = {s.index}
        inner = _loop_within(s)
        while inner is not None and inner.extent not in indices:
            indices.add(inner.index)
            count = self.value(inner.extent)
            if not isinstance(count, ir.Constant) or not count.constant:
                none = self.b.icmp_signed("<", count, ir.Constant(I64, 1))
                extent = self.b.select(none, ir.Constant(I64, 0), extent)
            inner = _loop_within(inner)
        return extent

    def _draw(
        self,
        s: Loop,
        drawn: StripMinedLoop,
        start: ir.Value,
        extent: ir.Value,
        inits: Sequence[ir.Value],
    ) -> None:
        """Emit a loop that draws random numbers: for each strip of iterations first all random
        words, then the iterations."""
        env = self.env
        words = [self._words(draw) for draw in drawn.draws]
        strip = target().strip_words // drawn.width
        with self.strips(s, start, extent, inits, strip) as (first, end, phis):
            env.values[s.index] = first
            self._draw_strip(drawn, words, first, end)
            self._either(drawn.rest, first, end, phis)

    @contextmanager
    def strips(
        self,
        s: Loop,
        start: ir.Value,
        extent: ir.Value,
        inits: Sequence[ir.Value],
        iterations: int,
        decided: bool | None = None,
    ) -> Iterator[tuple[ir.Value, ir.Value, list[ir.Value]]]:
        """Emit a loop in strips of so many iterations: yield the begin and end of a strip, and the
        values carried into it. The body leaves the results in `env.values`. A loop whose result is
        `decided` by one bool ends as soon as it carries that."""
        b, env = self.b, self.env
        before = b.block

        def open_still(condition: ir.Value, carried: Sequence[ir.Value]) -> ir.Value:
            if decided is None:
                return condition
            return b.and_(condition, b.not_(carried[0]) if decided else carried[0])

        head, done = b.append_basic_block("strip"), b.append_basic_block("stripped")
        b.cbranch(open_still(b.icmp_signed("<", start, extent), inits), head, done)
        b.position_at_end(head)
        first, *phis = (b.phi(value.type) for value in (start, *inits))
        if self.patient:
            poll(b)
        following = b.add(first, ir.Constant(I64, iterations))
        more = b.icmp_signed("<", following, extent)
        end = b.select(more, following, extent)
        yield first, end, phis
        lasts = [env.values[carry.result] for carry in s.carried]
        b.cbranch(open_still(more, lasts), head, done)
        for phi, init, last in zip(
            (first, *phis), (start, *inits), (following, *lasts), strict=True
        ):
            phi.add_incoming(init, before)
            phi.add_incoming(last, b.block)
        last_block = b.block
        b.position_at_end(done)
        for carry, init, last in zip(s.carried, inits, lasts, strict=True):
            result = b.phi(init.type)
            result.add_incoming(init, before)
            result.add_incoming(last, last_block)
            env.values[carry.result] = result

    def _draw_strip(
        self, drawn: StripMinedLoop, words: Sequence[RandomBlocks], first: ir.Value, end: ir.Value
    ) -> None:
        """Emit the random words of some iterations."""
        b, env = self.b, self.env
        if drawn.row is not None:
            env.values[drawn.row.index] = ir.Constant(I64, 0)
        width = ir.Constant(I64, drawn.width)
        for draw, each in zip(drawn.draws, words, strict=True):
            self.block(draw.place)
            args = [self.value(arg) for arg in draw.compute.args]
            place = each.make(b, args, b.mul(b.sub(end, first), width))
            env.values[draw.words.offset] = b.sub(place, b.mul(first, width))

    def _words(self, draw: StripDraw) -> RandomBlocks:
        """Return the memory for a draw's words. Its content is reused when the loop runs again,
        unless the key or the counters may have changed in between."""
        words = RandomBlocks(self.b, WIDTHS[draw.compute.fn])
        *of, _ = draw.compute.args
        if not all(isinstance(v, Literal) or v in self.settled for v in of):
            words.forget(self.b)
        self.env.pointers[draw.words] = words.memory
        return words

    def _either(
        self, s: Loop, start: ir.Value, extent: ir.Value, inits: Sequence[ir.Value]
    ) -> None:
        """Emit a loop in two forms where that pays off, selected by the number of iterations."""
        short = short_iterations(s) if self.forms and self.depth else 0
        if not short:
            self.iterations(s, start, extent, inits)
            return
        b, env = self.b, self.env
        ends: list[tuple[list[ir.Value], ir.Block]] = []
        is_short = b.icmp_signed("<", b.sub(extent, start), ir.Constant(I64, short))
        with b.if_else(is_short) as branches:
            for branch, masked in zip(branches, (True, False), strict=True):
                with branch:
                    self.iterations(s, start, extent, inits, masked)
                    ends.append(([env.values[c.result] for c in s.carried], b.block))
        for number, carry in enumerate(s.carried):
            result = b.phi(ends[0][0][number].type)
            for values, block in ends:
                result.add_incoming(values[number], block)
            env.values[carry.result] = result

    def iterations(
        self,
        s: Loop,
        start: ir.Value,
        extent: ir.Value,
        inits: Sequence[ir.Value],
        masked: bool = False,
    ) -> None:
        """Emit a loop that is guarded and tested at its end, the form that LLVM's vectoriser
        expects."""
        b, env = self.b, self.env
        self.depth += 1
        before = b.block
        head, done = b.append_basic_block("loop"), b.append_basic_block("done")
        firsts = [split(b, init) for init in inits]
        b.cbranch(b.icmp_signed("<", start, extent), head, done)
        b.position_at_end(head)
        index = b.phi(I64)
        index.add_incoming(start, before)
        env.values[s.index] = index
        phis = [_phis(b, [(first, before)]) for first in firsts]
        extremes = {
            compute: RunningExtreme(b, compute.fn, inits[s.carried.index(carry)], before)
            for compute, carry in extremes_of(s).items()
        }
        self.extremes |= extremes
        for carry, parts in zip(s.carried, phis, strict=True):
            env.values[carry.phi] = joined(b, parts)
        around = self.unrolled, self.index
        self.unrolled, self.index = _may_unroll(s), s.index
        self.iteration(s)
        self.unrolled, self.index = around
        following = b.add(index, ir.Constant(I64, 1), flags=("nsw", "nuw"))
        index.add_incoming(following, b.block)
        lasts = [split(b, self.value(c.next)) for c in s.carried]
        for parts, last in zip(phis, lasts, strict=True):
            for phi, part in zip(parts, last, strict=True):
                phi.add_incoming(part, b.block)
        for extreme in extremes.values():
            extreme.close(b)
        end = b.block
        self._close(s, b.cbranch(b.icmp_signed("<", following, extent), head, done), masked)
        self.depth -= 1
        b.position_at_end(done)
        results = [
            _phis(b, [(first, before), (last, end)])
            for first, last in zip(firsts, lasts, strict=True)
        ]
        seen = {compute: extreme.leave(b, before, end) for compute, extreme in extremes.items()}
        for carry, parts in zip(s.carried, results, strict=True):
            env.values[carry.result] = joined(b, parts)
        for compute, carry in extremes_of(s).items():
            last = env.values[carry.result]
            env.values[carry.result] = extremes[compute].result(b, last, seen[compute])

    def _close(self, s: Loop, closing: ir.Instruction, masked: bool) -> None:
        """Attach hints for LLVM to the branch that closes a loop."""
        innermost = not any(map(is_loop, s.body))
        if masked:
            wishes = {
                "vectorize.predicate.enable": True,
                "vectorize.width": target().vector_bytes // _widest(s),
                "interleave.count": 1,
            }
            hint(closing, self.b.module, wishes)
        elif not innermost or (self.depth > 1 and isinstance(s.extent, Literal)):
            # Copies of the inner loops take long to compile and save nothing; and a loop that is
            # fully unrolled before the vectoriser runs would never be vectorised.
            hint(closing, self.b.module, {"unroll.disable": True})
        elif len(s.carried) >= SUMS:
            hint(closing, self.b.module, {"interleave.count": 1, "unroll.disable": True})


def _phis(
    b: ir.IRBuilder, arriving: Sequence[tuple[Sequence[ir.Value], ir.Block]]
) -> list[ir.PhiInstr]:
    """Return a phi node for each part of a value, given those that come from each block."""
    phis = []
    for number, part in enumerate(arriving[0][0]):
        phi = b.phi(part.type)
        for parts, block in arriving:
            phi.add_incoming(parts[number], block)
        phis.append(phi)
    return phis


def _may_unroll(s: Loop) -> bool:
    """Return whether LLVM may fully unroll a loop, with or without vectors."""
    return isinstance(s.extent, Literal) and s.extent.value <= MOST_UNROLLED


def _loop_within(s: Loop) -> Loop | None:
    """Return the loop that is all of an iteration of `s`, if each carried value is as it was where
    that loop makes no iteration."""
    if len(s.body) != 1 or not isinstance(s.body[0], Loop):
        return None
    inner = s.body[0]
    begun: dict[Value, Value] = {carry.result: carry.init for carry in inner.carried}
    kept = all(begun.get(carry.next, carry.next) is carry.phi for carry in s.carried)
    return inner if kept else None


def short_iterations(s: Loop) -> int:
    """Return the number of iterations below which a loop runs better by vectors of which the last
    is partly masked, since a scalar remainder would take most of the time. 0 where the number of
    iterations is known, or masks save little."""
    if isinstance(s.extent, Literal) or not host().has("avx512f"):
        return 0
    # Kernels with inner loops, on which LLVM would emit remarks, are excluded.
    if not all(isinstance(x, Compute | Load | Store) for x in s.body):
        return 0
    computes = [x for x in s.body if isinstance(x, Compute) and x.args]
    if not any(is_expensive(x.fn, x.args[-1].dtype, target()) for x in computes):
        return 0
    # Functions without a vector form, on which LLVM would emit remarks as well.
    if any(x.fn in target().serial_ns for x in computes):
        return 0
    # Nor have loops that carry products of complex numbers.
    if any(np.dtype(carry.phi.dtype).kind == "c" for carry in s.carried):
        return 0
    return 2 * target().vector_bytes // _widest(s)


def _widest(s: Loop) -> int:
    """Return the bytes of the widest numbers that a loop computes."""
    return max(np.dtype(x.out.dtype).itemsize for x in s.body if isinstance(x, Compute))


def is_loop(s: Statement) -> bool:
    return isinstance(s, Loop)


def _is_short(s: Loop) -> bool:
    return isinstance(s.extent, Literal) and s.extent.value <= UNHEARD


def _is_zero(value: ir.Value) -> bool:
    return isinstance(value, ir.Constant) and value.constant == 0
