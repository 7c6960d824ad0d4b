"""Updates of a function: the values written to shared variables when a call ends."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from symgraph.compile.carried_shared import left_by_loops
from symgraph.debug import dtype_origins
from symgraph.graph import SharedVariable, TensorType, Variable, ancestors, rebuild
from symgraph.ops.constant import as_tensor, constant, holds_variables
from symgraph.ops.scalar_table import cast

Updates = dict[SharedVariable, Variable]


class OrderedUpdates(dict[SharedVariable, Any]):
    """Collect updates: a dict that takes only shared variables as keys.

    updates: a dict or pairs, shared variable -> new value.
    Two of these can be joined by `update` and `+`, which refuse to replace the update of a variable
    by another. Raises TypeError, KeyError.

    >>> s = sg.shared(1.0, name="s")
    >>> sg.OrderedUpdates({s: s + 1})[s].eval()
    array(2.)
    """

    def __init__(self, *updates: Any) -> None:
        super().__init__()
        for given in updates:
            self.update(given)

    def __setitem__(self, target: SharedVariable, value: Any) -> None:
        if not isinstance(target, SharedVariable):
            raise TypeError(f"OrderedUpdates: only shared variables are updated, not {target!r}")
        super().__setitem__(target, value)

    def update(self, given: Any = None) -> None:
        for target, value in read_pairs(given, "OrderedUpdates: updates"):
            if target in self and self[target] is not value:
                raise KeyError(f"{target} already has an update")
            self[target] = value

    def __add__(self, other: Any) -> "OrderedUpdates":
        return OrderedUpdates(self, other)

    def __radd__(self, other: Any) -> "OrderedUpdates":
        return OrderedUpdates(other, self)


def read_pairs(given: Any, what: str) -> list[tuple[Any, Any]]:
    """Return the pairs of a dict or of an iterable of pairs. Raises TypeError."""
    if given is None:
        return []
    if isinstance(given, Mapping):
        return list(given.items())
    if isinstance(given, Variable | set | frozenset) or not isinstance(given, Iterable):
        raise TypeError(f"{what} must be a dict or a list of pairs, not {given!r}")
    pairs = []
    for pair in given:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise TypeError(
                f"{what} must be a dict or a list of pairs, like [(w, w + 1)]; {pair!r} is no pair"
            )
        pairs.append((pair[0], pair[1]))
    return pairs


def read_updates(updates: Any) -> Updates:
    """Return the updates as the user gives them, checked. Raises TypeError, ValueError."""
    result: Updates = {}
    for target, value in read_pairs(updates, "function: updates"):
        if not isinstance(target, SharedVariable):
            raise TypeError(f"function: only shared variables can be updated, not {target!r}")
        if target in result:
            raise ValueError(f"function: the shared variable {target} is updated twice")
        result[target] = new_value(target, value)
    return result


def new_value(target: SharedVariable, value: Any) -> Variable:
    """Return the value that a user gives as an update as a variable; plain values take the target's
    type."""
    if isinstance(value, Variable):
        if isinstance(target.type, TensorType) and not isinstance(value.type, TensorType):
            raise TypeError(f"function: the update of {target} is no tensor but {value.type}")
        return value
    try:
        if not isinstance(target.type, TensorType):
            return target.type.filter_variable(value)
        if holds_variables(value):
            return as_tensor(value)
        return constant(target.type.filter(value, allow_downcast=target.allow_downcast))
    except (TypeError, ValueError) as error:
        raise type(error)(f"function: the update of {target}: {error}") from None


def fit_update(target: SharedVariable, value: Variable) -> Variable:
    """Return a new value in the type of its variable: cast where nothing can be lost, or where the
    variable allows it. Raises TypeError."""
    if not isinstance(target.type, TensorType):
        return _fit_value(target, value)
    have, want = as_tensor(value).type, target.type
    if have.ndim != want.ndim:
        raise TypeError(
            f"function: the update of {target} ({want}) is a {have}: the ranks differ."
            f" It was created at {value.location}"
        )
    for axis, (mine, theirs) in enumerate(zip(want.shape, have.shape, strict=True)):
        if mine is not None and theirs is not None and mine != theirs:
            raise TypeError(
                f"function: the update of {target} ({want}) is a {have}: the extents on axis"
                f" {axis} differ. It was created at {value.location}"
            )
    if have.dtype == want.dtype:
        return value
    if target.allow_downcast or np.can_cast(have.dtype, want.dtype, "safe"):
        return cast(value, want.dtype)
    origin = dtype_origins(value, have.dtype)[0]
    raise TypeError(
        f"function: the update of {target} ({want}) is a {have}, and a cast would lose precision;"
        f" write it as T.cast(..., '{want.dtype}'), or look for what made it {have.dtype}:"
        f" {origin}, created at {origin.location}. The update was created at {value.location}"
    )


def _fit_value(target: SharedVariable, value: Variable) -> Variable:
    converted = target.type.convert_variable(value)
    if converted is None:
        raise TypeError(
            f"function: the update of {target} ({target.type}) is a {value.type}."
            f" It was created at {value.location}"
        )
    fitted: Variable = converted
    return fitted


def add_default_updates(
    roots: Iterable[Variable],
    updates: Updates,
    excluded: bool | Sequence[SharedVariable],
    replacements: Mapping[Variable, Variable],
) -> None:
    """Add to `updates` the `default_update` of every shared variable that `roots` and the updates
    use, and of those that these use in turn, except for the `excluded`. For a variable that a
    loop carries from step to step the update is its value after the loop."""
    left_out = _excluded(excluded)
    if left_out is None:
        return
    used = list(ancestors([*roots, *updates.values()]))
    left = left_by_loops(used)
    pending = deque(v for v in used if isinstance(v, SharedVariable))
    seen = set(pending)
    while pending:
        variable = pending.popleft()
        if variable.default_update is None or variable in updates or variable in left_out:
            continue
        update = left.get(variable)
        if update is None:
            update = new_value(variable, variable.default_update)
            update = rebuild([update], replacements)[update]
        updates[variable] = fit_update(variable, update)
        for other in ancestors([update]):
            if isinstance(other, SharedVariable) and other not in seen:
                seen.add(other)
                pending.append(other)


def _excluded(excluded: Any) -> set[SharedVariable] | None:
    """Return the variables whose default updates are left out; None for all. Raises TypeError."""
    if isinstance(excluded, bool):
        return None if excluded else set()
    if isinstance(excluded, list | tuple | set | frozenset) and all(
        isinstance(variable, SharedVariable) for variable in excluded
    ):
        return set(excluded)
    raise TypeError(
        f"function: no_default_updates is a bool or a list of shared variables, not {excluded!r}"
    )
