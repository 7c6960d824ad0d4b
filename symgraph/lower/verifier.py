"""Check the rules that every loop program obeys; tests run this between passes and targets.

Scalars are assigned once and used only where they are in scope, operands have the dtypes that the
scalar table requires, memory is declared before it is used and not used after its slot went to
another buffer, and what the caller owns is never written, except for arguments that results
replace: those are written after everything that may fail, and not read any more.
"""

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from string import Formatter
from typing import Any, NoReturn

from symgraph.lower.program.lapack import PARTS, Kind, array_dtype, operands
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
    Load,
    Loop,
    MatMul,
    NumpyCall,
    Pool,
    Program,
    SelectRows,
    SortRows,
    Statement,
    Store,
    TiledRegion,
    Timestamp,
)
from symgraph.lower.program.values import ONE, Buffer, BufferKind, Scalar, Value
from symgraph.lower.regions import why_not_tiled
from symgraph.ops.scalar import scalar_named

READ_ONLY = (BufferKind.ARGUMENT, BufferKind.CONSTANT, BufferKind.FALLBACK)
SORTED = ("float32", "float64", "int32", "int64", "uint32", "uint64")
IN_KERNELS = (Compute, Load, Store, Loop, If)


class VerificationError(AssertionError):
    """A loop program breaks a rule; the message names the statement."""


def verify(program: Program, planned: bool = True) -> None:
    """Raise VerificationError unless the program obeys the rules. A program that is not `planned`
    has no slots for scratch memory yet."""
    _Verifier(program, planned).run()


