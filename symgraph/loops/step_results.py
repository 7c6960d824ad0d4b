"""The results of a step function: outputs, updates, and the condition to stop."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from symgraph.compile import OrderedUpdates
from symgraph.graph import SharedVariable, Variable
from symgraph.loops.scan_arguments import tensor
from symgraph.ops.constant import as_tensor
from symgraph.ops.elemwise import scalar_functions


class until:  # noqa: N801 - Theano's name
    """Stop a loop, returned by a step after its outputs.

    condition: a scalar; no step follows the one where it is true (for a number: not zero).
    Raises TypeError for anything but a scalar.

    >>> powers, updates = sg.scan(
    ...     lambda x: (2 * x, sg.until(x >= 4)), outputs_info=T.constant(1.0), n_steps=10
    ... )
    >>> powers.eval()
    array([2., 4., 8.])
    """

    def __init__(self, condition: Any) -> None:
        variable = as_tensor(condition)
        if variable.type.ndim != 0:
            raise TypeError(
                f"until: the condition must be a scalar, not {variable} ({variable.type})"
            )
        if variable.type.dtype != "bool":
            variable = scalar_functions["neq"](variable, 0)
        self.condition = variable


class StepResult(NamedTuple):
    """The parts of a step's result."""

    outputs: list[Variable]
    updates: OrderedUpdates
    condition: Variable | None


def read_result(value: Any, title: str) -> StepResult:
    """Return the parts of the result of `fn`: a variable or a list of them, optionally with updates
    (a dict, or pairs) and an `until`; or updates alone. Raises TypeError."""
    condition: Variable | None = None
    updates = OrderedUpdates()
    rest = [value]
    if isinstance(value, tuple | list) and not _is_pairs(value):
        rest = list(value)
    outputs: list[Any] = []
    for entry in rest:
        if isinstance(entry, until):
            if condition is not None:
                raise TypeError(f"{title}: fn returned two until(...)")
            condition = entry.condition
        elif is_updates(entry):
            updates.update(_checked(entry, title))
        elif isinstance(entry, list | tuple):
            outputs += entry
        elif entry is not None:
            outputs.append(entry)
    found = [
        tensor(output, f"{title}: output {position} of fn")
        for position, output in enumerate(outputs)
    ]
    if not found and not updates:
        raise TypeError(
            f"{title}: fn returned no outputs and no updates, but {value!r}; is its return"
            " statement missing?"
        )
    return StepResult(found, updates, condition)


def _checked(given: Any, title: str) -> Any:
    """Return the updates, checked to be of shared variables. Raises TypeError."""
    for target in given if isinstance(given, Mapping) else ():
        if not isinstance(target, SharedVariable):
            raise TypeError(
                f"{title}: fn returned an update of {target}, but only shared variables are updated"
            )
    return given


def is_updates(value: Any) -> bool:
    """Return whether this is a dict, or a list of updates as pairs."""
    return isinstance(value, Mapping) or _is_pairs(value)


def _is_pairs(value: Any) -> bool:
    """Return whether this is a list of updates as pairs."""
    if not isinstance(value, list | tuple):
        return False
    pairs = [isinstance(entry, list | tuple) and len(entry) == 2 for entry in value]
    return bool(value) and all(pairs) and all(isinstance(e[0], SharedVariable) for e in value)
