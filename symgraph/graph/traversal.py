"""Traversals of expression graphs. None of them recurses, so only memory limits the depth."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from copy import copy

from symgraph.graph.variable import Apply, Constant, Variable


def toposort(outputs: Iterable[Variable], stop_at: Iterable[Variable] = ()) -> list[Apply]:
    """Return the nodes that `outputs` need, each after those it depends on.

    The traversal does not go beyond the variables in `stop_at`; a set, a mapping or its keys are
    used as they are, anything else is copied into a set.
    """
    stop: Collection[Variable] = stop_at if isinstance(stop_at, Set | Mapping) else set(stop_at)
    ordered: list[Apply] = []
    seen: set[Apply] = set()
    for output in outputs:
        if output.owner is None or output.owner in seen or output in stop:
            continue
        seen.add(output.owner)
        stack = [(output.owner, iter(output.owner.inputs))]
        while stack:
            node, inputs = stack[-1]
            for variable in inputs:
                owner = variable.owner
                if owner is not None and owner not in seen and variable not in stop:
                    seen.add(owner)
                    stack.append((owner, iter(owner.inputs)))
                    break
            else:
                stack.pop()
                ordered.append(node)
    return ordered


def ancestors(outputs: Iterable[Variable], stop_at: Iterable[Variable] = ()) -> list[Variable]:
    """Return `outputs` and every variable they depend on, inputs before their clients."""
    outputs = list(outputs)
    stop = set(stop_at)
    found: dict[Variable, None] = {}
    for node in toposort(outputs, stop):
        for variable in node.inputs:
            found.setdefault(variable)
        for variable in node.outputs:
            found.setdefault(variable)
    for variable in outputs:
        found.setdefault(variable)
    return list(found)


def graph_inputs(outputs: Iterable[Variable], stop_at: Iterable[Variable] = ()) -> list[Variable]:
    """Return the variables without an owner (constants and shared ones too) that `outputs` depend
    on."""
    return [variable for variable in ancestors(outputs, stop_at) if variable.owner is None]


def rebuild(
    outputs: Sequence[Variable],
    replace: Mapping[Variable, Variable],
    make: Callable[[Apply, list[Variable]], Sequence[Variable]] | None = None,
) -> dict[Variable, Variable]:
    """Map every variable that `outputs` need to its counterpart under the substitution `replace`.

    Replacements are simultaneous: they are not themselves substituted into. Unchanged nodes are
    kept. `make(node, new_inputs)` builds a changed node's outputs; by default the op is applied
    again, so that types are inferred again.
    """
    mapping: dict[Variable, Variable] = dict(replace)
    make = make or (lambda node, inputs: node.op.make_node(*inputs).outputs)
    for node in toposort(outputs, stop_at=replace):
        inputs = [mapping.get(variable, variable) for variable in node.inputs]
        if all(new is old for new, old in zip(inputs, node.inputs, strict=True)):
            for variable in node.outputs:
                mapping.setdefault(variable, variable)
            continue
        for old, new in zip(node.outputs, make(node, inputs), strict=True):
            if new.name is None:
                new.name = old.name
            new.location = old.location
            if old.notes is not None and new.notes is None:
                new.notes = {name: copy(value) for name, value in old.notes.items()}
            mapping.setdefault(old, new)
    for variable in outputs:
        mapping.setdefault(variable, variable)
    return mapping


def clone_replace(
    outputs: Sequence[Variable], replace: Mapping[Variable, Variable]
) -> list[Variable]:
    """Return `outputs` with the variables in `replace` substituted simultaneously."""
    mapping = rebuild(outputs, replace)
    return [mapping[variable] for variable in outputs]


def equal_computations(left: Sequence[Variable], right: Sequence[Variable]) -> bool:
    """Return whether two lists of variables compute the same from the same inputs: equal ops and
    equal constants at the same positions, and identical free variables."""
    if len(left) != len(right):
        return False
    number: dict[object, int] = {}
    numbered: dict[Variable, int] = {}

    def leaf(variable: Variable) -> object:
        return variable.signature() if isinstance(variable, Constant) else variable

    def code(variable: Variable) -> int:
        if variable not in numbered:
            numbered[variable] = number.setdefault(leaf(variable), len(number))
        return numbered[variable]

    for node in toposort([*left, *right]):
        key = (node.op, *(code(variable) for variable in node.inputs))
        for index, variable in enumerate(node.outputs):
            numbered[variable] = number.setdefault((key, index), len(number))
    return all(code(a) == code(b) for a, b in zip(left, right, strict=True))


# The largest number of operations that `are_alike` compares.
MOST_ALIKE = 24


def are_alike(left: Variable, right: Variable) -> bool:
    """Return whether two variables are found to compute the same in the same way by comparing at
    most `MOST_ALIKE` operations: False is inconclusive."""
    pending = [(left, right)]
    for _ in range(MOST_ALIKE):
        if not pending:
            return True
        a, b = pending.pop()
        if a is b:
            continue
        if isinstance(a, Constant) and isinstance(b, Constant):
            if a.signature() != b.signature():
                return False
            continue
        one, other = a.owner, b.owner
        if one is None or other is None or one.op != other.op:
            return False
        if one.outputs.index(a) != other.outputs.index(b):
            return False
        pending += zip(one.inputs, other.inputs, strict=True)
    return False
