"""The values that a function keeps, looked up by variable or by name."""

from typing import Any

from symgraph.compile.call_arguments import Arguments
from symgraph.graph import Container, SharedVariable, Variable


class Containers:
    """`f.container[x]`: the container of an input's default or of a shared variable."""

    def __init__(self, arguments: Arguments, shared: list[SharedVariable]) -> None:
        self._arguments = arguments
        self._shared = shared

    def _find(self, key: Variable | str) -> SharedVariable | int:
        """Return a shared variable, or the position of an input. Raises KeyError."""
        found: list[SharedVariable | int] = [
            variable
            for variable in self._shared
            if key is variable or (isinstance(key, str) and key == variable.name)
        ]
        position = self._arguments.find(key)
        if position is not None:
            found.append(position)
        if len(found) != 1:
            wrong = "several variables called" if found else "no input or shared variable"
            raise KeyError(f"{self._arguments.title} has {wrong} {key!r}")
        return found[0]

    def _type(self, key: Variable | str) -> Any:
        found = self._find(key)
        if isinstance(found, int):
            return self._arguments.inputs[found].variable.type
        return found.type

    def __getitem__(self, key: Variable | str) -> Container:
        found = self._find(key)
        if isinstance(found, int):
            return self._arguments.defaults[found]
        return found.container

    def __contains__(self, key: Variable | str) -> bool:
        try:
            self._find(key)
        except KeyError:
            return False
        return True


class Values(Containers):
    """A mapping `f.value[x]` to a copy of the value itself (None for an input without a default).

    Assigning replaces the value by a copy of the new one, cast as a call or `set_value` would.
    """

    def __getitem__(self, key: Variable | str) -> Any:
        value = super().__getitem__(key).value
        return None if value is None else self._type(key).copy_value(value)

    def __setitem__(self, key: Variable | str, value: Any) -> None:
        found = self._find(key)
        if isinstance(found, int):
            filtered = self._arguments.filter(found, value)
            own = self._type(key).own_value(filtered, value)
            self._arguments.defaults[found].value = own
        else:
            found.set_value(value)
