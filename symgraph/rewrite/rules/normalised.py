"""Exponentials and their sums: softmax, its logarithm, log-sum-exp."""

from symgraph.graph import Apply, Variable
from symgraph.ops import (
    AdvancedSubtensor,
    BroadcastTo,
    DimShuffle,
    LogSoftmax,
    Reduce,
    Reshape,
    Softmax,
    SpecifyShape,
    Subtensor,
)
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys
from symgraph.rewrite.engine import node_rule
from symgraph.rewrite.patterns import operands
from symgraph.rewrite.rules.factored import factors, function_name, written


@node_rule("log_softmax", "log")
def log_softmax(node: Apply) -> Variable | None:
    """log(softmax(x)) → logsoftmax(x), also through added axes"""
    inner = node.inputs[0].owner
    if inner is None:
        return None
    if isinstance(inner.op, Softmax):
        return LogSoftmax(inner.op.axis)(inner.inputs[0])
    return None


@node_rule("exp_log_softmax", "exp")
def exp_log_softmax(node: Apply) -> Variable | None:
    """exp(logsoftmax(x)) → softmax(x)"""
    inner = node.inputs[0].owner
    if inner is None or not isinstance(inner.op, LogSoftmax):
        return None
    return Softmax(inner.op.axis)(inner.inputs[0])


# Operations that only rearrange or select elements, so that a function may be applied before them.
SELECTING = (AdvancedSubtensor, BroadcastTo, DimShuffle, Reshape, SpecifyShape, Subtensor)


@node_rule("log_of_selected", "log")
def log_of_selected(node: Apply) -> Variable | None:
    """log(softmax(x)[i]) → logsoftmax(x)[i], through any chain of selections"""
    chain = []
    inner = node.inputs[0].owner
    while inner is not None and isinstance(inner.op, SELECTING):
        chain.append(inner)
        inner = inner.inputs[0].owner
    if inner is None or not chain or not isinstance(inner.op, Softmax):
        return None
    result = LogSoftmax(inner.op.axis)(inner.inputs[0])
    for selection in reversed(chain):
        result = selection.op(result, *selection.inputs[1:])
    return result


@node_rule("xlogy_softmax", "xlogy")
def xlogy_softmax(node: Apply) -> Variable | None:
    """xlogy(t, softmax(x)) → t · logsoftmax(x), 0 where t is 0"""
    inner = node.inputs[1].owner
    if inner is None or not isinstance(inner.op, Softmax):
        return None
    logarithm = LogSoftmax(inner.op.axis)(inner.inputs[0])
    return scalar_functions["mul_zero"](node.inputs[0], logarithm)


@node_rule("softmax_of_shifted", Softmax, LogSoftmax)
def softmax_of_shifted(node: Apply) -> Variable | None:
    """softmax(x - c) → softmax(x), where c is one number along the axis, such as the maximum"""
    x, axis = node.inputs[0], node.op.axis
    name, inputs = function_name(x), operands(x)
    if name not in ("add", "sub") or {v.type.dtype for v in inputs} != {x.type.dtype}:
        return None
    pairs = [(inputs[0], inputs[1])] + [(inputs[1], inputs[0])] * (name == "add")
    for kept, shift in pairs:
        if shift.type.shape[axis] == 1 and extent_keys(kept) == extent_keys(x):
            return node.op(kept)
    return None


@node_rule("log_sum_exp", "log")
def log_sum_exp(node: Apply) -> Variable | None:
    """log(sum(exp(x))) → log(sum(exp(x - m))) + m with m the maximum, where it is finite; likewise
    for the mean"""
    count = None
    total = node.inputs[0]
    if function_name(total) == "true_div" and not sums_exponentials(total):
        total, count = operands(total)
    inner = sums_exponentials(total)
    if inner is None:
        return None
    x = operands(inner.inputs[0])[0]
    if _is_shifted(x):
        return None
    result = log_sum_exp_of(x, inner.op)
    order = total.owner.op.order if total.owner is not inner else None  # type: ignore[union-attr]
    if order is not None:
        result = DimShuffle(order)(result)
    return result if count is None else result - scalar_functions["log"](count)


def sums_exponentials(total: Variable) -> Apply | None:
    """Return the node of the sum of exponentials that this is, possibly with axes of extent 1
    added; None for anything else."""
    node = total.owner
    if node is not None and isinstance(node.op, DimShuffle):
        kept = [entry for entry in node.op.order if entry != "x"]
        if kept != list(range(node.inputs[0].type.ndim)):
            return None
        node = node.inputs[0].owner
    if node is None or not isinstance(node.op, Reduce) or node.op.kind != "sum":
        return None
    return node if function_name(node.inputs[0]) == "exp" else None


def log_sum_exp_of(x: Variable, op: Reduce) -> Variable:
    """Return log(sum(exp(x))) without overflow; `op` is the sum."""
    shifted, largest = _shifted(x, op)
    return scalar_functions["log"](op(scalar_functions["exp"](shifted))) + largest


def _shifted(x: Variable, op: Reduce) -> tuple[Variable, Variable]:
    """Return x less its maximum, where that is finite, and the maximum."""
    largest = Reduce("supremum", op.axes)(x)
    finite = scalar_functions["switch"](scalar_functions["isinf"](largest), 0, largest)
    return x - put_back(finite, x, op), finite


def put_back(reduced: Variable, x: Variable, op: Reduce) -> Variable:
    """Return a reduction of x with axes of extent 1 in place of the reduced ones."""
    kept = op.kept(x)
    order = [kept.index(axis) if axis in kept else "x" for axis in range(x.type.ndim)]
    return DimShuffle(order)(reduced)


def _is_shifted(x: Variable) -> bool:
    """Return whether x is an expression less its own maximum."""
    if function_name(x) != "sub":
        return False
    shift = _without_dimshuffle(operands(x)[1])
    if function_name(shift) == "switch":
        shift = _without_dimshuffle(operands(shift)[2])
    node = shift.owner
    return node is not None and isinstance(node.op, Reduce) and node.op.kind in MAXIMA


MAXIMA = ("supremum", "max")


def _without_dimshuffle(variable: Variable) -> Variable:
    while variable.owner is not None and isinstance(variable.owner.op, DimShuffle):
        variable = operands(variable)[0]
    return variable


@node_rule("several_axes_softmax", "mul", "true_div")
def softmax_over_axes(node: Apply) -> Variable | None:
    """exp(x) / sum(exp(x)) → the same of x less its maximum, where the sum is over several axes"""
    if not node.outputs[0].type.dtype.startswith("float"):
        return None
    product = factors(node.outputs[0])
    if product is None:
        return None
    for total in product.under:
        inner = sums_exponentials(total)
        if inner is None or inner.inputs[0] not in product.over:
            continue
        x = operands(inner.inputs[0])[0]
        padding, wanted = total.owner, put_back(inner.outputs[0], x, inner.op).owner
        if padding is None or wanted is None or padding.op != wanted.op:
            continue
        if _is_shifted(x):
            continue
        product.under.remove(total)
        product.over.remove(inner.inputs[0])
        shifted = scalar_functions["exp"](_shifted(x, inner.op)[0])
        product.over.append(shifted / put_back(inner.op(shifted), x, inner.op))
        return written(product, node.outputs[0].type.dtype)
    return None


RULES = (
    log_softmax,
    log_of_selected,
    exp_log_softmax,
    xlogy_softmax,
    softmax_of_shifted,
    log_sum_exp,
    softmax_over_axes,
)
