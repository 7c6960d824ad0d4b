"""Removal of multiplications by one from a new gradient: the cost's own cotangent is 1, and vjp
rules multiply it.

They are removed only where shape and dtype stay the same: `1 * p` may broadcast p, or widen it.
"""

from collections.abc import Iterable, Sequence

from symgraph.graph import Apply, Constant, Op, Variable, toposort
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.elemwise import Elemwise
from symgraph.ops.extent_equality import Keys, broadcast_keys, own_keys
from symgraph.ops.shape import DimShuffle, own_key


def _role(op: Op) -> int | str | None:
    """Return the position of the input whose ones the op passes on (it only broadcasts, transposes
    or casts it); or 'product' for a product."""
    if isinstance(op, Elemwise):
        name = op.scalar.name
        if name in ("mul", "mul_zero"):
            return "product"
        if name == "second":
            return 1
        return 0 if name == "identity" or name.startswith("cast{") else None
    return 0 if isinstance(op, BroadcastTo | DimShuffle) else None


def drop_products_by_one(
    outputs: Sequence[Variable], old: Iterable[Variable]
) -> dict[Variable, Variable]:
    """Map each of `outputs` to the same value without multiplications by one. The variables in
    `old`, and their ancestors, are left unchanged."""
    mapping: dict[Variable, Variable] = {}
    ones: set[Variable] = set()
    roles: dict[Op, int | str | None] = {}
    for node in toposort(outputs, stop_at=old):
        op = node.op
        if op not in roles:
            roles[op] = _role(op)
        role = roles[op]
        if role == "product":
            factor = _other_factor(node, [mapping.get(v, v) for v in node.inputs], ones)
            if factor is not None:
                mapping[node.outputs[0]] = factor
                continue
        fresh = node
        if any(variable in mapping for variable in node.inputs):
            fresh = op.make_node(*(mapping.get(v, v) for v in node.inputs))
            for was, new in zip(node.outputs, fresh.outputs, strict=True):
                new.name = was.name
                mapping[was] = new
        if isinstance(role, int) and _is_ones(fresh.inputs[role], ones):
            ones.update(fresh.outputs)
    return {variable: mapping.get(variable, variable) for variable in outputs}


def _is_ones(variable: Variable, ones: set[Variable]) -> bool:
    if isinstance(variable, Constant):
        return variable.data.size == 1 and bool(variable.data.flat[0] == 1)
    return variable in ones


def _other_factor(node: Apply, inputs: Sequence[Variable], ones: set[Variable]) -> Variable | None:
    """Return the other factor of a product by ones, if it alone has the product's shape and dtype;
    None otherwise."""
    product = node.outputs[0]
    for one, other in (inputs, inputs[::-1]):
        if (
            _is_ones(one, ones)
            and other.type == product.type
            and _has_all(_near_keys(other), _extents_of_ones(one))
        ):
            return other
    return None


def _has_all(keys: Keys, ones: Keys) -> bool:
    return all(one in (1, key) for key, one in zip(keys, ones, strict=True))


def _near_keys(variable: Variable) -> Keys:
    """Return the extent keys in terms of the operands of the operation that makes the variable.
    They hold as long as this operation computes it; where it is replaced, no derivative passes
    through it to the operands."""
    node, own = variable.owner, own_keys(variable)
    if node is None or not isinstance(node.op, Elemwise) or not own:
        return own
    common = broadcast_keys([own_keys(operand) for operand in node.inputs])
    return tuple([a if b is None else b for a, b in zip(own, common, strict=True)])


def _extents_of_ones(ones: Variable) -> Keys:
    node = ones.owner
    if node is None or not isinstance(node.op, BroadcastTo):
        return _near_keys(ones)
    found = []
    for extent in node.inputs[1:]:
        key = own_key(extent)
        found.append(_near_keys(key[0])[key[1]] if isinstance(key, tuple) else key)
    return tuple(found)
