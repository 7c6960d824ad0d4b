"""Checks of the values of shared variables when a call reads them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.compile.type_checks import TypeCheck
from symgraph.graph import SharedVariable


class StoredValueCheck:
    """A check of the values of containers, which may have changed since they were stored: a holder
    of the array itself (`borrow=True`) can change its extents or dtype in place."""

    def __init__(self, variables: Sequence[SharedVariable], title: str) -> None:
        self._variables = variables
        self._title = title
        self._passed = [TypeCheck(variable.type) for variable in variables]

    def read(self, values: Sequence[Any]) -> list[np.ndarray]:
        """Return the values as arrays of their variables' types. Raises TypeError, ValueError."""
        return [
            value if passed(value) else self._filter(position, value)
            for position, (passed, value) in enumerate(zip(self._passed, values, strict=True))
        ]

    def _filter(self, position: int, value: Any) -> np.ndarray:
        """Return a value that is not trivially one of its type, such as an array of a subclass, as
        one."""
        variable = self._variables[position]
        array = value
        if isinstance(value, np.ndarray) and not hasattr(value, "mask"):
            array = np.asarray(value)
        try:
            filtered: np.ndarray = variable.type.filter(array, strict=True)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"{self._title}: the shared variable {variable} holds another value than its type"
                f" says: {error}. Was the array changed in place by whoever has it?"
                f" {variable}.set_value(...) gives it a new one."
                f" {variable} was created at {variable.location}"
            ) from None
        return filtered
