"""The loop program as LLVM IR: functions for the host statements, and one for each kernel.

The host function has the signature

    i64 entry(i8** data, i64* dims, i8** slots, i64* sizes, i64 token, i8** calls, i64* failed)

`data` holds the arguments' and constants' addresses, `dims` the extents of the arguments one
after the other, `slots` and `sizes` the workspace; `calls` are the runtime's `grow`, `result`
and `perform` (see `runtime`), which are given `token`; `failed` receives the values that a
failing check speaks of. It returns 0, or the number of the failing check from 1, or -1 where
a call-back raised.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

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


class Frame:
    """Where the parts of the host program keep what later parts need: a place for each scalar,
    root buffer, and extents of a fall-back's result."""

    def __init__(self, parts: Sequence[Sequence[Statement]]) -> None:
        self.places: dict[Scalar | Buffer, int] = {}
        defined: dict[Scalar | Buffer, int] = {}
        for number, part in enumerate(parts):
            for statement in part:
                for used in uses(statement):
                    if defined.get(used, number) != number:
                        self.places.setdefault(used, len(self.places))
                for made in defines(statement):
                    defined[made] = number


def uses(s: Statement) -> Iterator[Scalar | Buffer]:
    """The scalars and root buffers that a host statement reads, at any depth."""
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
            _, free, roots = canonical(s.body)
            yield from free
            yield from roots
        case Loop():
            values += [s.extent, *(v for c in s.carried for v in (c.init, c.next))]
            for inner in s.body:
                yield from uses(inner)
        case If():
            values.append(s.condition)
            for inner in (*s.then, *s.orelse):
                yield from uses(inner)
        case Extent():
            yield s.buffer
    for buffer in buffers:
        yield buffer.root
        values += [*buffer.extents, *buffer.strides, buffer.offset]
    yield from (v for v in values if isinstance(v, Scalar))


def defines(s: Statement) -> Iterator[Scalar | Buffer]:
    """What a host statement makes for those behind it."""
    match s:
        case Compute() | Load() | Extent():
            yield s.out
        case Declare():
            yield s.buffer
        case Perform():
            yield from s.outputs
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
        self.kernels: dict[str, ir.Function] = {}
        self.checks: list[Check] = []
        self.performs: list[Perform] = []

    def emit(self) -> ir.Module:
        """The host statements in parts of bounded size: code generation takes more than linear
        time in the size of a function. What one part defines and another uses lies in a frame."""
        body = self.program.body
        parts = [body[start : start + PART] for start in range(0, len(body), PART)] or [[]]
        frame = Frame(parts)
        entry = ir.Function(self.module, ir.FunctionType(I64, SIGNATURE), ENTRY)
        b = ir.IRBuilder(entry.append_basic_block())
        memory = b.alloca(I64, size=max(len(frame.places), 1))
        for number, part in enumerate(parts):
            type = ir.FunctionType(I64, [*SIGNATURE, PTR])
            function = ir.Function(self.module, type, f"part{number}")
            function.linkage = "internal"
            function.attributes.add("noinline" if len(parts) > 1 else "alwaysinline")
            HostEmitter(self, Environment(function), frame).run(part)
            code = b.call(function, [*entry.args, memory])
            failed = b.icmp_signed("!=", code, ir.Constant(I64, 0))
            with b.if_then(failed, likely=False):
                b.ret(code)
        b.ret(ir.Constant(I64, 0))
        return self.module

    def reserve(self) -> ir.Function:
        """`reserve(slots, sizes, token, calls, refused, slot, size)`: the memory of a slot, grown
        by the runtime where it is too small; where there is none, `*refused` is set."""
        existing = self.module.globals.get("reserve")
        if existing is not None:
            return existing
        type = ir.FunctionType(PTR, [PTR, PTR, I64, PTR, PTR, I64, I64])
        function = ir.Function(self.module, type, "reserve")
        function.linkage = "internal"
        function.attributes.add("noinline")
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

    def kernel(self, statement: Kernel) -> tuple[ir.Function, list[Scalar], list[Buffer]]:
        """The function of a kernel, and what to call it with. Equal kernels share one."""
        key, free, roots = canonical(statement.body)
        function = self.kernels.get(key)
        if function is None:
            types = [PTR] * len(roots) + [scalars.register_type(s.dtype) for s in free]
            name = f"kernel{len(self.kernels)}"
            function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), types), name)
            function.linkage = "internal"
            function.attributes.add("nounwind")
            function.attributes.add("noinline")
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
        return function, free, roots


