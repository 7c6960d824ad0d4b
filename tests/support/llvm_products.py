"""One `MatMul` statement compiled alone, on memory that the test lays out."""

import ctypes
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.codegen import jit
from symgraph.backends.llvm.emission.statements import I64, PTR, BlockEmitter, Environment
from symgraph.backends.llvm.routines.matmul.calls import emit_product
from symgraph.backends.llvm.routines.registry import addresses
from symgraph.backends.llvm.threads import PARALLEL_FOR

from symgraph.graph import Apply, FunctionGraph
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.graph_writing import write_inner
from symgraph.lower.program.types import Alloc, MatMul, Program
from symgraph.lower.program.values import ONE, Buffer, BufferKind, Literal, Value
from symgraph.lower.target import Target
from symgraph.lower.verifier import verify
from symgraph.lower.writing.builder import Builder

ALL = range(-(2**40), 2**40)
# Elements around the result that nobody may write.
MARGIN = 64
TASK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
LOOP = ctypes.CFUNCTYPE(None, TASK, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


def _supports_all(node: Apply) -> bool:
    return True


@dataclass
class Layout:
    """A matrix in a flat array: where it begins, and how far apart its elements are."""

    memory: np.ndarray
    shape: tuple[int, int]
    strides: tuple[int, int]
    offset: int = 0

    @property
    def view(self) -> np.ndarray:
        strides = [stride * self.memory.itemsize for stride in self.strides]
        start = self.memory[self.offset :]
        return np.lib.stride_tricks.as_strided(start, self.shape, strides)


def plain(x: np.ndarray) -> Layout:
    """In rows without gaps."""
    return Layout(np.array(x).reshape(-1), x.shape, (max(x.shape[1], 1), 1))


@dataclass
class Product:
    """out = alpha * a·b + beta * c; `inplace`: c is where the result goes. Extents and strides
    are literals, but for the numbers that are hidden: those, and the factors where all numbers
    are, are read while running."""

    a: Layout
    b: Layout
    c: Layout | None = None
    alpha: float = 1.0
    beta: float = 1.0
    hidden: Container[int] = ()
    inplace: bool = False
    numbers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dtype = str(self.a.memory.dtype)
        self.shape = (self.a.shape[0], self.b.shape[1])
        table = ExtentTable(FunctionGraph([], []), _supports_all)
        self.builder = Builder(table, Target(), partial(write_inner, _supports_all))
        self.factors = np.array([self.alpha, self.beta], self.dtype)
        self.n = _flat("n", "int64", 64)
        self.scales = _flat("s", self.dtype, 2)
        self.inputs = [self.a, self.b]
        if self.c is not None and not self.inplace:
            self.inputs.append(self.c)
        memories = [_flat(f"m{i}", self.dtype, x.memory.size) for i, x in enumerate(self.inputs)]
        views = [self._view(m, x) for m, x in zip(memories, self.inputs, strict=True)]
        extents = (views[0].extents[0], views[1].extents[1])
        self.out = self.builder.new(self.dtype, extents, BufferKind.RESULT)
        added = self.out if self.inplace else views[2] if self.c is not None else None
        alpha, beta = self._factor(0), self._factor(1)
        self.builder.append(MatMul(self.out, views[0], views[1], alpha, beta, added))
        arguments = [*memories, self.n, self.scales]
        self.program = Program("product", arguments, [], [self.out], self.builder.block)
        verify(self.program)

    def _number(self, value: int) -> Value:
        if value not in self.hidden:
            return Literal(value)
        self.numbers.append(value)
        return self.builder.load(self.n, (Literal(len(self.numbers) - 1),))

    def _factor(self, position: int) -> Value:
        if self.hidden is not ALL:
            return Literal(self.factors[position].item(), self.dtype)
        return self.builder.load(self.scales, (Literal(position),))

    def _view(self, memory: Buffer, x: Layout) -> Buffer:
        extents = [self._number(extent) for extent in x.shape]
        # That a stride is 1 is known wherever it is.
        strides = [ONE if stride == 1 else self._number(stride) for stride in x.strides]
        offset = self._number(x.offset)
        return Buffer(f"{memory}v", memory.dtype, extents, strides, BufferKind.VIEW, memory, offset)

    @property
    def arrays(self) -> list[np.ndarray]:
        numbers = np.array((self.numbers + [0] * 64)[:64])
        return [*(x.memory for x in self.inputs), numbers, self.factors]

    def module(self) -> ir.Module:
        """One function, `product(arguments..., out, threads)`."""
        module = ir.Module("product")
        module.triple = jit.host().triple
        roots = [*self.program.arguments, self.out]
        type = ir.FunctionType(ir.VoidType(), [*[PTR] * len(roots), I64])
        function = ir.Function(module, type, "product")
        *pointers, threads = function.args
        env = Environment(function)
        env.pointers = dict(zip(roots, pointers, strict=True))
        at = BlockEmitter(ir.IRBuilder(function.append_basic_block()), env)
        for statement in self.program.body:
            if isinstance(statement, MatMul):
                emit_product(at, statement, threads)
            elif not isinstance(statement, Alloc):
                at.statement(statement)
        at.b.ret_void()
        return module

    def run(self, threads: int = 1) -> np.ndarray:
        """The result. What lies around it must stay as it is."""
        code = jit.compile_object(self.module(), "product")
        imports = {**addresses(code.needs), PARALLEL_FOR: _address(backwards)}
        compiled = jit.load(code, imports)
        size = self.shape[0] * self.shape[1]
        memory = np.full(size + 2 * MARGIN, 77, self.dtype)
        out = memory[MARGIN : MARGIN + size].reshape(self.shape)
        out[...] = np.nan if self.c is None or not self.inplace else self.c.view
        arrays = [*self.arrays, out]
        pointers = [ctypes.c_void_p] * len(arrays)
        product = ctypes.CFUNCTYPE(None, *pointers, ctypes.c_int64)(compiled.address("product"))
        product(*[array.ctypes.data for array in arrays], threads)
        np.testing.assert_array_equal(memory[:MARGIN], 77)
        np.testing.assert_array_equal(memory[MARGIN + size :], 77)
        return out


def _flat(name: str, dtype: str, size: int) -> Buffer:
    return Buffer(name, dtype, (Literal(size),), (ONE,), BufferKind.ARGUMENT)


def _address(function: Callable) -> int:
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return address


@LOOP
def backwards(task: Callable, context: int, chunks: int, threads: int) -> None:
    """A parallel loop that runs its chunks one after the other, the last first."""
    for chunk in reversed(range(chunks)):
        task(context, chunk)
