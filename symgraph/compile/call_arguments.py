"""Conversion of the arguments of a call to one array for each input."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symgraph.compile.inputs import In
from symgraph.compile.type_checks import TypeCheck
from symgraph.graph import Container, PrecisionLoss, TensorType, Variable

# Marks a value that a call does not give.
_ABSENT = object()
# Marks a name shared by several inputs.
_AMBIGUOUS = -1


class Arguments:
    """The inputs of a function with their defaults: assigns the values of a call to the inputs.

    defaults: the containers of the defaults, where another function's are taken on.
    """

    def __init__(
        self, inputs: Sequence[In], title: str, defaults: Sequence[Container] | None = None
    ) -> None:
        self.inputs = inputs
        self.title = title
        self.defaults: list[Container] = list(defaults or map(_default, inputs))
        self._explicit = [p for p, entry in enumerate(inputs) if not entry.implicit]
        # The number of positional values for which a call needs no further processing.
        self._plain = len(inputs) if len(self._explicit) == len(inputs) else -1
        # A dict is the value of a lone input that may be one, and otherwise gives values by name.
        first = inputs[self._explicit[0]] if len(self._explicit) == 1 else None
        self._takes_dict = first is not None and not isinstance(first.variable.type, TensorType)
        self._positions = self._find_positions()
        self._passed = [TypeCheck(entry.variable.type) for entry in inputs]

    def _find_positions(self) -> dict[Variable | str, int]:
        positions: dict[Variable | str, int] = {}
        for position, entry in enumerate(self.inputs):
            positions[entry.variable] = position
            if entry.name is not None:
                positions[entry.name] = _AMBIGUOUS if entry.name in positions else position
        return positions

    def read(
        self, args: Sequence[Any], kwargs: Mapping[Any, Any], trusted: bool = False
    ) -> Sequence[Any]:
        """Return an array for each input, in order; if `trusted`, no array is cast. Raises
        TypeError, ValueError."""
        plain = len(args) == self._plain and not kwargs and not self._is_dict(args)
        values = args if plain else self.bind(args, kwargs)
        return [
            value if passed(value) else self.filter(position, value, trusted)
            for position, (passed, value) in enumerate(zip(self._passed, values, strict=True))
        ]

    def bind(self, args: Sequence[Any], kwargs: Mapping[Any, Any]) -> list[Any]:
        """Return the value of each input: by position, by name, all in one dict by variable or
        name, or its default. Raises TypeError."""
        given = dict(kwargs)
        if self._is_dict(args):
            given |= args[0]
            if len(given) < len(kwargs) + len(args[0]):
                raise TypeError(f"{self.title}: an input is given in the dict and by name")
            args = ()
        if len(args) > len(self._explicit):
            labels = ", ".join(self.label(p) for p in self._explicit)
            raise TypeError(
                f"{self.title} takes {len(self._explicit)} argument"
                f"{'s' * (len(self._explicit) != 1)}{f' ({labels})' * bool(labels)},"
                f" got {len(args)}"
            )
        values: list[Any] = [_ABSENT] * len(self.inputs)
        for position, value in zip(self._explicit, args, strict=False):
            values[position] = value
        for key, value in given.items():
            position = self._position(key)
            if values[position] is not _ABSENT:
                raise TypeError(f"{self.title}: input {self.label(position)} is given twice")
            values[position] = value
        absent = []
        for position, value in enumerate(values):
            if value is _ABSENT:
                values[position] = self.defaults[position].value
                if values[position] is None:
                    absent.append(self.label(position))
        if absent:
            raise TypeError(
                f"{self.title}: missing argument{'s' * (len(absent) > 1)} {', '.join(absent)}"
            )
        return values

    def _is_dict(self, args: Sequence[Any]) -> bool:
        """Return whether the values are given in one dict, by variable or name."""
        return len(args) == 1 and type(args[0]) is dict and not self._takes_dict

    def _position(self, key: Any) -> int:
        position = self._positions.get(key)
        if position is None:
            known = ", ".join(e.name for e in self.inputs if e.name is not None)
            raise TypeError(
                f"{self.title} has no input {key!r}; its inputs are {known or 'without names'}"
            )
        if position == _AMBIGUOUS:
            raise TypeError(
                f"{self.title}: several inputs are named {key!r}; give them by position"
            )
        if self.inputs[position].implicit:
            raise TypeError(
                f"{self.title}: the input {self.label(position)} is implicit, and not given in a"
                " call; set it with f[variable] = value"
            )
        return position

    def find(self, key: Any) -> int | None:
        """Return the position of the input that is `key` or has this name; None if none or
        several."""
        position = self._positions.get(key)
        return None if position == _AMBIGUOUS else position

    def filter(self, position: int, value: Any, trusted: bool = False) -> np.ndarray:
        """Return `value` as an array of the input's type; `trusted` arrays must already have it.

        Raises TypeError or ValueError, whose message has the cause first, then the input, and where
        it was created.
        """
        entry = self.inputs[position]
        strict = entry.strict or (trusted and isinstance(value, np.ndarray))
        try:
            array: np.ndarray = entry.variable.type.filter(
                value, strict=strict, allow_downcast=entry.allow_downcast
            )
        except (TypeError, ValueError) as error:
            named = f" ({entry.name})" if entry.name is not None else ""
            allow = ", or allow it by function(..., allow_input_downcast=True)"
            remedy = allow if isinstance(error, PrecisionLoss) else ""
            raise type(error)(
                f"{self.title}: input {position}{named}: {error}{remedy}."
                f" The input was created at {entry.variable.location}"
            ) from None
        return array

    def label(self, position: int) -> str:
        """Return the name of an input in messages: its own, or its position and type."""
        entry = self.inputs[position]
        return entry.name or f"{position} ({entry.variable.type})"


def _default(entry: In) -> Container:
    """Return the container of an input's default: the user's own container, or a new one."""
    return entry.value if isinstance(entry.value, Container) else Container(entry.value)