def canonical(body: Sequence[Statement]) -> tuple[str, list[Scalar], list[Buffer]]:
    """A text that is equal for kernels equal but for names, with the scalars and the root
    buffers that they use from outside in order of appearance."""
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

    return "\n".join(lines(body)), free, list(roots)


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
        names = ("data", "dims", "slots", "sizes", "token", "calls", "failed", "frame")
        for name, argument in zip(names, env.function.args, strict=True):
            argument.name = name
        (
            self.data,
            self.dims,
            self.slots,
            self.sizes,
            self.token,
            self.calls,
            self.failed,
            self.memory,
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
        self.number = {b: n for n, b in enumerate((*program.arguments, *program.constants))}
        self.results = {buffer: number for number, buffer in enumerate(program.results)}
        self.first_dim: dict[Buffer, int] = {}
        position = 0
        for buffer in program.arguments:
            self.first_dim[buffer] = position
            position += len(buffer.extents)
        self.fallback_dims: dict[Buffer, tuple[ir.Value, int]] = {}

    def run(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            self.statement(statement)
            for made in defines(statement):
                if made in self.frame.places:
                    self._keep(made)
        self.confirm()
        self.b.ret(ir.Constant(I64, 0))

    def _keep(self, made: Scalar | Buffer) -> None:
        env = self.env
        value = env.values[made] if isinstance(made, Scalar) else env.pointers[made]
        self.b.store(value, self._place(self.memory, self.frame.places[made]))

    def _kept(self, made: Scalar | Buffer, type: ir.Type) -> ir.Value:
        with self.at_entrance():
            return self.b.load(self._place(self.memory, self.frame.places[made]), typ=type)

    @contextmanager
    def at_entrance(self) -> Iterator[None]:
        with self.b.goto_block(self.entrance):
            self.b.position_before(self.entrance.terminator)
            yield

    def value(self, v: Value) -> ir.Value:
        if isinstance(v, Scalar) and v not in self.env.values:
            self.env.values[v] = self._kept(v, scalars.register_type(v.dtype))
        return super().value(v)

    def pointer(self, root: Buffer) -> ir.Value:
        if root not in self.env.pointers:
            if root in self.number:
                with self.at_entrance():
                    self.env.pointers[root] = self._slot(self.data, self.number[root])
            else:
                self.env.pointers[root] = self._kept(root, PTR)
        return self.env.pointers[root]

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
                function, free, roots = self.emitter.kernel(s)
                pointers = [self.pointer(root) for root in roots]
                self.b.call(function, pointers + [self.value(v) for v in free])
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

    def extent(self, s: Extent) -> None:
        if s.buffer in self.first_dim:
            array, first = self.dims, self.first_dim[s.buffer]
        else:
            array, first = self.fallback_dims[s.buffer]
        self.env.values[s.out] = self._slot(array, first + s.axis, I64)

    def _store_all(self, array: ir.Value, values: Sequence[ir.Value], first: int = 0) -> None:
        for position, value in enumerate(values, first):
            self.b.store(value, self._place(array, position))

    def _return_if_null(self, pointer: ir.Value) -> None:
        is_null = self.b.icmp_unsigned("==", pointer, ir.Constant(PTR, None))
        with self.b.if_then(is_null, likely=False):
            self.b.ret(ir.Constant(I64, -1))

    def declare(self, buffer: Buffer) -> None:
        extents = [self.value(e) for e in buffer.extents]
        if buffer.kind == "result":
            dims = self._scratch(len(extents))
            self._store_all(dims, extents)
            type = ir.FunctionType(PTR, [I64, I64, PTR])
            number = ir.Constant(I64, self.results[buffer])
            call = self._slot(self.calls, 1)
            pointer = self.b.call(Callee(call, type), [self.token, number, dims])
            self._return_if_null(pointer)
        else:
            pointer = self._slot_memory(buffer, extents)
        self.env.pointers[buffer] = pointer

    def _slot_memory(self, buffer: Buffer, extents: Sequence[ir.Value]) -> ir.Value:
        """The workspace slot of the buffer, made larger where it does not suffice."""
        assert buffer.slot is not None
        size: ir.Value = ir.Constant(I64, _bytes(scalars.memory_type(buffer.dtype)))
        for extent in extents:
            size = self.b.mul(size, extent)
        slot = ir.Constant(I64, buffer.slot)
        arguments = [self.slots, self.sizes, self.token, self.calls, self.refused, slot, size]
        self.unconfirmed = True
        return self.b.call(self.emitter.reserve(), arguments)

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
            self.env.pointers[buffer] = self._slot(pointers, len(s.inputs) + index)
            self.fallback_dims[buffer] = (dims, position)
            position += rank


ONE_INDEX = Literal(0)


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
