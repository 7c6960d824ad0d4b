"""Shapes without values: for an expression, views that have its extents and compute nothing.

What an operation demands of shapes is demanded of the views as well, so that a program that is
an error stays one: a sum of vectors becomes a broadcast of one to the extents of the other.
"""

from collections.abc import Mapping, Sequence

from symgraph.graph import Apply, Constant, Variable
from symgraph.ops import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    Arange,
    ArgReduce,
    BatchedDot,
    BroadcastTo,
    DimShuffle,
    Dot,
    Elemwise,
    Eye,
    Gemm,
    IncSubtensor,
    Join,
    LogSoftmax,
    Reduce,
    Reshape,
    ScaledDot,
    ShapeOf,
    Softmax,
    SpecifyShape,
    Subtensor,
    SumTo,
)
from symgraph.ops.elemwise import broadcast_extents, scalar_functions
from symgraph.ops.extent_arithmetic import added, as_scalar, as_size, multiplied
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.reduce import REDUCE_KINDS
from symgraph.ops.shape import is_minus_one, keys_of_extents, known_extent
from symgraph.rewrite.shape_proxies_of_windows import RULES_OF_WINDOWS
from symgraph.rewrite.shape_proxy import (
    Rule,
    ShapeProxy,
    at_least,
    extent_in,
    made_of,
    specified,
    with_checks,
    zeros,
)

# Whether these fail hangs on values.
GATHERS = (AdvancedIncSubtensor, AdvancedSubtensor)
VIEWS = (BroadcastTo, DimShuffle, SpecifyShape, Subtensor)


def ghost_of(variable: Variable, known: Mapping[Variable, ShapeProxy]) -> ShapeProxy | None:
    """A ghost of a node's output, given those of its inputs; None where nothing but running the
    node tells whether it is an error, or what comes out."""
    node = variable.owner
    assert node is not None
    ghosts = [known[v] for v in node.inputs]
    rule = RULES.get(type(node.op))
    if rule is not None:
        return rule(node, ghosts)
    return None if isinstance(node.op, GATHERS) else _inferred(variable, node.inputs, ghosts)


def _inferred(
    variable: Variable, operands: Sequence[Variable], ghosts: Sequence[ShapeProxy]
) -> ShapeProxy | None:
    """A ghost of a result whose extents are inferred from the operands' alone: what else may make
    it an error to compute, in a loop or of values, is not looked for."""
    sources: dict[object, Variable] = {}
    for operand, ghost in zip(operands, ghosts, strict=True):
        if not operand.type.ndim:
            (key,) = keys_of_extents([operand])
            sources.setdefault(operand if key is None else key, operand)
        for axis, key in enumerate(extent_keys(operand)):
            if key not in sources:
                sources[key] = ghost.extent(axis)
    keys = extent_keys(variable)
    if not all(isinstance(key, int) or key in sources for key in keys):
        return None
    extents = [as_scalar(key) if isinstance(key, int) else sources[key] for key in keys]
    return with_checks(extents, ghosts)


