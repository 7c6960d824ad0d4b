"""Which extents are provably equal, told without building a graph.

Each axis of a variable has a key: the extent where it is known, else the variable and axis
that it came from. Equal keys are equal extents. Ops that keep extents hand the keys on, so
asking costs nothing however long the chain of operations.
"""

from collections.abc import Sequence
from typing import Any

from symgraph.graph import Variable

Keys = tuple[Any, ...]


def extent_keys(variable: Variable) -> Keys:
    """A key for each axis; equal keys mean equal extents."""
    if variable.extent_keys is None:
        variable.extent_keys = tuple(
            [
                (variable, axis) if extent is None else extent
                for axis, extent in enumerate(variable.type.shape)
            ]
        )
    return variable.extent_keys


def broadcast_keys(variables: Sequence[Variable]) -> Sequence[Any]:
    """The keys of a broadcast of variables of equal rank; None where it makes a new extent."""
    first, *others = [extent_keys(variable) for variable in variables]
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
    """Record what an op knows of its output's extents; the type's own knowledge comes first."""
    own = extent_keys(variable)
    if own:
        variable.extent_keys = tuple(
            [
                mine if isinstance(mine, int) or given is None else given
                for mine, given in zip(own, keys, strict=True)
            ]
        )
