"""One `MatMul` statement compiled alone, on memory that the test lays out."""

import ctypes
from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
from llvmlite import ir
from lower.interpreter import Interpreter
from symgraph.backends.llvm import jit
from symgraph.backends.llvm.blas import blas
from symgraph.backends.llvm.blocks import PTR, BlockEmitter, Environment
from symgraph.backends.llvm.matmul import emit_product

from symgraph.graph import FunctionGraph
from symgraph.lower.builder import Builder
from symgraph.lower.extents import ExtentTable
from symgraph.lower.program import ONE, Buffer, Declare, Literal, MatMul, Program, Value
from symgraph.lower.verify import verify

ONE_D = (ONE,)
ALL = range(-(2**40), 2**40)


@dataclass
class Layout:
    """A matrix in a flat array: where it begins, and how far apart its elements are."""

    memory: np.ndarray
    shape: tuple[int, int]
    strides: tuple[int, int]
    offset: int = 0

    @property
    def view(self) -> np.ndarray:
        size = self.memory.itemsize
        strides = [stride * size for stride in self.strides]
        start = self.memory[self.offset :]
        return np.lib.stride_tricks.as_strided(start, self.shape, strides)


def plain(x: np.ndarray) -> Layout:
    return Layout(np.ascontiguousarray(x).reshape(-1), x.shape, (max(x.shape[1], 1), 1))


class Product:
    """out = alpha * a·b + beta * c. Extents and strides are literals, but for the numbers that are
    hidden: those, and the factors where ALL are, are read while running."""

    def __init__(
        self,
        a: Layout,
        b: Layout,
        c: Layout | None,
        alpha: float = 1.0,
        beta: float = 1.0,
        hidden: Container[int] = (),
    ) -> None:
        self.operands = [x for x in (a, b, c) if x is not None]
        self.hidden = hidden
        self.shape = (a.shape[0], b.shape[1])
        self.dtype = a.memory.dtype
        self.numbers: list[int] = []
        self.builder = Builder(ExtentTable(FunctionGraph([], [])))
        self.arguments = [self._flat(f"m{n}", x.memory) for n, x in enumerate(self.operands)]
        self.n = Buffer("n", "int64", (Literal(64),), ONE_D, "argument")
        self.scales = Buffer("s", str(self.dtype), (Literal(2),), ONE_D, "argument")
        views = [self._view(m, x) for m, x in zip(self.arguments, self.operands, strict=True)]
        factors = self._factors(alpha, beta)
        out = self.builder.new(
            str(self.dtype), (views[0].extents[0], views[1].extents[1]), "result"
        )
        added = views[2] if c is not None else None
        statement = MatMul(out, views[0], views[1], *factors, added)
        self.builder.block.append(statement)
        arguments = [*self.arguments, self.n, self.scales]
        self.program = Program("product", arguments, [], [out], self.builder.block)
        verify(self.program)
        self.inputs = [x.memory for x in self.operands]
        self.inputs += [np.array((self.numbers + [0] * 64)[:64]), self.scale_values]

    def _flat(self, name: str, memory: np.ndarray) -> Buffer:
        return Buffer(name, str(memory.dtype), (Literal(memory.size),), ONE_D, "argument")

    def _number(self, value: int) -> Value:
        if value not in self.hidden:
            return Literal(value)
        self.numbers.append(value)
        return self.builder.load(self.n, (Literal(len(self.numbers) - 1),))

    def _view(self, memory: Buffer, x: Layout) -> Buffer:
        extents = [self._number(extent) for extent in x.shape]
        # That a stride is 1 is always known, or the case would be another one.
        strides = [ONE if stride == 1 else self._number(stride) for stride in x.strides]
        offset = self._number(x.offset)
        return Buffer(f"{memory}v", memory.dtype, extents, strides, "view", memory, offset)

    def _factors(self, alpha: float, beta: float) -> Sequence[Value]:
        self.scale_values = np.array([alpha, beta], self.dtype)
        if self.hidden is not ALL:
            return [Literal(value.item(), str(self.dtype)) for value in self.scale_values]
        return [self.builder.load(self.scales, (Literal(n),)) for n in range(2)]

    def interpreted(self) -> np.ndarray:
        return Interpreter(self.program)(self.inputs)[0]

    def module(self) -> ir.Module:
        """One function, `product(arguments..., out)`."""
        module = ir.Module("product")
        module.triple = jit.host().triple
        result = self.program.results[0]
        roots = [*self.program.arguments, result]
        function = ir.Function(
            module, ir.FunctionType(ir.VoidType(), [PTR] * len(roots)), "product"
        )
        env = Environment(function)
        env.pointers = dict(zip(roots, function.args, strict=True))
        at = BlockEmitter(ir.IRBuilder(function.append_basic_block()), env)
        for statement in self.program.body:
            if isinstance(statement, MatMul):
                emit_product(at, statement)
            elif not isinstance(statement, Declare):
                at.statement(statement)
        at.b.ret_void()
        return module

    def run(self) -> np.ndarray:
        """The result, from memory that was full of nan."""
        module = self.module()
        imports = blas().symbols() if any("cblas" in name for name in module.globals) else None
        compiled = jit.compile_ir(module, "product", imports)
        out = np.full(self.shape, np.nan, self.dtype)
        arrays = [*self.inputs, out]
        product = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(arrays))
        product(compiled.address("product"))(*[array.ctypes.data for array in arrays])
        return out
