"""Find the scalars that only extents need.

A shape rule may give an extent as an expression that the graph itself does not compute: an extent
of the inner graph of a loop or a branch, expressed by variables outside it.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

from symgraph.graph import Apply, Constant, Variable, toposort
from symgraph.ops import Elemwise


class Known(Set[Variable]):
    """The keys of several mappings, as one set of variables."""

    def __init__(self, *mappings: Mapping[Variable, Any]) -> None:
        self.mappings = mappings

    def __contains__(self, variable: object) -> bool:
        return any(variable in mapping for mapping in self.mappings)

    def __iter__(self) -> Iterator[Variable]:
        for mapping in self.mappings:
            yield from mapping

    def __len__(self) -> int:
        return sum(map(len, self.mappings))


def unseen(
    extent: Variable, known: Set[Variable], supports: Callable[[Apply], bool]
) -> list[Variable]:
    """Return the scalars in an extent's expression that are not known, other than arithmetic on
    scalars for which there is code."""
    found: dict[Variable, None] = {}
    met: set[Variable] = set()
    pending = [extent]
    while pending:
        variable = pending.pop()
        if variable in met or variable in known or variable.owner is None:
            continue
        met.add(variable)
        if is_arithmetic(variable.owner) and supports(variable.owner):
            pending += variable.owner.inputs
        else:
            found[variable] = None
    return list(found)


def is_arithmetic(node: Apply) -> bool:
    return isinstance(node.op, Elemwise) and not any(v.type.ndim for v in node.inputs)


def sources(wanted: list[Variable], known: Set[Variable]) -> list[Variable]:
    """Return the known and free variables that others are computed from."""
    nodes = toposort(wanted, stop_at=known)
    made = {output for node in nodes for output in node.outputs}
    used = dict.fromkeys(v for node in nodes for v in node.inputs)
    return [v for v in used if v not in made and not isinstance(v, Constant)]
