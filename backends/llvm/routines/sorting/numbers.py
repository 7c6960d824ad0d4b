"""The keys of numbers: signed integers in the order of the numbers, nan last."""

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.emission import scalars
from symgraph.backends.llvm.routines.sorting.keys import Keys

# The keys of nan: the bits of a quiet one.
NAN = {32: 0x7FC00000, 64: 0x7FF8000000000000}


class Numbers:
    """Numbers of a dtype of 32 or 64 bits."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
        self.kind = np.dtype(dtype).kind
        self.keys = Keys(8 * np.dtype(dtype).itemsize)

    @property
    def type(self) -> ir.Type:
        return scalars.register_type(self.dtype)

    @property
    def are_keys(self) -> bool:
        """Return whether each number is its own key."""
        return self.kind == "i"

    def key(self, b: ir.IRBuilder, x: ir.Value, ordering: bool) -> ir.Value:
        """Return the keys of a number or vector: different ones for -0 and 0, so that `number`
        returns what they were, unless only their order counts: there they are equal."""
        if self.kind == "f":
            if ordering:
                x = b.fadd(x, _constant(x.type, 0.0))
            key = self._turned(b, b.bitcast(x, _integers(x.type, self.keys.bits)))
            is_nan = b.fcmp_unordered("uno", x, x)
            return b.select(is_nan, _constant(key.type, NAN[self.keys.bits]), key)
        return self._turned(b, x)

    def number(self, b: ir.IRBuilder, key: ir.Value, word: ir.Value) -> ir.Value:
        """Return the bits of the numbers with these keys, if all bits of `word` are set; the keys
        if none is."""
        return self._turned(b, key, word)

    def _turned(self, b: ir.IRBuilder, x: ir.Value, word: ir.Value | None = None) -> ir.Value:
        """Return keys for the bits of numbers, and the bits for keys."""
        bits = self.keys.bits
        if self.kind == "i":
            return x
        if self.kind == "u":
            turned: ir.Value = _constant(x.type, 1 << bits - 1)
        else:
            signs = b.ashr(x, _constant(x.type, bits - 1))
            turned = b.lshr(signs, _constant(x.type, 1))
        return b.xor(x, turned if word is None else b.and_(turned, word))


def _integers(type: ir.Type, bits: int) -> ir.Type:
    single = ir.IntType(bits)
    return ir.VectorType(single, type.count) if isinstance(type, ir.VectorType) else single


def _constant(type: ir.Type, value: float) -> ir.Constant:
    if isinstance(type, ir.VectorType):
        return ir.Constant(type, [value] * type.count)
    return ir.Constant(type, value)
