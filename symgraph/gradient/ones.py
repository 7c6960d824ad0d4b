"""Products by one leave a fresh gradient: the cost's own cotangent is 1, and rules multiply it.

Only where shape and dtype provably stay: `1 * p` may repeat p, or widen it.
"""

from collections.abc import Iterable, Sequence

from symgraph.graph import Apply, Constant, Variable, toposort
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.elemwise import Elemwise
from symgraph.ops.extents import extent_keys
from symgraph.ops.shape import DimShuffle

_PRODUCTS = {"mul", "mul_zero"}


def drop_products_by_one(
    outputs: Sequence[Variable], old: Iterable[Variable]
) -> dict[Variable, Variable]:
    """Map each of `outputs` to the same value without such products; what is in `old`, and
    what it was computed from, is kept as it is."""
    mapping: dict[Variable, Variable] = {}
    ones: set[Variable] = set()
    for node in toposort(outputs, stop_at=old):
        inputs = [mapping.get(variable, variable) for variable in node.inputs]
        if _keeps_ones(node) and _is_ones(inputs[-1 if _is_second(node) else 0], ones):
            ones.update(node.outputs)
        factor = _other_factor(node, inputs, ones)
        if factor is not None:
            mapping[node.outputs[0]] = factor
        elif any(new is not was for new, was in zip(inputs, node.inputs, strict=True)):
            fresh = node.op.make_node(*inputs)
            ones.update(
                new for was, new in zip(node.outputs, fresh.outputs, strict=True) if was in ones
            )
            for was, new in zip(node.outputs, fresh.outputs, strict=True):
                new.name = was.name
                mapping[was] = new
    return {variable: mapping.get(variable, variable) for variable in outputs}


def _is_second(node: Apply) -> bool:
    return isinstance(node.op, Elemwise) and node.op.scalar.name == "second"


def _keeps_ones(node: Apply) -> bool:
    """Whether the node only repeats, reshapes or casts its first input (of `second`: its last)."""
    if isinstance(node.op, Elemwise):
        name = node.op.scalar.name
        return name in ("identity", "second") or name.startswith("cast{")
    return isinstance(node.op, BroadcastTo | DimShuffle)


def _is_ones(variable: Variable, ones: set[Variable]) -> bool:
    if isinstance(variable, Constant):
        return variable.data.size == 1 and bool((variable.data == 1).all())
    return variable in ones


def _other_factor(node: Apply, inputs: Sequence[Variable], ones: set[Variable]) -> Variable | None:
    """The other factor of a product by ones, if it alone has the product's shape and dtype."""
    if not (isinstance(node.op, Elemwise) and node.op.scalar.name in _PRODUCTS):
        return None
    product = node.outputs[0]
    for one, other in (inputs, inputs[::-1]):
        if (
            _is_ones(one, ones)
            and other.type == product.type
            and extent_keys(other) == extent_keys(product)
        ):
            return other
    return None
