"""Operations that change nothing, or whose result is known at compile time."""

import numpy as np

from symgraph.graph import Apply, Constant, Op, TensorType, Variable, performed
from symgraph.ops import BroadcastTo, DimShuffle, Elemwise, Reshape, SpecifyShape
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.shape import keys_of_extents
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.effects import cannot_raise
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.overflow_warnings import warn_of_wrapping
from symgraph.rewrite.patterns import number_of

# The largest number of elements of a result that is computed at compile time.
LARGEST_CONSTANT = 100_000


@node_rule("constant_folding", Op)
def fold_constants(node: Apply) -> Variable | None:
    """f(constants) → its value, where that is small and can be computed"""
    constants = [variable for variable in node.inputs if isinstance(variable, Constant)]
    if not constants or len(constants) < len(node.inputs):
        return None
    # A broadcast is a view; its folded value would waste memory.
    if isinstance(node.op, BroadcastTo) or node.op.has_effects:
        return None
    if not isinstance(node.outputs[0].type, TensorType):
        return None
    values = [constant.data for constant in constants]
    try:
        with np.errstate(all="ignore"):
            (value,) = performed(node, values)
    except Exception:
        # The node itself raises the error when the function runs.
        return None
    if value.size > LARGEST_CONSTANT:
        return None
    warn_of_wrapping(node, values, value)
    return Constant(node.outputs[0].type.clone(shape=value.shape), value)


@node_rule("useless_identity", Op)
def useless_identity(node: Apply) -> Variable | None:
    """an operation that only changes derivatives → its input"""
    return node.inputs[0] if node.op.is_identity else None


@node_rule("useless_cast", "cast", "identity")
def useless_cast(node: Apply) -> Variable | None:
    """cast(x, its own dtype) → x; cast(cast(x, wider), d) → cast(x, d)"""
    x = node.inputs[0]
    if x.type.dtype == node.outputs[0].type.dtype:
        return x
    inner = x.owner
    if inner is not None and isinstance(inner.op, Elemwise):
        first = inner.inputs[0]
        is_cast = inner.op.scalar.name.startswith("cast{")
        if is_cast and _holds_all(x.type.dtype, first.type.dtype):
            return node.op(first)
    return None


def _holds_all(wider: str, dtype: str) -> bool:
    """Return whether a dtype has all numbers of another. NumPy's safe casts may round: float64 has
    not all of int64."""
    if not np.can_cast(dtype, wider, "safe"):
        return False
    whole, real = np.dtype(dtype), np.dtype(wider)
    if whole.kind not in "iu" or real.kind not in "fc":
        return True
    return 8 * whole.itemsize - (whole.kind == "i") <= np.finfo(real).nmant + 1


@context_rule("useless_second", "second")
def useless_second(node: Apply, context: RewriteContext) -> Variable | None:
    """second(a, b) → b, broadcast if necessary; where a is needed elsewhere or cannot raise"""
    a, b = node.inputs
    return b if len(context.users(a)) > 1 or cannot_raise(a) else None


@node_rule("known_switch", "switch")
def known_switch(node: Apply) -> Variable | None:
    """switch(True, a, b) → a; switch(False, a, b) → b"""
    condition, a, b = node.inputs
    known = number_of(condition)
    if known is None or not cannot_raise(b if known else a):
        return None
    return a if known else b


@node_rule("useless_broadcast", BroadcastTo)
def useless_broadcast(node: Apply) -> Variable | None:
    """broadcast_to(x, x's own extents) → x; nested broadcasts → one"""
    x, output = node.inputs[0], node.outputs[0]
    if extent_keys(x) == extent_keys(output):
        return x
    if x.owner is None or not isinstance(x.owner.op, BroadcastTo):
        return None
    # Otherwise the broadcast in between is needed to check that it fits.
    fits = zip(extent_keys(x), extent_keys(output), strict=True)
    first = extent_keys(x.owner.inputs[0])
    if all(mid in (1, whole, own) for own, (mid, whole) in zip(first, fits, strict=True)):
        return node.op(x.owner.inputs[0], *node.inputs[1:])
    return None


