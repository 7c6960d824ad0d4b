"""Lower operations by functions that are written in LLVM IR, with llvmlite.

Programs stay independent of a target: the function's text is part of a statement, and a back end
that emits LLVM IR writes it into its own module.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgraph.graph import Apply, LazyModule
from symgraph.lower.program.types import IRCall
from symgraph.lower.writing.builder import Builder

ir: Any = LazyModule("llvmlite.ir")
# The name of the function in the text that stands for it.
NAME = "function"


@dataclass(frozen=True)
class IRArray:
    """An argument of a function in LLVM IR: an array of an input or output of a node.

    dtype: of the elements; `element` is their type in memory (bools are i8, complex numbers pairs).
    pointer: where the element at (0, ..., 0) lies.
    extents, strides: int64 values, one per axis; strides count elements. Outputs lie in C order
    without gaps; inputs may be views.
    """

    dtype: str
    pointer: Any
    extents: tuple[Any, ...]
    strides: tuple[Any, ...]

    @property
    def element(self) -> Any:
        """Return the type of an element in memory."""
        return element_type(self.dtype)

    def place(self, b: Any, indices: Sequence[Any]) -> Any:
        """Return the address of an element; `b` is the builder, the indices are int64 values."""
        offset = ir.Constant(ir.IntType(64), 0)
        for index, stride in zip(indices, self.strides, strict=True):
            offset = b.add(offset, b.mul(index, stride))
        return b.gep(self.pointer, [offset], source_etype=self.element)

    def load(self, b: Any, indices: Sequence[Any]) -> Any:
        """Return the value of an element."""
        return b.load(self.place(b, indices), typ=self.element)

    def store(self, b: Any, indices: Sequence[Any], value: Any) -> None:
        """Set an element."""
        b.store(value, self.place(b, indices))


@contextmanager
def counted(b: Any, extent: Any) -> Iterator[Any]:
    """Write a loop within the context, and yield its index, which goes from 0 to `extent` - 1; `b`
    is the builder, and stands behind the loop afterwards."""
    word = ir.IntType(64)
    before = b.block
    head, body, behind = (b.append_basic_block() for _ in range(3))
    b.branch(head)
    b.position_at_end(head)
    index = b.phi(word)
    index.add_incoming(ir.Constant(word, 0), before)
    b.cbranch(b.icmp_signed("<", index, extent), body, behind)
    b.position_at_end(body)
    yield index
    index.add_incoming(b.add(index, ir.Constant(word, 1)), b.block)
    b.branch(head)
    b.position_at_end(behind)


# `write(b, node, inputs, outputs)` writes the body of a function that computes the outputs.
Write = Callable[[Any, Apply, Sequence[IRArray], Sequence[IRArray]], None]


def element_type(dtype: str) -> Any:
    """Return the type of an element of an array in memory."""
    kind = np.dtype(dtype)
    if kind.kind in "biu":
        return ir.IntType(8 * kind.itemsize)
    if kind.kind == "c":
        return ir.ArrayType(element_type(f"float{4 * kind.itemsize}"), 2)
    return {2: ir.HalfType(), 4: ir.FloatType(), 8: ir.DoubleType()}[kind.itemsize]


def rule_of(write: Write, ns: float) -> Callable[[Builder, Apply], None]:
    """Return the rule that lowers nodes to calls of the functions that `write` writes."""

    def rule(b: Builder, node: Apply) -> None:
        def function(module: Any, name: str) -> Any:
            return _function(module, name, node, write)

        module = ir.Module()
        function(module, NAME)
        operands = tuple(b.buffer(variable) for variable in node.inputs)
        outs = tuple(b.home(variable) for variable in node.outputs)
        b.append(IRCall(str(node.op), str(module), function, operands, outs, ns))
        for variable, out in zip(node.outputs, outs, strict=True):
            b.bind(variable, out)

    return rule


def _function(module: Any, name: str, node: Apply, write: Write) -> Any:
    """Write the function of a node to a module."""
    word, pointer = ir.IntType(64), ir.PointerType()
    variables = (*node.inputs, *node.outputs)
    types = [t for v in variables for t in (pointer, *[word] * (2 * v.type.ndim))]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), types), name)
    given = iter(function.args)
    arrays = []
    for variable in variables:
        address, rank = next(given), variable.type.ndim
        extents, strides = (tuple(next(given) for _ in range(rank)) for _ in range(2))
        arrays.append(IRArray(variable.type.dtype, address, extents, strides))
    # What is written shares no memory with what is read.
    for array in arrays[len(node.inputs) :]:
        array.pointer.add_attribute("noalias")
    b = ir.IRBuilder(function.append_basic_block("entry"))
    write(b, node, arrays[: len(node.inputs)], arrays[len(node.inputs) :])
    if not b.block.is_terminated:
        b.ret_void()
    return function
