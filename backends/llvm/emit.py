"""The loop program as LLVM IR: functions for the host statements, and one for each kernel.

The host function has the signature

    i64 entry(i8** frame, i64* dims, i8** slots, i64* sizes, i64 token, i8** calls, i64* failed)

`frame` begins with the arguments' and constants' addresses; behind them it has room for all
that the host program keeps (see `Frame`). `dims` are the extents of the arguments one after the
other, `slots` and `sizes` the workspace; `calls` are the runtime's `grow`, `result` and `perform`
(see `runtime`), which are given `token`; `failed` receives the values that a failing check speaks
of. It returns 0, or the number of the failing check from 1, or -1 where a call-back raised.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import NamedTuple

from llvmlite import ir
from symgraph.backends.llvm import scalars
from symgraph.backends.llvm.jit import host

from symgraph.lower.program import (
    ONE,
    Buffer,
    Check,
    Compute,
    Declare,
    Extent,
    If,
    Kernel,
    Literal,
    Load,
    Loop,
    MatMul,
    Perform,
    Program,
    Scalar,
    Statement,
    Store,
    Value,
)

I32, I64, PTR = ir.IntType(32), ir.IntType(64), ir.PointerType()
ENTRY = "entry"
ROW_MAJOR, NO_TRANS, TRANS = 101, 111, 112


# Host statements in one function, and that function's parameters.
PART = 300
SIGNATURE = (PTR, PTR, PTR, PTR, I64, PTR, PTR)
# Kernels that touch more root buffers than this find their addresses by a table of places: code
# that hands over each address would be the greater part of a large program.
WIDE = 12
# From so many buffers of one size on, one call asks for all their memory.
RUN = 4


class Frame:
    """What the host program keeps in memory: every root buffer's address, arguments and constants
    first, and the scalars that parts leave for later parts. `places` counts 8-byte words."""

    def __init__(
        self,
        program: Program,
        parts: Sequence[Sequence[Statement]],
        kernels: Mapping[Kernel, "Interface"],
    ) -> None:
        self.size = 0
        self.places: dict[Scalar | Buffer, int] = {}
        # Where the extents of a fall-back's result begin.
        self.extents: dict[Buffer, int] = {}
        for buffer in (*program.arguments, *program.constants, *made_buffers(program.body)):
            self.places[buffer] = self._room()
        defined: dict[Scalar, int] = {}
        for number, part in enumerate(parts):
            for statement in part:
                for used in uses(statement, kernels):
                    if defined.get(used, number) != number and used not in self.places:
                        self.places[used] = self._room()
                for made in defines(statement):
                    defined[made] = number
                if isinstance(statement, Perform):
                    for buffer in statement.outputs:
                        self.extents[buffer] = self._room(len(buffer.extents))

    def _room(self, words: int = 1) -> int:
        self.size += words
        return self.size - words


def made_buffers(body: Sequence[Statement]) -> Iterator[Buffer]:
    """The root buffers that host statements make, in order, at any depth."""
    pending = list(reversed(body))
    while pending:
        s = pending.pop()
        match s:
            case Declare():
                yield s.buffer
            case Perform():
                yield from s.outputs
            case Loop():
                pending += reversed(s.body)
            case If():
                pending += reversed((*s.then, *s.orelse))


def uses(s: Statement, kernels: Mapping[Kernel, "Interface"]) -> Iterator[Scalar]:
    """The scalars that a host statement reads, at any depth."""
    values: list[Value] = []
    buffers: list[Buffer] = []
    match s:
        case Compute():
            values += s.args
        case Load():
            buffers.append(s.buffer)
            values += s.indices
        case Store():
            buffers.append(s.buffer)
            values += [*s.indices, s.value]
        case Check():
            values += [s.condition, *s.args]
        case Declare():
            values += s.buffer.extents
        case MatMul():
            buffers += [s.out, s.a, s.b]
        case Perform():
            buffers += s.inputs
        case Kernel():
            yield from kernels[s].scalars
        case Loop():
            values += [s.extent, *(v for c in s.carried for v in (c.init, c.next))]
            for inner in s.body:
                yield from uses(inner, kernels)
        case If():
            values.append(s.condition)
            for inner in (*s.then, *s.orelse):
                yield from uses(inner, kernels)
    for buffer in buffers:
        values += [*buffer.extents, *buffer.strides, buffer.offset]
    yield from (v for v in values if isinstance(v, Scalar))


def defines(s: Statement) -> Iterator[Scalar]:
    """The scalars that a host statement makes for those behind it."""
    match s:
        case Compute() | Load() | Extent():
            yield s.out
        case Loop():
            yield from (carry.result for carry in s.carried)


class Environment:
    """What names mean within one function: scalars by object, memory by root buffer."""

    def __init__(self, function: ir.Function) -> None:
        self.function = function
        self.values: dict[Scalar, ir.Value] = {}
        self.pointers: dict[Buffer, ir.Value] = {}


class Emitter:
    """Writes one program as a module."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.module = ir.Module(program.name)
        self.module.triple = host().triple
        self.interfaces: dict[Kernel, Interface] = {
            statement: canonical(statement.body) for statement in kernels_in(program.body)
        }
        self.kernels: dict[str, ir.Function] = {}
        self.tables: dict[tuple[int, ...], ir.GlobalVariable] = {}
        self.frame_size = 0
        self.checks: list[Check] = []
        self.performs: list[Perform] = []

    def emit(self) -> ir.Module:
        """The host statements in parts of bounded size: code generation takes more than linear
        time in the size of a function. What one part defines and another uses lies in a frame."""
        body = self.program.body
        parts = [body[start : start + PART] for start in range(0, len(body), PART)] or [[]]
        frame = Frame(self.program, parts, self.interfaces)
        self.frame_size = frame.size
        entry = ir.Function(self.module, ir.FunctionType(I64, SIGNATURE), ENTRY)
        b = ir.IRBuilder(entry.append_basic_block())
        for number, part in enumerate(parts):
            type = ir.FunctionType(I64, SIGNATURE)
            function = ir.Function(self.module, type, f"part{number}")
            function.linkage = "internal"
            function.attributes.add("noinline" if len(parts) > 1 else "alwaysinline")
            HostEmitter(self, Environment(function), frame).run(part)
            code = b.call(function, entry.args)
            failed = b.icmp_signed("!=", code, ir.Constant(I64, 0))
            with b.if_then(failed, likely=False):
                b.ret(code)
        b.ret(ir.Constant(I64, 0))
        return self.module

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

    def reserve_run(self) -> ir.Function:
        """`reserve_run(slots, sizes, token, calls, refused, size, places, table, count)`: the
        memory of `count` slots of one size, listed in `table`, put at `places`."""
        existing = self.module.globals.get("reserve_run")
        if existing is not None:
            return existing
        types = [PTR, PTR, I64, PTR, PTR, I64, PTR, PTR, I64]
        function = self.helper("reserve_run", ir.VoidType(), types)
        *common, size, places, table, count = function.args
        start = function.append_basic_block()
        b = ir.IRBuilder(start)
        head, done = b.append_basic_block("loop"), b.append_basic_block("done")
        b.branch(head)
        b.position_at_end(head)
        index = b.phi(I64)
        index.add_incoming(ir.Constant(I64, 0), start)
        slot = b.zext(b.load(b.gep(table, [index], source_etype=I32), typ=I32), I64)
        memory = b.call(self.reserve(), [*common, slot, size])
        b.store(memory, b.gep(places, [index], source_etype=PTR))
        following = b.add(index, ir.Constant(I64, 1))
        index.add_incoming(following, head)
        b.cbranch(b.icmp_signed("<", following, count), head, done)
        b.position_at_end(done)
        b.ret_void()
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
        """The function of a kernel: its root buffers, then its scalars. Equal kernels share one."""
        key, free, roots = self.interfaces[statement]
        function = self.kernels.get(key)
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


