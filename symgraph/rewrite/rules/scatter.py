"""Updates of indexed parts of zeros, which derivatives of indexing consist of."""

from typing import Any

from symgraph.graph import Apply, Variable
from symgraph.ops import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    Arange,
    BroadcastTo,
    DimShuffle,
    IncSubtensor,
    Reduce,
    Subtensor,
)
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.shape import inferred_extents
from symgraph.ops.subtensor import Slice, count_inputs
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.effects import cannot_raise
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.patterns import number_of
from symgraph.rewrite.rules.factored import factors, function_name, written

SELECTION: dict[type, Any] = {AdvancedIncSubtensor: AdvancedSubtensor, IncSubtensor: Subtensor}


def is_scatter(variable: Variable) -> bool:
    """Return whether this is zeros with a value added or set at an index."""
    node = variable.owner
    return node is not None and type(node.op) in SELECTION and is_zero(node.inputs[0])


def is_scattered(variable: Variable) -> bool:
    """Return whether this is zeros with values added or set at indices, once or several times."""
    while (node := variable.owner) is not None and type(node.op) in SELECTION:
        variable = node.inputs[0]
        if is_zero(variable):
            return True
    return False


def is_zero(variable: Variable) -> bool:
    """Return whether every element is the constant 0."""
    node = variable.owner
    if node is not None and isinstance(node.op, BroadcastTo):
        return number_of(node.inputs[0]) == 0
    return number_of(variable) == 0


@node_rule("scaled_scatter", "mul", "mul_zero")
def scaled_scatter(node: Apply) -> Variable | None:
    """scatter(a / p[i], i) · p → scatter(a / p[i] · p[i], i), which then cancels: so the derivative
    of log(softmax(x)[i]) contains no infinities"""
    name, output = function_name(node.outputs[0]), node.outputs[0]
    for scattered, other in (node.inputs, node.inputs[::-1]):
        product = factors(other)
        if not is_scatter(scattered) or product is None:
            continue
        inner = scattered.owner
        assert inner is not None
        zeros, value, *index = inner.inputs
        for factor in product.over:
            if extent_keys(zeros) != extent_keys(factor) or value.type.dtype != factor.type.dtype:
                continue
            if not any(_selects(divisor, factor, inner) for divisor in _divisors(value)):
                continue
            part = SELECTION[type(inner.op)](inner.op.template)(factor, *index)
            if part.type.ndim != value.type.ndim:
                continue
            product.over.remove(factor)
            rest = written(product, output.type.dtype)
            scaled = inner.op(zeros, value * part, *index)
            return scalar_functions[name or "mul"](scaled, rest)
    return None


def _divisors(value: Variable) -> list[Variable]:
    """Return the divisors of a value; also where only its derivative has them, mul_zero(g, a /
    p)."""
    product = factors(value)
    if product is None:
        return []
    guarded = [v for v in product.over if function_name(v) == "mul_zero"]
    derivatives = [factors(v.owner.inputs[1]) for v in guarded if v.owner is not None]
    return [
        *product.under,
        *(p for derivative in derivatives if derivative is not None for p in derivative.under),
    ]


def _selects(divisor: Variable, other: Variable, scatter: Apply) -> bool:
    """Return whether a divisor is the other factor at the scatter's own index."""
    node = divisor.owner
    return (
        node is not None
        and type(node.op) is SELECTION[type(scatter.op)]
        and node.op.template == scatter.op.template
        and node.inputs[0] is other
        and node.inputs[1:] == scatter.inputs[2:]
    )


@context_rule("sum_of_scatter", Reduce)
def sum_of_scatter(node: Apply, context: RewriteContext) -> Variable | None:
    """sum(scatter(v, (arange(n), i)), axis=1) → v: each row holds one number"""
    scattered, op = node.inputs[0], node.op
    if op.kind != "sum" or op.axes != (1,) or not is_scatter(scattered):
        return None
    inner = scattered.owner
    assert inner is not None
    zeros, value, *index = inner.inputs
    if inner.op.set or not isinstance(inner.op, AdvancedIncSubtensor) or zeros.type.ndim != 2:
        return None
    if inner.op.template != ("array", "array") or context.used_once(scattered):
        # Without other clients, the bounds of i would no longer be checked.
        return None
    rows, columns = index
    row = (extent_keys(zeros)[0],)
    if not _counts(rows) or not row == extent_keys(rows) == extent_keys(columns):
        return None
    return value if extent_keys(value) == row else None