@node_rule("implied_broadcast", Elemwise)
def implied_broadcast(node: Apply) -> Variable | None:
    """f(broadcast_to(x), y) → f(x, y), where y has all the extents already"""
    keys = [extent_keys(variable) for variable in node.inputs]
    for position, variable in enumerate(node.inputs):
        owner = variable.owner
        if owner is None or not isinstance(owner.op, BroadcastTo):
            continue
        others = keys[:position] + keys[position + 1 :]
        if keys[position] in others:
            inputs = list(node.inputs)
            inputs[position] = owner.inputs[0]
            return node.op(*inputs)
    return None


@node_rule("useless_dimshuffle", DimShuffle)
def useless_dimshuffle(node: Apply) -> Variable | None:
    """dimshuffle(x, 0, 1, ...) → x; dimshuffle(dimshuffle(x)) → one dimshuffle; a dropped and an
    added axis of extent 1 cancel"""
    x, order = node.inputs[0], node.op.order
    inner = x.owner
    if inner is not None and isinstance(inner.op, DimShuffle):
        first = inner.op.order
        order = tuple(entry if entry == "x" else first[entry] for entry in order)
        x = inner.inputs[0]
    gone = iter([a for a, extent in enumerate(x.type.shape) if extent == 1 and a not in order])
    order = tuple(next(gone, "x") if entry == "x" else entry for entry in order)
    if order == tuple(range(x.type.ndim)):
        return x
    return None if order == node.op.order and x is node.inputs[0] else DimShuffle(order)(x)


@context_rule("lift_dimshuffle", DimShuffle)
def lift_dimshuffle(node: Apply, context: RewriteContext) -> Variable | None:
    """dimshuffle(f(x, y)) → f(dimshuffle(x), dimshuffle(y)), where it only adds and drops axes, or
    where nothing else needs f(x, y)"""
    x, order = node.inputs[0], node.op.order
    inner = x.owner
    if inner is None or not isinstance(inner.op, Elemwise):
        return None
    kept = [entry for entry in order if entry != "x"]
    dropped = [axis for axis in range(x.type.ndim) if axis not in kept]
    if any(v.type.shape[axis] != 1 for axis in dropped for v in inner.inputs):
        return None
    if kept != sorted(kept) and not context.used_once(x):
        return None
    return inner.op(*(node.op(variable) for variable in inner.inputs))


@node_rule("useless_reshape", Reshape)
def useless_reshape(node: Apply) -> Variable | None:
    """reshape(x, x's own extents) → x; reshape(reshape(x, ...), s) → reshape(x, s), where the inner
    one cannot raise"""
    x, output = node.inputs[0], node.outputs[0]
    if extent_keys(x) == extent_keys(output):
        return x
    inner = x.owner
    if inner is not None and isinstance(inner.op, Reshape) and inner.op.cannot_raise(inner):
        return node.op(inner.inputs[0], *node.inputs[1:])
    return None


@node_rule("useless_specify_shape", SpecifyShape)
def useless_specify_shape(node: Apply) -> Variable | None:
    """specify_shape(x, extents that are known) → x"""
    x, *given = node.inputs
    # Not the output's keys: what its type knows of x would hide what is demanded of it.
    wanted = tuple(
        variable.data.item() if isinstance(variable, Constant) else key
        for variable, key in zip(given, keys_of_extents(given), strict=True)
    )
    return x if extent_keys(x) == wanted and x.type == node.outputs[0].type else None


# The rules that expressions of numbers alone need.
NUMBERS = (fold_constants, useless_cast, known_switch)
RULES = (
    fold_constants,
    useless_identity,
    useless_cast,
    useless_second,
    known_switch,
    useless_broadcast,
    implied_broadcast,
    useless_dimshuffle,
    lift_dimshuffle,
    useless_reshape,
    useless_specify_shape,
)