class Interface(NamedTuple):
    """A kernel from outside: a text that is equal for kernels equal but for names, and the
    scalars and root buffers that it uses, in order of appearance."""

    key: str
    scalars: list[Scalar]
    roots: list[Buffer]


def kernels_in(body: Sequence[Statement]) -> Iterator[Kernel]:
    pending = list(body)
    while pending:
        s = pending.pop()
        match s:
            case Kernel():
                yield s
            case Loop():
                pending += s.body
            case If():
                pending += (*s.then, *s.orelse)


def canonical(body: Sequence[Statement]) -> Interface:
    names: dict[Scalar, str] = {}
    free: list[Scalar] = []
    roots: dict[Buffer, str] = {}

    def value(v: Value) -> str:
        if isinstance(v, Literal):
            return f"{v.value!r}:{v.dtype}"
        if v not in names:
            names[v] = f"f{len(free)}:{v.dtype}"
            free.append(v)
        return names[v]

    def define(s: Scalar) -> str:
        names[s] = f"s{len(names)}"
        return names[s]

    def place(buffer: Buffer, indices: Sequence[Value]) -> str:
        root = roots.setdefault(buffer.root, f"m{len(roots)}")
        steps = ",".join(map(value, buffer.strides))
        at = ",".join(map(value, indices))
        return f"{root}.{buffer.dtype}+{value(buffer.offset)}({steps})[{at}]"

    def lines(statements: Sequence[Statement]) -> Iterator[str]:
        for s in statements:
            match s:
                case Compute():
                    args = ",".join(map(value, s.args))
                    yield f"{define(s.out)}:{s.out.dtype}={s.fn}({args}){s.reassociable}"
                case Load():
                    at = place(s.buffer, s.indices)
                    yield f"{define(s.out)}={at}"
                case Store():
                    yield f"{place(s.buffer, s.indices)}={value(s.value)}"
                case Loop():
                    inits = ",".join(value(c.init) for c in s.carried)
                    yield f"for {value(s.extent)} {inits}"
                    yield ",".join(define(x) for x in (s.index, *(c.phi for c in s.carried)))
                    yield from lines(s.body)
                    yield "next " + ",".join(value(c.next) for c in s.carried)
                    yield ",".join(define(c.result) for c in s.carried)
                case If():
                    yield f"if {value(s.condition)}"
                    yield from lines(s.then)
                    yield "else"
                    yield from lines(s.orelse)
                    yield "end"
                case _:
                    raise TypeError(f"{type(s).__name__} has no place in a kernel")

    return Interface("\n".join(lines(body)), free, list(roots))


