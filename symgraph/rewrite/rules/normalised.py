"""Exponentials and their sums: softmax, its logarithm, log-sum-exp."""

from symgraph.graph import Apply, Variable
from symgraph.ops import DimShuffle, LogSoftmax, Reduce, Softmax
from symgraph.ops.elemwise import scalar_functions
from symgraph.rewrite.engine import node_rule
from symgraph.rewrite.patterns import operands, unpadded
from symgraph.rewrite.rules.products import function_name


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


@node_rule("log_sum_exp", "log")
def log_sum_exp(node: Apply) -> Variable | None:
    """log(sum(exp(x))) → log(sum(exp(x - m))) + m with m the maximum, where it is finite"""
    total = unpadded(node.inputs[0]).owner
    if total is None or not isinstance(total.op, Reduce) or total.op.kind != "sum":
        return None
    if function_name(total.inputs[0]) != "exp":
        return None
    x = operands(total.inputs[0])[0]
    if _is_shifted(x):
        return None
    largest = Reduce("supremum", total.op.axes)(x)
    finite = scalar_functions["switch"](scalar_functions["isinf"](largest), 0, largest)
    kept = total.op.kept(x)
    order = [kept.index(axis) if axis in kept else "x" for axis in range(x.type.ndim)]
    shifted = x - DimShuffle(order)(finite)
    return scalar_functions["log"](total.op(scalar_functions["exp"](shifted))) + finite


def _is_shifted(x: Variable) -> bool:
    """Whether x is something less a supremum."""
    if function_name(x) != "sub":
        return False
    shift = _without_dimshuffle(operands(x)[1])
    if function_name(shift) == "switch":
        shift = _without_dimshuffle(operands(shift)[2])
    node = shift.owner
    return node is not None and isinstance(node.op, Reduce) and node.op.kind == "supremum"


def _without_dimshuffle(variable: Variable) -> Variable:
    while variable.owner is not None and isinstance(variable.owner.op, DimShuffle):
        variable = operands(variable)[0]
    return variable


RULES = (log_softmax, exp_log_softmax, log_sum_exp)