def _counts(rows: Variable) -> bool:
    """Return whether this is 0, 1, 2, ..."""
    node = rows.owner
    if node is None or not isinstance(node.op, Arange):
        return False
    start, _, step = node.inputs
    return number_of(start) == 0 and number_of(step) == 1


@node_rule("read_of_written", Subtensor)
def read_of_written(node: Apply) -> Variable | None:
    """set_subtensor(x[i], y)[i] → y; inc_subtensor(x[i], y)[i] → x[i] + y"""
    written_node = node.inputs[0].owner
    if written_node is None or type(written_node.op) is not IncSubtensor:
        return None
    x, y, *index = written_node.inputs
    if written_node.op.template != node.op.template or tuple(index) != node.inputs[1:]:
        return None
    part = node.op(x, *index)
    if written_node.op.set and not cannot_raise(x):
        return None
    y = scalar_functions["cast"](_fitted(y, part), x.type.dtype)
    return y if written_node.op.set else part + y


def _fitted(y: Variable, part: Variable) -> Variable:
    """Return the written value, broadcast to the extents of the part it is written to."""
    missing = part.type.ndim - y.type.ndim
    if missing:
        y = DimShuffle(["x"] * missing + list(range(y.type.ndim)))(y)
    if extent_keys(y) == extent_keys(part):
        return y
    return BroadcastTo(part.type.shape)(y, *inferred_extents(part))


@node_rule("written_whole", IncSubtensor)
def written_whole(node: Apply) -> Variable | None:
    """set_subtensor(x[:], y) → y; inc_subtensor(x[:], y) → x + y"""
    x, y, *_ = node.inputs
    if count_inputs(node.op.template) or (node.op.set and not cannot_raise(x)):
        return None
    y = scalar_functions["cast"](_fitted(y, x), x.type.dtype)
    return y if node.op.set else x + y


@node_rule("written_with_itself", IncSubtensor)
def written_with_itself(node: Apply) -> Variable | None:
    """set_subtensor(x[i], x[i]) → x"""
    x, y, *index = node.inputs
    inner = y.owner
    if not node.op.set or inner is None or not isinstance(inner.op, Subtensor):
        return None
    same = inner.op.template == node.op.template and inner.inputs == (x, *index)
    # The selection checks the bounds of i.
    return x if same and not _may_be_out_of_bounds(node) else None


def _may_be_out_of_bounds(node: Apply) -> bool:
    return any(not isinstance(entry, Slice) for entry in node.op.template)


@context_rule("written_twice", IncSubtensor)
def written_twice(node: Apply, context: RewriteContext) -> Variable | None:
    """inc_subtensor(inc_subtensor(x[i], y)[i], z) → inc_subtensor(x[i], y + z);
    set_subtensor of what was set at the same index → the later one"""
    first = node.inputs[0].owner
    if first is None or first.op != node.op or not context.used_once(node.inputs[0]):
        return None
    x, y, *index = first.inputs
    z = node.inputs[1]
    if tuple(index) != node.inputs[2:] or extent_keys(y) != extent_keys(z):
        return None
    if not {x.type.dtype} == {y.type.dtype} == {z.type.dtype}:
        return None
    if node.op.set and not cannot_raise(y):
        return None
    return node.op(x, z if node.op.set else y + z, *index)


@context_rule("sum_of_scatters", "add")
def sum_of_scatters(node: Apply, context: RewriteContext) -> Variable | None:
    """scatter(y, i) + scatter(z, j) → inc_subtensor(scatter(y, i)[j], z), and so on for sums of
    more of them"""
    first, second = node.inputs
    if not is_scattered(first) or not is_scattered(second):
        return None
    if first.type.dtype != second.type.dtype or extent_keys(first) != extent_keys(second):
        return None
    if not context.used_once(second):
        return None
    inner = second.owner
    assert inner is not None
    below, *rest = inner.inputs
    # Of values set twice at one position only the last counts.
    if inner.op.set and not (type(inner.op) is IncSubtensor and is_zero(below)):
        return None
    total = first if is_zero(below) else first + below
    return type(inner.op)(inner.op.template, False)(total, *rest)


