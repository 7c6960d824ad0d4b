"""Numbers written into zeros: what derivatives of indexing are made of."""

from typing import Any

from symgraph.graph import Apply, Variable
from symgraph.ops import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    Arange,
    BroadcastTo,
    IncSubtensor,
    Reduce,
    Subtensor,
)
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extents import extent_keys
from symgraph.rewrite.context import Context
from symgraph.rewrite.engine import context_rule, node_rule
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


RULES = (scaled_scatter, sum_of_scatter)