def _elementwise(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    output = node.outputs[0]
    keys = extent_keys(output)
    own = [extent_keys(variable) for variable in node.inputs]
    for ghost, mine in zip(ghosts, own, strict=True):
        others = (k for other in own for k in zip(other, keys, strict=True))
        unchecked = all(not g.checks for g in ghosts if g is not ghost)
        if mine == keys and unchecked and all(k in (1, whole) for k, whole in others):
            return ghost
    shapes = [tuple(extent_in(g, axis) for axis in range(output.type.ndim)) for g in ghosts]
    extents = [as_scalar(extent) for extent in broadcast_extents(shapes)]
    repeated = ghosts[0].variable
    for ghost in ghosts:
        known = tuple(known_extent(extent) for extent in extents)
        repeated = BroadcastTo(known)(ghost.variable, *extents)
        extents = [ShapeOf(axis)(repeated) for axis in range(output.type.ndim)]
    if not output.type.ndim:
        return with_checks([], ghosts)
    return ShapeProxy(repeated, True)


def _view(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    inner = ghosts[0].variable
    same = inner is node.inputs[0]
    view = node.outputs[0] if same else node.op(inner, *node.inputs[1:])
    return ShapeProxy(view, True)


def _kept(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    return ghosts[0]


def _scalar_result(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    return with_checks([], ghosts)


def _dot(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    *scale, a, b = ghosts
    first, second = node.inputs[-2:]
    keys = (*extent_keys(first)[:-1], extent_keys(second)[0])
    a = specified(a, [*a.extents()[:-1], b.extent(0)], keys)
    return with_checks([*a.extents()[:-1], *b.extents()[1:]], [*scale, a, b])


def _batched_dot(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    a, b = ghosts
    keys = [extent_keys(variable) for variable in node.inputs]
    wanted = (keys[1][0], keys[0][1], keys[1][1])
    a = specified(a, [b.extent(0), a.extent(1), b.extent(1)], wanted)
    return with_checks([*a.extents()[:2], b.extent(2)], [a, b])


def _gemm(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    c, _, a, b, _ = ghosts
    keys = [extent_keys(variable) for variable in node.inputs]
    a = specified(a, [a.extent(0), b.extent(0)], (keys[2][0], keys[3][0]))
    c = specified(c, [a.extent(0), b.extent(1)], (keys[2][0], keys[3][1]))
    return with_checks(c.extents(), [*ghosts, a, c])


def _reduce(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    (x,) = ghosts
    is_arg = isinstance(node.op, ArgReduce)
    axes = (node.op.axis,) if is_arg else node.op.axes
    extents = x.extents()
    kept = [extent for axis, extent in enumerate(extents) if axis not in axes]
    ghost = with_checks(kept, [x])
    if not is_arg and REDUCE_KINDS[node.op.kind].identity is not None:
        return ghost
    checked = at_least([extents[axis] for axis in axes], [1] * len(axes))
    if not checked:
        return ghost
    return made_of(kept, *checked, *([x.variable] if x.checks else []))


def _sum_to(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    x, target = ghosts[0], list(map(as_size, node.inputs[1:]))
    pairs = zip(extent_keys(node.inputs[0]), extent_keys(node.outputs[0]), strict=True)
    if all(want in (1, have) for have, want in pairs):
        return with_checks(target, [x])
    shape = tuple(known_extent(extent) for extent in x.extents())
    fits = BroadcastTo(shape)(zeros(target), *x.extents())
    return made_of(target, fits)


def _reshape(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    size = as_scalar(multiplied(*ghosts[0].extents()))
    new = list(map(as_size, node.inputs[1:]))
    found = [axis for axis, extent in enumerate(new) if is_minus_one(extent)]
    if not found:
        total = as_scalar(multiplied(*new))
        return made_of(new, SpecifyShape((None,))(zeros([size]), total))
    (axis,) = found
    rest = as_scalar(multiplied(*new[:axis], *new[axis + 1 :]))
    # Beside an extent of 0 nothing can be found.
    some = scalar_functions["maximum"](rest, 1)
    new[axis] = size // some
    total = as_scalar(multiplied(*new))
    return made_of(new, SpecifyShape((None, None))(zeros([size, rest]), total, some))


def _join(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    axis = node.op.axis
    first, *_ = ghosts
    keys = extent_keys(node.inputs[0])
    parts = []
    for variable, ghost in zip(node.inputs, ghosts, strict=True):
        own, wanted = extent_keys(variable)[axis], list(keys)
        wanted[axis] = own
        extents = first.extents()
        extents[axis] = ghost.extent(axis)
        parts.append(specified(ghost, extents, wanted))
    extents = first.extents()
    extents[axis] = as_scalar(added(*(part.extent(axis) for part in parts)))
    return with_checks(extents, parts)


def _inc_subtensor(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    x, y, *_ = ghosts
    part = Subtensor(node.op.template)(x.variable, *node.inputs[2:])
    selected = [ShapeOf(axis)(part) for axis in range(part.type.ndim)]
    missing = part.type.ndim - y.variable.type.ndim
    order = ["x"] * missing + list(range(y.variable.type.ndim))
    padded = DimShuffle(order)(y.variable) if missing else y.variable
    if not selected:
        return with_checks(x.extents(), [x, ShapeProxy(DimShuffle(("x",))(part), True)])
    known = tuple(known_extent(extent) for extent in selected)
    fits = BroadcastTo(known)(padded, *selected)
    return with_checks(x.extents(), [x, ShapeProxy(fits, True)])


def _arange(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy | None:
    whole = all(variable.type.dtype.startswith(("int", "uint")) for variable in node.inputs)
    step = node.inputs[2]
    if not whole or not isinstance(step, Constant):
        return None
    ((extent,),) = node.op.infer_shape(node, [(), (), ()])
    return ShapeProxy(zeros([as_scalar(extent)]))


def _eye(node: Apply, ghosts: Sequence[ShapeProxy]) -> ShapeProxy:
    return ShapeProxy(zeros(list(map(as_size, node.inputs[:2]))), True)


RULES: dict[type, Rule] = {
    Arange: _arange,
    ArgReduce: _reduce,
    BatchedDot: _batched_dot,
    Dot: _dot,
    Elemwise: _elementwise,
    Eye: _eye,
    Gemm: _gemm,
    IncSubtensor: _inc_subtensor,
    Join: _join,
    LogSoftmax: _kept,
    Reduce: _reduce,
    Reshape: _reshape,
    ScaledDot: _dot,
    ShapeOf: _scalar_result,
    Softmax: _kept,
    SumTo: _sum_to,
    **dict.fromkeys(VIEWS, _view),
    **RULES_OF_WINDOWS,
}