class BlockEmitter:
    """Writes scalar statements, loops and branches at a builder."""

    def __init__(self, builder: ir.IRBuilder, env: Environment) -> None:
        self.b = builder
        self.env = env

    def value(self, v: Value) -> ir.Value:
        if isinstance(v, Literal):
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
                with self.b.if_else(self.value(s.condition)) as (then, orelse):
                    with then:
                        self.block(s.then)
                    with orelse:
                        self.block(s.orelse)
            case _:
                raise TypeError(f"{type(s).__name__} has no place in a kernel")

    def compute(self, s: Compute) -> None:
        args = [self.value(a) for a in s.args]
        if s.fn.startswith("cast{"):
            result = scalars.cast(self.b, args[0], s.args[0].dtype, s.out.dtype)
        else:
            dtype = s.args[-1].dtype
            result = scalars.emit(self.b, s.fn, dtype, args, s.reassociable)
        self.env.values[s.out] = result

    def address(self, buffer: Buffer, indices: Sequence[Value]) -> ir.Value:
        total = self.value(buffer.offset)
        for index, stride in zip(indices, buffer.strides, strict=True):
            if isinstance(stride, Literal) and stride.value == 0:
                continue
            step = self.value(index)
            if stride != ONE:
                step = self.b.mul(step, self.value(stride), flags=("nsw",))
            total = step if _is_zero(total) else self.b.add(total, step, flags=("nsw",))
        pointer = self.pointer(buffer.root)
        if _is_zero(total):
            return pointer
        return self.b.gep(
            pointer, [total], inbounds=True, source_etype=scalars.memory_type(buffer.dtype)
        )

    def loop(self, s: Loop) -> None:
        """Guarded and tested at its end, the form that LLVM's vectoriser expects."""
        b, env = self.b, self.env
        extent = self.value(s.extent)
        before = b.block
        inits = [self.value(c.init) for c in s.carried]
        head, done = b.append_basic_block("loop"), b.append_basic_block("done")
        b.cbranch(b.icmp_signed("<", ir.Constant(I64, 0), extent), head, done)
        b.position_at_end(head)
        index = b.phi(I64)
        index.add_incoming(ir.Constant(I64, 0), before)
        env.values[s.index] = index
        phis = []
        for carry, init in zip(s.carried, inits, strict=True):
            phi = b.phi(init.type)
            phi.add_incoming(init, before)
            env.values[carry.phi] = phi
            phis.append(phi)
        self.block(s.body)
        following = b.add(index, ir.Constant(I64, 1), flags=("nsw", "nuw"))
        index.add_incoming(following, b.block)
        lasts = [self.value(c.next) for c in s.carried]
        for phi, last in zip(phis, lasts, strict=True):
            phi.add_incoming(last, b.block)
        end = b.block
        b.cbranch(b.icmp_signed("<", following, extent), head, done)
        b.position_at_end(done)
        for carry, init, last in zip(s.carried, inits, lasts, strict=True):
            result = b.phi(init.type)
            result.add_incoming(init, before)
            result.add_incoming(last, end)
            env.values[carry.result] = result


