"""Random words for the elements of an array, several of them from each counter.

`RandomBits` makes an array of them. `WORD` holds the scalar functions that compute an element's
word from its position within the loops that use it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from symgraph.graph import Apply, Extent, PiecewiseConstant, TensorType, Variable
from symgraph.ops.constant import number
from symgraph.ops.elemwise import Elemwise, elementwise
from symgraph.ops.extent_equality import set_keys
from symgraph.ops.philox import high_words, low_words, pair
from symgraph.ops.positions import Positions
from symgraph.ops.rank_alignment import pad_left
from symgraph.ops.scalar import BITS, declare
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import as_extent, keys_of_extents, known_extent

# The number of bits of a counter's result.
BLOCK = 128
# The number of counters computed at a time: as many as keep a processor's registers busy.
LANES = 32


class RandomBits(PiecewiseConstant):
    """Words of `width` bits (32 or 64): inputs are a key and a first counter c, uint64 scalars,
    and the extents. The elements (in C order) take the words of `LANES` counters at a time: the
    first word of each of them, then the second of each, and so on; all with the part `part`.
    So element i depends on one of the counters up to c + i.
    """

    __props__ = ("width", "part")

    def __init__(self, width: int, part: int = 0) -> None:
        self.width = width
        self.part = part

    @property
    def dtype(self) -> str:
        return f"uint{self.width}"

    @property
    def each(self) -> int:
        """Return the number of words per counter."""
        return BLOCK // self.width

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        set_keys(node.outputs[0], keys_of_extents(inputs[2:]))
        return node

    def output_types(self, key: Variable, first: Variable, *extents: Variable) -> list[TensorType]:
        for variable in (key, first):
            if variable.type.ndim or variable.type.dtype != "uint64":
                raise TypeError(f"random bits: {variable} ({variable.type}) is no uint64 scalar")
        for axis, extent in enumerate(extents):
            as_extent(extent, f"random bits: the extent of axis {axis}")
        return [TensorType(self.dtype, tuple(map(known_extent, extents)))]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        key, first, *extents = values
        shape = tuple(int(extent) for extent in extents)
        if min(shape, default=0) < 0:
            raise ValueError(f"an array cannot have the shape {shape}")
        size = int(np.prod(shape))
        blocks = -(-size // (self.each * LANES))
        with np.errstate(over="ignore"):
            counters = first + np.arange(blocks * LANES, dtype="uint64").reshape(blocks, LANES)
        halves = [make(key, counters, np.uint64(self.part)) for make in (low_words, high_words)]
        words = np.stack(halves, axis=-1).astype("<u8", copy=False).view(f"<u{self.width // 8}")
        whole = np.moveaxis(words, -1, 1).ravel()
        return (whole[:size].reshape(shape).astype(self.dtype),)

    def expand(self, node: Apply) -> list[Variable]:
        """Return the words as a function of the positions."""
        key, first, *extents = node.inputs
        positions = cast(Positions()(*extents), "uint64")
        part = number(self.part, "uint64", len(extents))
        return [WORD[self.width](*pad_left([key, first]), part, positions)]

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        known = node.outputs[0].type.shape
        given = node.inputs[2:]
        return [tuple(v if e is None else e for e, v in zip(known, given, strict=True))]


def word_at(width: int, key: Any, first: Any, part: Any, position: Any) -> np.ndarray:
    """Return the word of the element at each position; arguments are uint64 arrays that
    broadcast."""
    each = np.uint64(BLOCK // width)
    lanes, halves = np.uint64(LANES), np.uint64(64 // width)
    block, within = position // (each * lanes), position % (each * lanes)
    with np.errstate(over="ignore"):
        counter = first + block * lanes + within % lanes
    place = within // lanes
    low, high = (pair(key, counter, part, word) for word in (0, 2))
    both = np.where(place < halves, low, high)
    return np.asarray(both >> (place % halves * np.uint64(width))).astype(f"uint{width}")


def _word(width: int) -> Callable[..., Variable]:
    """Return the scalar function from a key, a first counter, a part and a position to a word."""
    return elementwise(
        declare(
            f"random_word{width}", partial(word_at, width), (None,) * 4,
            result=lambda dtypes: f"uint{width}",
            operand=lambda dtypes: ("uint64",) * len(dtypes),
            takes=BITS,
        )
    )  # fmt: skip


WORD = {width: _word(width) for width in (32, 64)}


def is_word(node: Apply) -> bool:
    """Return whether a node computes words of elements within the loops that use them."""
    return isinstance(node.op, Elemwise) and node.op.scalar.name.startswith("random_word")
