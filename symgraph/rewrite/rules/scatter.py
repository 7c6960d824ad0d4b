"""Numbers written into zeros: what derivatives of indexing are made of."""

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
from symgraph.ops.extents import extent_keys
from symgraph.ops.shape import extents_of
from symgraph.ops.subtensor import Slice, count_inputs
from symgraph.rewrite.context import Context
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.failures import cannot_fail
from symgraph.rewrite.patterns import number_of
from symgraph.rewrite.rules.products import factors, function_name, written

SELECTION: dict[type, Any] = {AdvancedIncSubtensor: AdvancedSubtensor, IncSubtensor: Subtensor}


def is_scatter(variable: Variable) -> bool:
    """Whether this is zeros to which something is added, or in which it is put, at an index."""
    node = variable.owner
    return node is not None and type(node.op) in SELECTION and is_zero(node.inputs[0])


def is_zero(variable: Variable) -> bool:
    """Whether every element is the constant 0."""
    node = variable.owner
    if node is not None and isinstance(node.op, BroadcastTo):
        return number_of(node.inputs[0]) == 0
    return number_of(variable) == 0


@node_rule("scaled_scatter", "mul", "mul_zero")
def scaled_scatter(node: Apply) -> Variable | None:
    """scatter(a / p[i], i) · p → scatter(a / p[i] · p[i], i), which then cancels: so the slope of
    log(softmax(x)[i]) has nothing infinite in it"""
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
    product = factors(value)
    return [] if product is None else product.under


def _selects(divisor: Variable, other: Variable, scatter: Apply) -> bool:
    """Whether a divisor is what the scatter's own index selects of the other factor."""
    node = divisor.owner
    return (
        node is not None
        and type(node.op) is SELECTION[type(scatter.op)]
        and node.op.template == scatter.op.template
        and node.inputs[0] is other
        and node.inputs[1:] == scatter.inputs[2:]
    )


@context_rule("sum_of_scatter", Reduce)
def sum_of_scatter(node: Apply, context: Context) -> Variable | None:
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
        # Used by nothing else, it would no longer be asked whether i is within bounds.
        return None
    rows, columns = index
    row = (extent_keys(zeros)[0],)
    if not _counts(rows) or not row == extent_keys(rows) == extent_keys(columns):
        return None
    return value if extent_keys(value) == row else None


def _counts(rows: Variable) -> bool:
    """Whether this is 0, 1, 2, ..."""
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
    if written_node.op.set and not cannot_fail(x):
        return None
    y = scalar_functions["cast"](_fitted(y, part), x.type.dtype)
    return y if written_node.op.set else part + y


def _fitted(y: Variable, part: Variable) -> Variable:
    """What is written, repeated to the extents of the part it is written to."""
    missing = part.type.ndim - y.type.ndim
    if missing:
        y = DimShuffle(["x"] * missing + list(range(y.type.ndim)))(y)
    if extent_keys(y) == extent_keys(part):
        return y
    return BroadcastTo(part.type.shape)(y, *extents_of(part))


@node_rule("written_whole", IncSubtensor)
def written_whole(node: Apply) -> Variable | None:
    """set_subtensor(x[:], y) → y; inc_subtensor(x[:], y) → x + y"""
    x, y, *_ = node.inputs
    if count_inputs(node.op.template) or (node.op.set and not cannot_fail(x)):
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
    # That i is within bounds is asked by the selection.
    return x if same and not _may_be_out_of_bounds(node) else None


def _may_be_out_of_bounds(node: Apply) -> bool:
    return any(not isinstance(entry, Slice) for entry in node.op.template)


@context_rule("written_twice", IncSubtensor)
def written_twice(node: Apply, context: Context) -> Variable | None:
    """inc_subtensor(inc_subtensor(x[i], y)[i], z) → inc_subtensor(x[i], y + z);
    set_subtensor of what was set at the same index → the later"""
    first = node.inputs[0].owner
    if first is None or first.op != node.op or not context.used_once(node.inputs[0]):
        return None
    x, y, *index = first.inputs
    z = node.inputs[1]
    if tuple(index) != node.inputs[2:] or extent_keys(y) != extent_keys(z):
        return None
    if not {x.type.dtype} == {y.type.dtype} == {z.type.dtype}:
        return None
    if node.op.set and not cannot_fail(y):
        return None
    return node.op(x, z if node.op.set else y + z, *index)


@context_rule("sum_of_scatters", "add")
def sum_of_scatters(node: Apply, context: Context) -> Variable | None:
    """scatter(y, i) + scatter(z, j) → inc_subtensor(scatter(y, i)[j], z)"""
    first, second = node.inputs
    if not is_scatter(first) or not is_scatter(second) or first.type.dtype != second.type.dtype:
        return None
    if extent_keys(first) != extent_keys(second) or not context.used_once(second):
        return None
    inner = second.owner
    assert inner is not None
    # Of what is put at one place twice only the last counts.
    if inner.op.set and type(inner.op) is not IncSubtensor:
        return None
    return type(inner.op)(inner.op.template, False)(first, *inner.inputs[1:])


RULES = (scaled_scatter, sum_of_scatter)
WRITES = (
    read_of_written,
    written_whole,
    written_with_itself,
    written_twice,
    sum_of_scatters,
)
