"""Provably equal extents, found without building a graph.

Each axis of a variable has a key: the extent where it is known, else the variable and axis
that it came from. Equal keys mean equal extents. Ops that keep extents pass the keys on, so
the query takes constant time however long the chain of operations.

Such a proof holds for the graph as it stands, and so serves rewriting and later stages. Code that
writes an expression for the user asks for `own_keys`: any variable may later be replaced by one of
other extents, and the expression must then be right for that.
"""

from collections.abc import Sequence
from typing import Any

from symgraph.graph import TensorType, Variable

Keys = tuple[Any, ...]


def extent_keys(variable: Variable) -> Keys:
    """Return a key for each axis; equal keys mean equal extents."""
    if variable.extent_keys is None:
        variable.extent_keys = own_keys(variable)
    return variable.extent_keys


def own_keys(variable: Variable) -> Keys:
    """Return the keys that hold whatever computes the variable: from its type, and itself. What is
    no tensor has no axes."""
    if not isinstance(variable.type, TensorType):
        return ()
    return tuple(
        [
            (variable, axis) if extent is None else extent
            for axis, extent in enumerate(variable.type.shape)
        ]
    )


def broadcast_keys(operands: Sequence[Keys]) -> Sequence[Any]:
    """Return the keys of a broadcast of variables with these keys, of equal rank; None for an axis
    with a new extent."""
    first, *others = operands
    if not first or others.count(first) == len(others):
        return first
    result: list[Any] = []
    for keys in zip(first, *others, strict=True):
        distinct = {key for key in keys if key != 1}
        fixed = [key for key in distinct if isinstance(key, int)]
        if not distinct:
            result.append(1)
        elif fixed:
            result.append(fixed[0])
        else:
            result.append(distinct.pop() if len(distinct) == 1 else None)
    return result


def set_keys(variable: Variable, keys: Sequence[Any]) -> None:
    """Record the keys that an op knows for its output's extents; extents known by the type take
    precedence."""
    own = extent_keys(variable)
    if own:
        variable.extent_keys = tuple(
            [
                mine if isinstance(mine, int) or given is None else given
                for mine, given in zip(own, keys, strict=True)
            ]
        )
