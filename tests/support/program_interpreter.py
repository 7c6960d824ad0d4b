"""A loop program run in plain Python, so that lowering is tested without any target.

It is stricter than native code: reading memory that nothing wrote, an address out of bounds,
and memory used after its place was given away are all errors.
"""

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from symgraph.backends.llvm.routines.blas import blas, lapack_symbol

from symgraph.graph import TensorType
from symgraph.lower.memory.plan import FailedCheck, MemoryPlanner
from symgraph.lower.parallel import cut_of, loops_over, reached_by
from symgraph.lower.program.lapack import PARTS, Kind, operands
from symgraph.lower.program.types import (
    Alloc,
    Check,
    Compute,
    Convolve,
    Extent,
    If,
    Kernel,
    LapackCall,
    Load,
    Loop,
    MatMul,
    Member,
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
from symgraph.lower.program.values import Buffer, Literal, Scalar, Value
from symgraph.lower.target import Target
from symgraph.ops import MaxPool, MaxPoolGradient, MaxPoolSelect
from symgraph.ops.scalar import scalar_named

TARGET = Target()
# What is taken of the axes of an array.
Part = tuple[slice, ...]


class Memory:
    """What one buffer owns: flat data, and which elements were ever written."""

    def __init__(self, data: np.ndarray, written: bool) -> None:
        self.data = data
        self.written = np.full(data.size, written)
        self.alive = True


class Interpreter:
    def __init__(self, program: Program, planner: MemoryPlanner, target: Target = TARGET) -> None:
        self.program = program
        self.planner = planner
        self.target = target

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        self.values: dict[Scalar, np.generic] = {}
        self.memory: dict[Buffer, Memory] = {}
        self.shapes: dict[Buffer, tuple[int, ...]] = {}
        self.slots: dict[int, Memory] = {}
        # Of loops of which only some iterations are made: which.
        self.iterations: dict[Loop, slice] = {}
        program = self.program
        for buffer, array in zip(program.arguments, inputs, strict=True):
            assert array.dtype == buffer.dtype
            assert array.ndim == len(buffer.extents)
            self._own(buffer, np.array(array, order="C"))
        for buffer in program.constants:
            self._own(buffer, np.asarray(buffer.data))
        self.before = {buffer: self.memory[buffer].data.copy() for buffer in program.arguments}
        self.plan([np.shape(array) for array in inputs])
        self.run(program.body)
        for argument in program.overwrites.values():
            del self.before[program.arguments[argument]]
        self.assert_unchanged()
        return [self.array(buffer) for buffer in program.results]

    def assert_unchanged(self) -> None:
        for buffer, data in self.before.items():
            np.testing.assert_array_equal(self.memory[buffer].data, data)

    def plan(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Where in the arena each buffer begins. Raises what a check does
        that is known to fail."""
        plan = self.planner.plan(shapes)
        if isinstance(plan, FailedCheck):
            self._fail(plan.check, plan.values)
        use = plan.use
        assert use.live <= use.peak
        assert use.scratch == plan.size
        buffers = [lifetime.buffer for lifetime in self.planner.lifetimes]
        self.offsets = dict(zip(buffers, map(int, plan.offsets), strict=True))
        self.arena_size = plan.size
        self.arena: list[tuple[int, int, Memory]] = []

    def _own(self, buffer: Buffer, array: np.ndarray) -> None:
        self.memory[buffer] = Memory(array.reshape(-1).copy(), True)
        self.shapes[buffer] = array.shape

    def value(self, v: Value) -> np.generic:
        return np.dtype(v.dtype).type(v.value) if isinstance(v, Literal) else self.values[v]

    def numbers(self, values: Sequence[Value]) -> tuple[int, ...]:
        return tuple(int(self.value(v)) for v in values)

    def define(self, scalar: Scalar, value: np.generic) -> None:
        self.values[scalar] = np.dtype(scalar.dtype).type(value)

    def place(self, buffer: Buffer, indices: Sequence[Value]) -> tuple[Memory, int]:
        memory = self.memory[buffer.root]
        assert memory.alive, f"{buffer} lies in memory that was given away"
        position = int(self.value(buffer.offset))
        for index, extent, stride in zip(
            self.numbers(indices), self.numbers(buffer.extents), self.numbers(buffer.strides),
            strict=True,
        ):  # fmt: skip
            assert 0 <= index < extent, f"{buffer}: index {index} of {extent}"
            position += index * stride
        assert 0 <= position < memory.data.size, f"{buffer}: address {position} out of bounds"
        return memory, position

    def array(self, buffer: Buffer, part: Part = ()) -> np.ndarray:
        """A copy of all elements, or of a part, which must have been written."""
        root, positions = self.memory[buffer.root], self._positions(buffer)[part]
        assert root.alive, f"{buffer} lies in memory that was given away"
        assert root.written[positions].all(), f"{buffer} is read before it is written"
        return root.data[positions]

    def _positions(self, buffer: Buffer) -> np.ndarray:
        """Where in the memory that it is a part of a buffer's elements lie."""
        shape, strides = self.numbers(buffer.extents), self.numbers(buffer.strides)
        positions = np.full(shape, int(self.value(buffer.offset)))
        for axis, (extent, stride) in enumerate(zip(shape, strides, strict=True)):
            along = np.arange(extent) * stride
            positions += along.reshape((-1,) + (1,) * (len(shape) - 1 - axis))
        size = self.memory[buffer.root].data.size
        fits = ((positions >= 0) & (positions < size)).all()
        assert fits, f"{buffer}: an address is out of bounds"
        return positions

    def run(self, body: Sequence[Statement]) -> None:
        for statement in body:
            getattr(self, f"run_{type(statement).__name__.lower()}")(statement)

    def run_compute(self, s: Compute) -> None:
        args = [self.value(a) for a in s.args]
        with np.errstate(all="ignore"):
            if s.fn == "multiply_add":
                # As a processor does it that keeps the whole product.
                args = [np.longdouble(arg) for arg in args]
            result = np.asarray(scalar_named(s.fn).numpy(*args))
            self.define(s.out, result.astype(s.out.dtype)[()])

    def run_load(self, s: Load) -> None:
        memory, position = self.place(s.buffer, s.indices)
        assert memory.written[position], f"{s.buffer} is read before it is written"
        self.define(s.out, memory.data[position])

    def run_store(self, s: Store) -> None:
        memory, position = self.place(s.buffer, s.indices)
        memory.data[position] = self.value(s.value)
        memory.written[position] = True

    def run_loop(self, s: Loop) -> None:
        carried = [self.value(c.init) for c in s.carried]
        iterations = range(int(self.value(s.extent)))
        if s in self.iterations:
            iterations = iterations[self.iterations[s]]
        for index in iterations:
            self.define(s.index, np.int64(index))
            for carry, value in zip(s.carried, carried, strict=True):
                self.define(carry.phi, value)
            self.run(s.body)
            carried = [self.value(c.next) for c in s.carried]
        for carry, value in zip(s.carried, carried, strict=True):
            self.define(carry.result, value)

    def run_if(self, s: If) -> None:
        self.run(s.then if self.value(s.condition) else s.orelse)

    def run_kernel(self, s: Kernel) -> None:
        """The ranges of a parallel loop come in the order that nobody expects."""
        cut = cut_of(s, self.target) if s.work else None
        if cut is None or any(loop.carried for loop in cut.loops):
            self.run(s.body)
            return
        half = int(self.value(cut.loops[0].extent)) // 2
        for iterations in (slice(half, None), slice(half)):
            self._run_iterations(s, cut.loops, iterations)

    def _run_iterations(self, s: Kernel, loops: Sequence[Loop], iterations: slice) -> None:
        self.iterations = dict.fromkeys(loops, iterations)
        self.run(s.body)
        self.iterations = {}

    def run_tiledregion(self, s: TiledRegion) -> None:
        """All members' parts of a block, the last block first."""
        extent, block = int(self.value(s.extent)), int(self.value(s.block))
        assert block > 0
        assert block % s.unit == 0
        if not self.value(s.when):
            self.run(s.statements)
            return
        chosen = {member: self._choose(member.statement) for member in s.members}
        for begin in reversed(range(0, extent, block)):
            iterations = slice(begin, min(begin + block, extent))
            for member in s.members:
                self._run_member(member, chosen[member], iterations)

    def _choose(self, s: Statement) -> Statement:
        """What a branch has done, having been told how."""
        while isinstance(s, If):
            *said, s = s.then if self.value(s.condition) else s.orelse
            self.run(said)
        return s

    def _run_member(self, member: Member, s: Statement, iterations: slice) -> None:
        match s:
            case Kernel():
                each = int(self.value(member.each))
                loops = loops_over(member.extent, reached_by(s.body))
                assert loops
                self._run_iterations(
                    s, loops, slice(iterations.start * each, iterations.stop * each)
                )
            case MatMul() if member.axis == 0:
                self._multiply(s, iterations, slice(None))
            case MatMul():
                self._multiply(s, slice(None), iterations)
            case Convolve():
                self.run_convolve(s, iterations)
            case Pool():
                self.run_pool(s, iterations)

    def run_check(self, s: Check) -> None:
        if not self.value(s.condition):
            assert not s.static, "a check that was known to hold fails"
            self._fail(s, [self.value(a) for a in s.args])

    def _fail(self, s: Check, values: Sequence[Any]) -> None:
        self.assert_unchanged()
        raise s.failure(values)

    def run_timestamp(self, s: Timestamp) -> None:
        """Time is nothing here."""

    def run_extent(self, s: Extent) -> None:
        self.define(s.out, np.int64(self.shapes[s.buffer][s.axis]))

    def run_alloc(self, s: Alloc) -> None:
        buffer = s.buffer
        shape = self.numbers(buffer.extents)
        assert all(extent >= 0 for extent in shape), f"{buffer} has the shape {shape}"
        memory = Memory(np.empty(int(np.prod(shape)), buffer.dtype), False)
        memory.data.view(np.uint8)[:] = 0xA5
        if buffer.slot is not None:
            if buffer.slot in self.slots:
                self.slots[buffer.slot].alive = False
            self.slots[buffer.slot] = memory
        if buffer in self.offsets:
            self._occupy(self.offsets[buffer], memory)
        self.memory[buffer], self.shapes[buffer] = memory, shape

    def _occupy(self, start: int, memory: Memory) -> None:
        """Take a part of the arena from all who had it."""
        end = start + memory.data.nbytes
        assert start >= 0
        assert end <= self.arena_size
        kept = []
        for low, high, other in self.arena:
            if low < end and start < high:
                other.alive = False
            else:
                kept.append((low, high, other))
        self.arena = [*kept, (start, end, memory)]

    def run_matmul(self, s: MatMul) -> None:
        self._multiply(s, slice(None), slice(None))

    def _multiply(self, s: MatMul, rows: slice, columns: slice) -> None:
        """Some rows and columns of the result."""
        with np.errstate(all="ignore"):
            a, b = self.array(s.a, (rows, slice(None))), self.array(s.b, (slice(None), columns))
            product = self.value(s.alpha) * (a @ b)
            if s.c is not None:
                product += self.value(s.beta) * self.array(s.c, (rows, columns))
        self._put(s.out, product, (rows, columns))

    def _put(self, buffer: Buffer, array: np.ndarray, part: Part = ()) -> None:
        """Write a part of a buffer."""
        memory = self.memory[buffer.root]
        positions = self._positions(buffer)[part]
        assert positions.shape == array.shape
        memory.data[positions], memory.written[positions] = array, True

    def run_convolve(self, s: Convolve, images: slice = slice(None)) -> None:
        """Kernel position by kernel position, of all images or some of them; the scratch memory
        holds anything afterwards."""
        parts: list[tuple[Buffer, Part]] = [
            (s.image, (images,)), (s.kernel, ()), (s.output, (images,)),
        ]  # fmt: skip
        image, kernel, output = (
            np.zeros(self.numbers(x.extents), x.dtype)[part] if x is s.out else self.array(x, part)
            for x, part in parts
        )
        places, before = output.shape[2:], self.numbers(s.before)
        channels, maps = kernel.shape[1], output.shape[1] // s.groups
        for tap in np.ndindex(*kernel.shape[2:]):
            for place in np.ndindex(*places):
                axes = zip(place, s.strides, tap, s.dilations, before, strict=True)
                at = tuple(o * stride + f * step - pad for o, stride, f, step, pad in axes)
                axes = zip(at, image.shape[2:], strict=True)
                if not all(0 <= i < extent for i, extent in axes):
                    continue
                for group in range(s.groups):
                    ks = slice(group * maps, (group + 1) * maps)
                    seen = (slice(None), slice(group * channels, (group + 1) * channels), *at)
                    made, weights = (slice(None), ks, *place), (ks, slice(None), *tap)
                    if s.computes == "output":
                        output[made] += image[seen] @ kernel[weights].T
                    elif s.computes == "image":
                        image[seen] += output[made] @ kernel[weights]
                    else:
                        kernel[weights] += output[made].T @ image[seen]
        part = () if s.computes == "kernel" else (images,)
        arrays = {"image": image, "kernel": kernel, "output": output}
        self._put(s.out, arrays[s.computes], part)
        scratch = self.memory[s.scratch.root]
        scratch.data[:], scratch.written[:] = np.nan, False

    def run_pool(self, s: Pool, images: slice = slice(None)) -> None:
        """By the operation's own meaning, of all that lies along the first axis or some of it."""
        kinds = {"maximum": MaxPool, "gradient": MaxPoolGradient, "select": MaxPoolSelect}
        op = kinds[s.computes](s.window, s.strides)
        arrays = [self.array(x, (images,)) for x in s.operands]
        inputs = [TensorType(str(array.dtype), array.shape)() for array in arrays]
        node = op(*inputs).owner
        (result,) = op.perform(node, *arrays)
        self._put(s.out, result, (images,))

    def run_sortrows(self, s: SortRows) -> None:
        x = self.array(s.x)
        order = np.argsort(x, axis=-1, kind="stable")
        self._put(s.out, order if s.indices else np.take_along_axis(x, order, -1))
        self.memory[s.scratch.root].written[:] = False

    def run_selectrows(self, s: SelectRows) -> None:
        order = np.argsort(self.array(s.x), axis=-1, kind="stable")
        columns = int(self.value(s.out.extents[1]))
        kept = order[:, order.shape[1] - columns :] if s.largest else order[:, :columns]
        self._put(s.out, np.sort(kept, axis=-1))
        self.memory[s.scratch.root].written[:] = False

    def run_lapackcall(self, s: LapackCall) -> None:
        """By the library itself, in the memory of the buffers."""
        kinds = operands(s.routine, s.dtype)
        arguments: list[Any] = [ctypes.c_int(102)]
        for argument, kind in zip(s.arguments, kinds, strict=True):
            if isinstance(argument, str):
                arguments.append(ctypes.c_char(argument.encode()))
            elif isinstance(argument, Buffer):
                if kind in (Kind.READ, Kind.READ_INTEGERS):
                    self.array(argument)
                memory = self.memory[argument.root]
                assert memory.alive
                at = memory.data.ctypes.data + self._start(argument) * memory.data.itemsize
                arguments.append(ctypes.c_void_p(at))
            elif kind is Kind.EXTENT:
                arguments.append(ctypes.c_int(int(self.value(argument))))
            else:
                number = ctypes.c_float if PARTS[s.dtype] == "float32" else ctypes.c_double
                arguments.append(number(self.value(argument)))
        symbol = lapack_symbol(s.routine, s.dtype)
        result = ctypes.CFUNCTYPE(ctypes.c_int)(blas().addresses([symbol])[symbol])(*arguments)
        assert result >= 0 or s.routine == "gesdd", f"{s.routine} refuses operand {-result}"
        for buffer in s.written:
            self.memory[buffer.root].written[self._positions(buffer)] = True
        self.define(s.out, np.int64(result))

    def _start(self, buffer: Buffer) -> int:
        return int(self.value(buffer.offset))

    def run_numpycall(self, s: NumpyCall) -> None:
        results = s.node.op.perform(s.node, *[self.array(buffer) for buffer in s.inputs])
        for buffer, result in zip(s.outputs, results, strict=True):
            self._own(buffer, np.asarray(result))