class _Verifier:
    def __init__(self, program: Program, planned: bool) -> None:
        self.program = program
        self.planned = planned
        self.assigned: set[Scalar] = set()
        self.scope: set[Scalar] = set()
        # The root buffers that have memory now, and the buffer that each slot belongs to.
        self.present: set[Buffer] = {*program.arguments, *program.constants}
        self.owners: dict[int, Buffer] = {}
        # The arguments that results replace, by result; and those whose values are overwritten
        # already.
        overwrites = program.overwrites.items()
        self.replaced = {program.arguments[a]: program.results[n] for n, a in overwrites}
        self.lost: set[Buffer] = set()
        self.statement: Statement | None = None
        self.in_kernel = False
        # In an injective kernel, which visits each point of its space once: where it has written
        # over arguments, by the indices. Other elements still have the old values.
        self.injective = False
        self.rewritten: dict[Buffer, set[tuple[Value, ...]]] = {}

    def run(self) -> None:
        self.block(self.program.body)
        self.statement = None
        for number, buffer in enumerate(self.program.results):
            if number in self.program.overwrites:
                self.expect(buffer.root in self.replaced, f"{buffer} overwrites no argument")
            elif buffer.kind is not BufferKind.RESULT:
                self.fail(f"{buffer} is handed to the caller but is {buffer.kind}")
            self.memory(buffer)
        if len(set(self.program.results)) != len(self.program.results):
            self.fail("one buffer is two results")

    def fail(self, reason: str) -> NoReturn:
        name = "" if self.statement is None else f"{type(self.statement).__name__}: "
        raise VerificationError(f"{self.program.name}: {name}{reason}")

    def expect(self, condition: bool, reason: str) -> None:
        if not condition:
            self.fail(reason)

    # --- scalars ---

    def define(self, scalar: Scalar, dtype: str | None = None) -> None:
        self.expect(scalar not in self.assigned, f"{scalar} is assigned twice")
        if dtype is not None:
            self.expect(scalar.dtype == dtype, f"{scalar} is {scalar.dtype}, its value {dtype}")
        self.assigned.add(scalar)
        self.scope.add(scalar)

    def use(self, value: Value, dtype: str | None = None) -> None:
        if isinstance(value, Scalar):
            self.expect(value in self.scope, f"{value} is used where it is not known")
        if dtype is not None:
            self.expect(value.dtype == dtype, f"{value} is {value.dtype} instead of {dtype}")

    def use_all(self, values: Iterable[Value], dtype: str) -> None:
        for value in values:
            self.use(value, dtype)

    @contextmanager
    def nested(self) -> Any:
        """Return a context whose definitions are forgotten afterwards."""
        scope = set(self.scope)
        yield
        self.scope = scope

    # --- memory ---

    def memory(self, buffer: Buffer) -> None:
        root = buffer.root
        self.expect(root in self.present, f"{buffer} is used before {root} is declared")
        if root.slot is not None:
            owner = self.owners.get(root.slot)
            self.expect(owner is root, f"{buffer} is used after its slot went to {owner}")

    def layout(self, buffer: Buffer) -> None:
        self.memory(buffer)
        rank = len(buffer.extents)
        self.expect(len(buffer.strides) == rank, f"{buffer} has {len(buffer.strides)} strides")
        self.use_all((*buffer.extents, *buffer.strides, buffer.offset), "int64")
        self.expect(buffer.dtype == buffer.root.dtype, f"{buffer} changes the dtype of its base")

    def written(self, buffer: Buffer, indices: Sequence[Value] = ()) -> None:
        kind = buffer.root.kind
        if buffer.root in self.replaced:
            if self.injective:
                self.rewritten.setdefault(buffer.root, set()).add(tuple(indices))
            else:
                self.lost.add(buffer.root)
            return
        self.expect(kind not in READ_ONLY, f"{buffer} is written, but belongs to a {kind}")

    def unspoilt(self, buffer: Buffer, indices: Sequence[Value] = ()) -> None:
        """Check that memory which a result has overwritten is only read as that result."""
        rewritten = self.rewritten.get(buffer.root, ())
        if buffer.root not in self.lost and tuple(indices) not in rewritten:
            return
        result, seen = self.replaced[buffer.root], buffer
        while seen is not result and seen.base is not None:
            seen = seen.base
        self.expect(seen is result, f"{buffer} is read after {result} has overwritten it")

    def access(self, buffer: Buffer, indices: Sequence[Value]) -> None:
        self.layout(buffer)
        self.expect(
            len(indices) == len(buffer.strides),
            f"{len(indices)} indices for {buffer} of rank {len(buffer.strides)}",
        )
        self.use_all(indices, "int64")

    # --- statements ---

    def block(self, body: Sequence[Statement]) -> None:
        for statement in body:
            self.statement = statement
            if self.in_kernel:
                allowed = isinstance(statement, IN_KERNELS)
                self.expect(allowed, f"{type(statement).__name__} has no place in a kernel")
            getattr(self, f"check_{type(statement).__name__.lower()}")(statement)

    def check_compute(self, s: Compute) -> None:
        scalar = scalar_named(s.fn)
        dtypes = [value.dtype for value in s.args]
        self.expect(len(dtypes) == scalar.arity, f"{s.fn} of {len(dtypes)} operands")
        for value, wanted in zip(s.args, scalar.operand(dtypes), strict=True):
            self.use(value, wanted)
        self.define(s.out, scalar.result(dtypes))

    def check_load(self, s: Load) -> None:
        self.access(s.buffer, s.indices)
        self.unspoilt(s.buffer, s.indices)
        self.define(s.out, s.buffer.dtype)

    def check_store(self, s: Store) -> None:
        self.access(s.buffer, s.indices)
        self.written(s.buffer, s.indices)
        self.use(s.value, s.buffer.dtype)

    def check_loop(self, s: Loop) -> None:
        self.use(s.extent, "int64")
        for carry in s.carried:
            self.use(carry.init, carry.phi.dtype)
        with self.nested():
            self.define(s.index, "int64")
            for carry in s.carried:
                self.define(carry.phi)
            self.block(s.body)
            self.statement = s
            for carry in s.carried:
                self.use(carry.next, carry.phi.dtype)
        for carry in s.carried:
            self.define(carry.result, carry.phi.dtype)

    def check_if(self, s: If) -> None:
        self.use(s.condition, "bool")
        present = set(self.present)
        for body in (s.then, s.orelse):
            with self.nested():
                self.present = set(present)
                self.block(body)
        self.present = present

    def check_kernel(self, s: Kernel) -> None:
        self.in_kernel, self.injective = True, s.injective
        with self.nested():
            self.block(s.body)
        self.in_kernel = self.injective = False
        self.lost |= self.rewritten.keys()
        self.rewritten.clear()

    def check_check(self, s: Check) -> None:
        self.expect(s.static or not self.lost, f"{self.lost} are lost before this may fail")
        self.use(s.condition, "bool")
        for value in s.args:
            self.use(value)
        named = {int(field) for _, field, _, _ in Formatter().parse(s.message) if field}
        self.expect(named <= set(range(len(s.args))), f"no values for all of {s.message!r}")

    def check_timestamp(self, s: Timestamp) -> None:
        count = len(self.program.timed)
        self.expect(s.number is None or s.number < count, f"there is no clock {s.number}")

    def check_extent(self, s: Extent) -> None:
        kind = s.buffer.kind
        self.expect(
            kind in (BufferKind.ARGUMENT, BufferKind.FALLBACK),
            f"the extents of {s.buffer} are {kind}'s own",
        )
        self.memory(s.buffer)
        self.define(s.out, "int64")

    def check_alloc(self, s: Alloc) -> None:
        buffer = s.buffer
        self.expect(
            buffer.kind in (BufferKind.ARENA, BufferKind.RESULT), f"{buffer} is a {buffer.kind}"
        )
        self.expect(buffer.root not in self.present, f"{buffer} is declared twice")
        in_slot = self.planned and buffer.kind is BufferKind.ARENA and not buffer.static
        self.expect(
            in_slot == (buffer.slot is not None),
            f"{buffer} is {buffer.kind} in the slot {buffer.slot}",
        )
        self.present.add(buffer)
        if buffer.slot is not None:
            self.expect(buffer.slot < self.program.slots, f"there is no slot {buffer.slot}")
            self.owners[buffer.slot] = buffer
        self.layout(buffer)

    def check_matmul(self, s: MatMul) -> None:
        for buffer in (s.out, *s.operands):
            self.layout(buffer)
            self.unspoilt(buffer)
            self.expect(len(buffer.extents) == 2, f"{buffer} is no matrix")
            self.expect(buffer.dtype == s.out.dtype, f"{buffer} is {buffer.dtype}")
        self.expect(s.out.strides[1] == ONE, f"the elements of a row of {s.out} are apart")
        for buffer in (s.a, s.b):
            meets = buffer.root is s.out.root and not buffer.apart(s.out)
            self.expect(not meets, f"{buffer} is the result's memory")
        if s.c is not None and s.c.root is s.out.root:
            same = (s.c.offset, s.c.strides) == (s.out.offset, s.out.strides)
            self.expect(same, f"{s.c} is part of the result's memory, but not where the result is")
        for factor in (s.alpha, s.beta):
            self.use(factor, s.out.dtype)
        self.expect(s.out.dtype in ("float32", "float64"), f"no product of {s.out.dtype}")
        self.written(s.out)

    def check_convolve(self, s: Convolve) -> None:
        ranks = {len(s.strides), len(s.dilations), len(s.before)}
        ranks |= {len(x.extents) - 2 for x in (s.image, s.kernel, s.output)}
        self.expect(len(ranks) == 1, f"a convolution over {ranks} axes")
        scratch = () if s.scratch is None else (s.scratch,)
        for buffer in (s.out, *s.operands, *scratch):
            self.layout(buffer)
            self.expect(buffer.dtype == s.out.dtype, f"{buffer} is {buffer.dtype}")
        self.expect(s.out.contiguous, f"the elements of {s.out} are apart")
        for buffer in (*s.operands, *scratch):
            self.expect(buffer.root is not s.out.root, f"{buffer} is the result's memory")
        for buffer in s.operands:
            taken = any(buffer.root is own.root for own in scratch)
            self.expect(not taken, f"{buffer} is the scratch memory")
        self.use_all((*s.before, *s.numbers), "int64")
        self.expect(s.out.dtype in ("float32", "float64"), f"no convolution of {s.out.dtype}")
        for buffer in s.written:
            self.written(buffer)

    def check_pool(self, s: Pool) -> None:
        for buffer in (s.out, *s.operands):
            self.layout(buffer)
            self.expect(buffer.dtype == s.out.dtype, f"{buffer} is {buffer.dtype}")
            self.expect(len(buffer.extents) >= len(s.window), f"{buffer} has too few axes")
        self.expect(len(s.window) == len(s.strides), "windows and strides of different ranks")
        for buffer in s.operands:
            self.expect(buffer.root is not s.out.root, f"{buffer} is the result's memory")
        self.expect(s.out.dtype in ("float32", "float64"), f"no pooling of {s.out.dtype}")
        self.written(s.out)

    def check_sortrows(self, s: SortRows) -> None:
        self._check_rows(s)
        wanted = "int64" if s.indices else s.x.dtype
        for buffer in (s.out, s.scratch):
            self.expect(buffer.dtype == wanted, f"{buffer} is {buffer.dtype}")
        self.expect(s.x.extents == s.out.extents, f"{s.out} has other extents than {s.x}")
        in_place = s.x.root is s.out.root
        self.expect(not (s.indices and in_place), f"{s.x} is the result's memory")

    def check_selectrows(self, s: SelectRows) -> None:
        self._check_rows(s)
        self.expect(s.out.dtype == "int64", f"{s.out} is {s.out.dtype}")
        self.expect(s.scratch.dtype == s.x.dtype, f"{s.scratch} is {s.scratch.dtype}")
        self.expect(s.x.root is not s.out.root, f"{s.x} is the result's memory")

    def _check_rows(self, s: SortRows | SelectRows) -> None:
        for buffer in (s.x, s.out, s.scratch):
            self.layout(buffer)
        for buffer in (s.x, s.out):
            self.expect(len(buffer.extents) == 2, f"{buffer} is no matrix")
            rows = (buffer.extents[1], ONE)
            self.expect(buffer.strides == rows, f"the rows of {buffer} are apart")
            self.expect(buffer.root is not s.scratch.root, f"{buffer} is the scratch memory")
        self.expect(s.x.dtype in SORTED, f"no sorting of {s.x.dtype}")
        self.written(s.out)
        self.written(s.scratch)

    def check_lapackcall(self, s: LapackCall) -> None:
        self.expect(s.dtype in PARTS, f"no {s.routine} of {s.dtype}")
        kinds = list(operands(s.routine, s.dtype))
        self.expect(len(kinds) == len(s.arguments), f"{len(s.arguments)} operands of {s.routine}")
        for argument, kind in zip(s.arguments, kinds, strict=True):
            if kind is Kind.LETTER:
                self.expect(isinstance(argument, str), f"{argument} should be a letter")
            elif isinstance(argument, Buffer):
                self.expect(kind not in (Kind.EXTENT, Kind.NUMBER), f"{argument} is an array")
                wanted = array_dtype(kind, s.dtype)
                self.expect(argument.dtype == wanted, f"{argument} is {argument.dtype}")
                self.layout(argument)
                self.unspoilt(argument)
            else:
                if isinstance(argument, str):
                    self.fail(f"{argument} is no number")
                self.use(argument, PARTS[s.dtype] if kind is Kind.NUMBER else "int64")
        self.use_all(s.work.extents, "int64")
        for buffer in s.written:
            self.written(buffer)
        self.define(s.out, "int64")

    def check_tiledregion(self, s: TiledRegion) -> None:
        self.use_all((s.extent, s.block), "int64")
        self.use(s.when, "bool")
        self.use_all((v for m in s.members for v in (m.extent, m.each)), "int64")
        self.block(s.statements)
        self.statement = s
        reason = why_not_tiled(s, self.program)
        self.expect(reason is None, str(reason))

    def check_ircall(self, s: IRCall) -> None:
        for buffer in (*s.inputs, *s.outputs):
            self.layout(buffer)
        for out in s.outputs:
            self.expect(out.contiguous, f"the elements of {out} are apart")
            for buffer in s.inputs:
                self.expect(buffer.root is not out.root, f"{buffer} is the result's memory")
            self.written(out)

    def check_numpycall(self, s: NumpyCall) -> None:
        self.expect(not self.lost, f"{self.lost} are lost before this may fail")
        for buffer in s.inputs:
            self.layout(buffer)
        for buffer in s.outputs:
            self.expect(buffer.kind is BufferKind.FALLBACK, f"{buffer} is a {buffer.kind}")
            self.present.add(buffer)
