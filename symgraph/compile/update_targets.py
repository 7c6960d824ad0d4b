"""The destinations of a function's results that are not outputs."""

from collections.abc import Sequence
from typing import Any

from symgraph.compile.specification import Specification
from symgraph.compile.value_locks import LockedContainers, publish
from symgraph.graph import Container, TensorType, Variable


def known_extents(variable: Variable) -> tuple[int | None, ...]:
    """Return the extents that the type tells; none where the variable is no tensor."""
    return variable.type.shape if isinstance(variable.type, TensorType) else ()


class Targets:
    """New defaults of inputs, then shared variables: their `containers`, which a call has
    exclusively within `held`, and `extents`, as far as the type of each tells them."""

    def __init__(self, specification: Specification, defaults: Sequence[Container]) -> None:
        sticky = [
            (entry.variable, default)
            for entry, default in zip(specification.inputs, defaults, strict=True)
            if entry.update is not None
        ]
        shared = [(target, target.container) for target in specification.updates]
        self.containers: list[Container] = [container for _, container in (*sticky, *shared)]
        self.held: LockedContainers = LockedContainers(self.containers)
        variables = [variable for variable, _ in (*sticky, *shared)]
        self.extents: list[tuple[int | None, ...]] = [known_extents(v) for v in variables]
        # Those with known extents, which must be checked before anything is stored.
        self._checked = [
            (position, variable)
            for position, variable in enumerate(variables)
            if any(extent is not None for extent in known_extents(variable))
        ]

    def __bool__(self) -> bool:
        return bool(self.containers)

    def update(self, values: Sequence[Any], title: str) -> None:
        """Store new values, all or none. Raises ValueError where an extent is not the known one."""
        for position, variable in self._checked:
            try:
                variable.type.filter(values[position])
            except ValueError as error:
                raise ValueError(
                    f"{title}: the new value of {variable}: {error}; nothing was updated."
                    f" {variable} was created at {variable.location}"
                ) from None
        publish(self.containers, values)
