"""The arguments of a product's routine: a table of 8-byte words, the same for all routines.

A routine is `void f(i64 begin, i64 end, ptr words)`. It computes the cells `begin` to `end` of its
work, in any order and concurrently: different cells write different memory.
"""

from collections.abc import Mapping

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64, PTR
from symgraph.backends.llvm.routines.matmul.loops import stack_memory
from symgraph.backends.llvm.routines.matmul.tile import Matrix
from symgraph.backends.llvm.routines.matmul.vectors import Lanes

MATRICES = ("a", "b", "c", "out")
# Extents of the product (rows, columns, summed axis), rows of one cell, cells along the rows.
NUMBERS = ("rows", "columns", "inner", "cell_rows", "row_cells")
FACTORS = ("alpha", "beta")
WORDS = tuple(
    [*NUMBERS, *FACTORS]
    + [f"{matrix}_{part}" for matrix in MATRICES for part in ("pointer", "row", "column")]
)
SIGNATURE = ir.FunctionType(ir.VoidType(), [I64, I64, PTR])


def _place(b: ir.IRBuilder, words: ir.Value, name: str) -> ir.Value:
    return b.gep(words, [ir.Constant(I64, WORDS.index(name))], inbounds=True, source_etype=I64)


def table(b: ir.IRBuilder) -> ir.Value:
    """Return memory for the words."""
    return stack_memory(b, I64, len(WORDS))


def write(b: ir.IRBuilder, words: ir.Value, values: Mapping[str, ir.Value]) -> None:
    """Store the words; those of matrices under their own names, as `Matrix`."""
    for name, value in values.items():
        if isinstance(value, Matrix):
            for part, word in zip(("pointer", "row", "column"), value, strict=True):
                b.store(word, _place(b, words, f"{name}_{part}"))
        else:
            b.store(value, _place(b, words, name))


class ProductArguments:
    """The table as a routine reads it; words known at compile time are constants."""

    def __init__(
        self, b: ir.IRBuilder, lanes: Lanes, words: ir.Value, known: Mapping[str, int]
    ) -> None:
        self.b = b
        self.lanes = lanes
        self.words = words
        self.known = known

    def number(self, name: str) -> ir.Value:
        if name in self.known:
            return ir.Constant(I64, self.known[name])
        return self.b.load(_place(self.b, self.words, name), typ=I64)

    def factor(self, name: str) -> ir.Value:
        return self.b.load(_place(self.b, self.words, name), typ=self.lanes.real)

    def matrix(self, name: str) -> Matrix:
        pointer = self.b.load(_place(self.b, self.words, f"{name}_pointer"), typ=PTR)
        return Matrix(pointer, self.number(f"{name}_row"), self.number(f"{name}_column"))
