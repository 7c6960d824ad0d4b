"""The arguments of a convolution's routine: a table of 8-byte words.

A routine is `void f(i64 begin, i64 end, ptr words)`. It computes the cells `begin` to `end` of its
work, in any order and concurrently: different cells write different parts of the result, and have
different scratch memory.
"""

from collections.abc import Container, Mapping, Sequence

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64, PTR

from symgraph.lower.convolutions import SCHEDULES

SIGNATURE = ir.FunctionType(ir.VoidType(), [I64, I64, PTR])
POINTERS = ("image", "kernel", "output", "scratch")
# The number of images; for each group, input and output channels; all places of a kernel (taps).
NUMBERS = ("images", "groups", "channels", "maps", "taps")
# By spatial axis: extents of the image, of the output and of the kernel, and zeros before.
AXES = ("in", "out", "tap", "before")
# Strides in elements: of output[n, k, place], and axis by axis of the others.
STRIDES = ("image_n", "image_c", "kernel_k", "kernel_c", "output_n", "output_k")


def names(rank: int, algorithm: str) -> tuple[str, ...]:
    """Return the names of the words in order, for so many spatial axes: the algorithm's parameters,
    which say how the work is divided, come last."""
    axes = [f"{what}{axis}" for what in AXES for axis in range(rank)]
    strides = [f"{array}_{axis}" for array in ("image", "kernel") for axis in range(rank)]
    return (*POINTERS, *NUMBERS, *axes, *STRIDES, *strides, *SCHEDULES[algorithm])


class ConvolutionArguments:
    """The words as a routine reads them; those known at compile time are constants."""

    def __init__(
        self,
        b: ir.IRBuilder,
        words: ir.Value,
        names: Sequence[str],
        known: Mapping[str, int],
        pointers: Container[str] = POINTERS,
    ) -> None:
        self.b = b
        self.words = words
        self.places = {name: number for number, name in enumerate(names)}
        self.known = known
        self.pointers = pointers
        self._read: dict[str, ir.Value] = {}

    def __getitem__(self, name: str) -> ir.Value:
        """Return a word; it is read once, at the beginning of the function."""
        if name in self.known:
            return ir.Constant(I64, self.known[name])
        if name not in self._read:
            with self.b.goto_entry_block():
                place = ir.Constant(I64, self.places[name])
                at = self.b.gep(self.words, [place], inbounds=True, source_etype=I64)
                self._read[name] = self.b.load(at, typ=PTR if name in self.pointers else I64)
        return self._read[name]


def write(
    b: ir.IRBuilder, words: ir.Value, names: Sequence[str], values: Mapping[str, ir.Value]
) -> None:
    """Store all words."""
    for number, name in enumerate(names):
        at = b.gep(words, [ir.Constant(I64, number)], inbounds=True, source_etype=I64)
        b.store(values[name], at)
