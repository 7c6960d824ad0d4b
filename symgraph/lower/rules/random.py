"""Random words: all that a counter gives, at once."""

from symgraph.graph import Apply
from symgraph.lower.builder import Builder
from symgraph.lower.program import ZERO, Literal, Scalar
from symgraph.lower.rules.views import check_sizes, product


def random_bits(b: Builder, node: Apply) -> None:
    """A row of words for each counter, in memory that holds all words of the last one; those that
    the result has lie at its beginning."""
    op, (out,) = node.op, node.outputs
    key, first = (b.scalar(v) for v in node.inputs[:2])
    extents = b.extents(out)
    check_sizes(b, node, node.inputs[2:], extents)
    more = b.integer("add", product(b, extents), Literal(op.each - 1))
    counters = b.integer("floor_div", more, Literal(op.each))
    words = b.new(op.dtype, (counters, Literal(op.each)))

    def turn(index: Scalar) -> None:
        counter = b.compute("add", "uint64", first, b.cast(index, "uint64"))
        part = Literal(op.part, "uint64")
        place = 0
        for fn in ("philox_low", "philox_high"):
            half = b.compute(fn, "uint64", key, counter, part)
            for start in range(0, 64, op.width):
                shift = Literal(start, "uint64")
                word = b.compute("right_shift", "uint64", half, shift) if start else half
                b.store(words, (index, Literal(place)), b.cast(word, op.dtype))
                place += 1

    with b.kernel():
        b.loop(counters, turn)
    b.buffers[out] = b.view(words, extents, b.contiguous(extents), ZERO)