def _is_zero(value: ir.Value) -> bool:
    return isinstance(value, ir.Constant) and value.constant == 0


class HostEmitter(BlockEmitter):
    """Writes one part of the host program."""

    def __init__(self, emitter: Emitter, env: Environment, frame: Frame) -> None:
        super().__init__(ir.IRBuilder(env.function.append_basic_block("entrance")), env)
        self.emitter = emitter
        self.frame = frame
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
        # Scratch arrays, and what comes from the frame, are made at the entrance, which goes on
        # to the statements: everything there is seen by all of them.
        self.entrance = self.b.block
        self.refused = self.b.alloca(I64)
        self.b.store(ir.Constant(I64, 0), self.refused)
        self.unconfirmed = False
        start = env.function.append_basic_block("start")
        self.b.branch(start)
        self.b.position_at_end(start)
        program = emitter.program
        self.results = {buffer: number for number, buffer in enumerate(program.results)}
        self.first_dim: dict[Buffer, int] = {}
        position = 0
        for buffer in program.arguments:
            self.first_dim[buffer] = position
            position += len(buffer.extents)

    def run(self, statements: Sequence[Statement]) -> None:
        for size, run in groupby(statements, arena_size):
            several = list(run)
            if size is not None and len(several) >= RUN:
                self.reserve_run([s.buffer for s in several if isinstance(s, Declare)])
                continue
            for statement in several:
                self.statement(statement)
                for made in defines(statement):
                    if made in self.frame.places:
                        self._keep(made, self.env.values[made])
        self.confirm()
        self.b.ret(ir.Constant(I64, 0))

    def _keep(self, made: Scalar | Buffer, value: ir.Value) -> None:
        self.b.store(value, self._place(self.memory, self.frame.places[made]))

    @contextmanager
    def at_entrance(self) -> Iterator[None]:
        with self.b.goto_block(self.entrance):
            self.b.position_before(self.entrance.terminator)
            yield

    def value(self, v: Value) -> ir.Value:
        if isinstance(v, Scalar) and v not in self.env.values:
            with self.at_entrance():
                place = self._place(self.memory, self.frame.places[v])
                self.env.values[v] = self.b.load(place, typ=scalars.register_type(v.dtype))
        return super().value(v)

    def pointer(self, root: Buffer) -> ir.Value:
        return self._slot(self.memory, self.frame.places[root])

    def _slot(self, array: ir.Value, number: int, type: ir.Type = PTR) -> ir.Value:
        return self.b.load(self._place(array, number, type), typ=type)

    def _place(self, array: ir.Value, number: int, type: ir.Type = I64) -> ir.Value:
        return self.b.gep(array, [ir.Constant(I64, number)], inbounds=True, source_etype=type)

    def _scratch(self, count: int, type: ir.Type = I64) -> ir.Value:
        with self.at_entrance():
            return self.b.alloca(type, size=max(count, 1))

    def statement(self, s: Statement) -> None:
        if not isinstance(s, Compute | Extent | Declare):
            self.confirm()
        match s:
            case Kernel():
                self.kernel(s)
            case Extent():
                self.extent(s)
            case Declare():
                self.declare(s.buffer)
            case Check():
                self.check(s)
            case MatMul():
                self.matmul(s)
            case Perform():
                self.perform(s)
            case _:
                super().statement(s)

    def kernel(self, s: Kernel) -> None:
        _, free, roots = self.emitter.interfaces[s]
        function = self.emitter.kernel(s)
        values = [self.value(v) for v in free]
        if len(roots) <= WIDE:
            self.b.call(function, [self.pointer(root) for root in roots] + values)
        else:
            table = self.emitter.table([self.frame.places[root] for root in roots])
            self.b.call(self.emitter.wide(function, len(roots)), [self.memory, table, *values])

    def extent(self, s: Extent) -> None:
        if s.buffer in self.first_dim:
            array, first = self.dims, self.first_dim[s.buffer]
        else:
            array, first = self.memory, self.frame.extents[s.buffer]
        self.env.values[s.out] = self._slot(array, first + s.axis, I64)

    def _store_all(self, array: ir.Value, values: Sequence[ir.Value], first: int = 0) -> None:
        for position, value in enumerate(values, first):
            self.b.store(value, self._place(array, position))

    def _return_if_null(self, pointer: ir.Value) -> None:
        is_null = self.b.icmp_unsigned("==", pointer, ir.Constant(PTR, None))
        with self.b.if_then(is_null, likely=False):
            self.b.ret(ir.Constant(I64, -1))

    def declare(self, buffer: Buffer) -> None:
        if buffer.kind == "result":
            extents = [self.value(e) for e in buffer.extents]
            dims = self._scratch(len(extents))
            self._store_all(dims, extents)
            type = ir.FunctionType(PTR, [I64, I64, PTR])
            number = ir.Constant(I64, self.results[buffer])
            call = self._slot(self.calls, 1)
            pointer = self.b.call(Callee(call, type), [self.token, number, dims])
            self._return_if_null(pointer)
        else:
            assert buffer.slot is not None
            slot = ir.Constant(I64, buffer.slot)
            arguments = [*self._workspace(), slot, self._size(buffer)]
            pointer = self.b.call(self.emitter.reserve(), arguments)
        self._keep(buffer, pointer)

    def reserve_run(self, buffers: Sequence[Buffer]) -> None:
        """Memory for buffers of one size, whose places follow each other."""
        first = self._place(self.memory, self.frame.places[buffers[0]])
        table = self.emitter.table([b.slot for b in buffers if b.slot is not None])
        arguments = [*self._workspace(), self._size(buffers[0]), first, table]
        self.b.call(self.emitter.reserve_run(), [*arguments, ir.Constant(I64, len(buffers))])

    def _workspace(self) -> list[ir.Value]:
        """What `reserve` and `reserve_run` are given first."""
        self.unconfirmed = True
        return [self.slots, self.sizes, self.token, self.calls, self.refused]

    def _size(self, buffer: Buffer) -> ir.Value:
        """In bytes."""
        size: ir.Value = ir.Constant(I64, _bytes(scalars.memory_type(buffer.dtype)))
        for extent in buffer.extents:
            size = self.b.mul(size, self.value(extent))
        return size

    def confirm(self) -> None:
        """Leave if any memory asked for since the last time was refused."""
        if self.unconfirmed:
            self.unconfirmed = False
            refused = self.b.load(self.refused, typ=I64)
            is_refused = self.b.icmp_signed("!=", refused, ir.Constant(I64, 0))
            with self.b.if_then(is_refused, likely=False):
                self.b.ret(ir.Constant(I64, -1))

    def check(self, s: Check) -> None:
        self.emitter.checks.append(s)
        number = len(self.emitter.checks)
        with self.b.if_then(self.b.not_(self.value(s.condition)), likely=False):
            values = [scalars.cast(self.b, self.value(v), v.dtype, "int64") for v in s.args]
            self._store_all(self.failed, values)
            self.b.ret(ir.Constant(I64, number))

    def matmul(self, s: MatMul) -> None:
        """cblas_?gemm; a stride of 1 on the first axis means the matrix lies transposed."""
        single = s.out.dtype == "float32"
        real = scalars.FLOAT if single else scalars.DOUBLE
        name = f"cblas_{'s' if single else 'd'}gemm"
        type = ir.FunctionType(
            ir.VoidType(),
            [I32, I32, I32, I32, I32, I32, real, PTR, I32, PTR, I32, real, PTR, I32],
        )
        gemm = self.emitter.module.globals.get(name) or ir.Function(self.emitter.module, type, name)
        a_trans, a_ld = self._layout(s.a)
        b_trans, b_ld = self._layout(s.b)
        _, c_ld = self._layout(s.out)
        rows, columns = (self._i32(self.value(e)) for e in s.out.extents)
        inner = self._i32(self.value(s.a.extents[1]))
        k = ir.Constant
        self.b.call(
            gemm,
            [
                k(I32, ROW_MAJOR), k(I32, a_trans), k(I32, b_trans), rows, columns, inner,
                k(real, 1.0), self.address(s.a, [ONE_INDEX] * 2), a_ld,
                self.address(s.b, [ONE_INDEX] * 2), b_ld,
                k(real, 0.0), self.address(s.out, [ONE_INDEX] * 2), c_ld,
            ],
        )  # fmt: skip

    def _i32(self, value: ir.Value) -> ir.Value:
        return self.b.trunc(value, I32)

    def _layout(self, x: Buffer) -> tuple[int, ir.Value]:
        """Whether a matrix lies transposed, and its leading dimension (at least a row)."""
        transposed = x.strides[1] != ONE
        stride = self.value(x.strides[0 if not transposed else 1])
        least = self.value(x.extents[1 if not transposed else 0])
        least = self.b.select(
            self.b.icmp_signed("<", least, ir.Constant(I64, 1)), ir.Constant(I64, 1), least
        )
        ld = self.b.select(self.b.icmp_signed("<", stride, least), least, stride)
        return (TRANS if transposed else NO_TRANS), self._i32(ld)

    def perform(self, s: Perform) -> None:
        """Hand addresses, extents and strides to the runtime; take the results' back."""
        number = len(self.emitter.performs)
        self.emitter.performs.append(s)
        pointers = self._scratch(len(s.inputs) + len(s.outputs), PTR)
        shapes = [self.value(v) for x in s.inputs for v in (*x.extents, *x.strides)]
        ranks = [variable.type.ndim for variable in s.node.outputs]
        dims = self._scratch(len(shapes) + sum(ranks))
        for position, buffer in enumerate(s.inputs):
            address = self.address(buffer, [ONE_INDEX] * len(buffer.extents))
            self.b.store(address, self._place(pointers, position, PTR))
        self._store_all(dims, shapes)
        type = ir.FunctionType(I64, [I64, I64, PTR, PTR])
        call = Callee(self._slot(self.calls, 2), type)
        code = self.b.call(call, [self.token, ir.Constant(I64, number), pointers, dims])
        with self.b.if_then(self.b.icmp_signed("!=", code, ir.Constant(I64, 0)), likely=False):
            self.b.ret(ir.Constant(I64, -1))
        position = len(shapes)
        for index, (buffer, rank) in enumerate(zip(s.outputs, ranks, strict=True)):
            self._keep(buffer, self._slot(pointers, len(s.inputs) + index))
            for axis in range(rank):
                extent = self._slot(dims, position + axis, I64)
                self.b.store(extent, self._place(self.memory, self.frame.extents[buffer] + axis))
            position += rank


ONE_INDEX = Literal(0)


def arena_size(s: Statement) -> tuple | None:
    """What is equal for the declarations of scratch buffers of one size; None for all else."""
    if not isinstance(s, Declare) or s.buffer.kind != "arena":
        return None
    return (s.buffer.extents, _bytes(scalars.memory_type(s.buffer.dtype)))


class Callee:
    """A pointer to be called, with the type of its function as `IRBuilder.call` wants it."""

    def __init__(self, pointer: ir.Value, type: ir.FunctionType) -> None:
        self.pointer = pointer
        self.type = PTR
        self.function_type = type

    def get_reference(self) -> str:
        return self.pointer.get_reference()


def _bytes(type: ir.Type) -> int:
    if isinstance(type, ir.IntType):
        return type.width // 8
    return {scalars.HALF: 2, scalars.FLOAT: 4, scalars.DOUBLE: 8}[type]
