"""Lower permutations, and draws of categories from sums of probabilities."""

from collections.abc import Sequence

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Literal, Scalar, Value
from symgraph.lower.rules.views import product
from symgraph.lower.writing.builder import Builder


def permutation(b: Builder, node: Apply) -> None:
    """Write the numbers in order, then exchange them one after the other; rows are parallel."""
    places, (variable,) = b.buffer(node.inputs[0]), node.outputs
    out = b.new("int64", places.extents)
    count = places.extents[-1]

    def row(at: Sequence[Value]) -> None:
        def begin(i: Scalar) -> None:
            b.store(out, (*at, i), i)

        def exchange(iteration: Scalar) -> None:
            i = b.integer("sub", b.integer("sub", count, ONE), iteration)
            place = b.load(places, (*at, i))
            last, chosen = b.load(out, (*at, i)), b.load(out, (*at, place))
            b.store(out, (*at, i), chosen)
            b.store(out, (*at, place), last)

        b.loop(count, begin)
        b.loop(count, exchange)

    with b.kernel():
        b.nest(out.extents[:-1], row)
    b.bind(variable, out)


def categorical(b: Builder, node: Apply) -> None:
    """Write, for each row of probabilities, their sum, then the number of partial sums that do not
    exceed the limit: added one after the other, in the order of the reference."""
    u, pvals = (b.buffer(v) for v in node.inputs)
    count = pvals.extents[-1]
    b.check(b.test("gt", count, ZERO), "multinomial: there are no categories", (), node)
    for axis, (have, want) in enumerate(zip(pvals.extents[:-1], u.extents, strict=True)):
        if have is not want and have != want:
            message = f"multinomial: extents {{0}} and {{1}} differ on axis {axis}"
            b.check(b.test("eq", have, want), message, (have, want), node)
    out = b.new("int64", u.extents)
    start = Literal(0.0, "float64")

    def row(at: Sequence[Value]) -> None:
        def chance(k: Scalar) -> Value:
            return b.cast(b.load(pvals, (*at, k)), "float64")

        def add(k: Scalar, total: Scalar) -> Sequence[Value]:
            return [b.compute("add", "float64", total, chance(k))]

        (whole,) = b.loop(count, add, [start])
        limit = b.compute("mul", "float64", b.cast(b.load(u, at), "float64"), whole)

        def pass_by(k: Scalar, total: Scalar, passed: Scalar) -> Sequence[Value]:
            reached = b.compute("add", "float64", total, chance(k))
            below = b.cast(b.test("le", reached, limit), "int64")
            return [reached, b.integer("add", passed, below)]

        _, passed = b.loop(count, pass_by, [start, ZERO])
        last = b.integer("add", count, Literal(-1))
        b.store(out, at, b.integer("minimum", passed, last))

    with b.kernel():
        b.nest(out.extents, row)
    b.bind(node.outputs[0], out)


def multinomial(b: Builder, node: Apply) -> None:
    """Draw for each row binomial numbers, each among what the ones before left."""
    state, n, pvals = (b.buffer(v) for v in node.inputs)
    following, out = node.outputs
    extents, count = pvals.extents, pvals.extents[-1]
    b.check(b.test("gt", count, ZERO), "multinomial: there are no categories", (), node)
    for axis, (have, want) in enumerate(zip(extents[:-1], n.extents, strict=True)):
        if have is not want and have != want:
            message = f"multinomial: extents {{0}} and {{1}} differ on axis {axis}"
            b.check(b.test("eq", have, want), message, (have, want), node)
    key, first = (b.load(state, (Literal(place),)) for place in (0, 1))
    counts = b.new("int64", extents)
    last = b.integer("add", count, Literal(-1))
    zero, one, none = (Literal(value, "float64") for value in (0.0, 1.0, -1.0))

    def real(fn: str, *args: Value) -> Value:
        return b.compute(fn, "float64", *args)

    def row(at: Sequence[Value]) -> None:
        def add(k: Scalar, total: Scalar) -> Sequence[Value]:
            return [real("add", total, b.load(pvals, (*at, k)))]

        def category(k: Scalar, left: Scalar, rest: Scalar) -> Sequence[Value]:
            chance = b.load(pvals, (*at, k))
            share = real("clip", real("true_div", chance, rest), zero, one)
            share = real("switch", b.test("gt", rest, zero), share, zero)
            place = b.position((*at, k), counts.strides)
            counter = b.compute("add", "uint64", first, b.cast(place, "uint64"))
            drawn = real("draw_binomial", key, counter, Literal(0, "uint64"), left, share)
            drawn = real("switch", b.test("eq", k, last), left, drawn)
            whole = real("switch", b.test("isnan", drawn), none, drawn)
            b.store(counts, (*at, k), b.cast(whole, "int64"))
            return [real("sub", left, drawn), real("sub", rest, chance)]

        (whole,) = b.loop(count, add, [zero])
        b.loop(count, category, [b.load(n, at), whole])

    with b.kernel():
        b.nest(n.extents, row)
    b.bind(out, counts)
    state_after = b.new("uint64", (Literal(2),))
    moved = b.compute("add", "uint64", first, b.cast(product(b, extents), "uint64"))
    for place, value in enumerate((key, moved)):
        b.store(state_after, (Literal(place),), value)
    b.bind(following, state_after)