def _is_nothing(y: Variable) -> bool:
    """Return whether this is a single zero, which broadcasts to any shape."""
    return all(extent == 1 for extent in y.type.shape) and number_of(y) == 0


@node_rule("nothing_written", IncSubtensor)
def nothing_written(node: Apply) -> Variable | None:
    """inc_subtensor(x[i], 0) → x; set_subtensor(c[i], c) → c, where all elements are one number"""
    x, y, *_ = node.inputs
    if _may_be_out_of_bounds(node):
        return None
    if not node.op.set:
        return x if _is_nothing(y) else None
    filling = x.owner.inputs[0] if x.owner and isinstance(x.owner.op, BroadcastTo) else x
    value, written_value = number_of(filling), number_of(y)
    if value is None or any(extent != 1 for extent in y.type.shape):
        return None
    # For zeros the sign matters as well.
    same = str(value) == str(written_value) and y.type.dtype == x.type.dtype
    return x if same else None


def _writes(scattered: Variable, context: RewriteContext) -> list[Apply]:
    """Return the writes into zeros that a value consists of, the first one first; none where it is
    something else, or where one of the states between is used elsewhere."""
    writes: list[Apply] = []
    while (node := scattered.owner) is not None and type(node.op) in SELECTION:
        if not context.used_once(scattered):
            return []
        writes.insert(0, node)
        scattered = node.inputs[0]
        if is_zero(scattered):
            return writes
    return []


@context_rule("added_scatter", "add", "sub")
def added_scatter(node: Apply, context: RewriteContext) -> Variable | None:
    """x ± scatter(y, i) → inc_subtensor(x[i], ±y), and so on for sums of scatters: an update
    touches only the rows that it changes"""
    first, second = node.inputs
    pairs = [(first, second)]
    is_sum = node.op.scalar.name == "add"
    if is_sum:
        pairs.append((second, first))
    for x, scattered in pairs:
        if is_scattered(x) or x.type.dtype != scattered.type.dtype:
            continue
        writes = _writes(scattered, context)
        # Of values set twice at one position only the last counts.
        if not writes or any(
            write.op.set and (number > 0 or type(write.op) is not IncSubtensor)
            for number, write in enumerate(writes)
        ):
            continue
        if context.keys(x) == context.keys(scattered) == context.keys(node.outputs[0]):
            for write in writes:
                _, y, *index = write.inputs
                change = y if is_sum else -y
                x = type(write.op)(write.op.template, False)(x, change, *index)
            return x
    return None


@context_rule("multiple_of_scatter", "mul", "true_div", "neg")
def multiple_of_scatter(node: Apply, context: RewriteContext) -> Variable | None:
    """s · scatter(y, i) → scatter(s · y, i) for a scalar s, and so on for sums of scatters.
    Elements not written stay zero, also where s is infinite."""
    output = node.outputs[0]
    name = node.op.scalar.name
    pairs = [node.inputs, node.inputs[::-1]] if name == "mul" else [node.inputs]
    for scattered, *factor in pairs:
        writes = _writes(scattered, context)
        if not writes or any(extent != 1 for f in factor for extent in f.type.shape):
            continue
        values = [write.inputs[1] for write in writes]
        if {v.type.dtype for v in (*factor, *values, scattered)} != {output.type.dtype}:
            continue
        scaled = writes[0].inputs[0]
        for write, y in zip(writes, values, strict=True):
            # With as many axes as y: the factor has one element.
            own = [DimShuffle(["x"] * y.type.ndim)(DimShuffle(())(f)) for f in factor]
            change = scalar_functions[name](y, *own)
            scaled = write.op(scaled, change, *write.inputs[2:])
        return scaled
    return None


@node_rule("gather_of_all", AdvancedSubtensor)
def gather_of_all(node: Apply) -> Variable | None:
    """x[arange(n)] → x, where n is x's extent"""
    x, *index = node.inputs
    if node.op.template != ("array",) or not _counts(index[0]):
        return None
    return x if extent_keys(index[0]) == extent_keys(x)[:1] else None


RULES = (scaled_scatter, sum_of_scatter)
WRITES = (
    read_of_written,
    written_whole,
    written_with_itself,
    written_twice,
    sum_of_scatters,
    nothing_written,
    gather_of_all,
)
UPDATES = (added_scatter, multiple_of_scatter)
