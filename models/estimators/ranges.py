"""The values that settings of estimators may have. A range says so in text, and checks a value.

`None` is checked by no range: the type of a setting says whether it may be None.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from symgraph import get_backend

from ..errors import ParameterError
from ..suggestions import did_you_mean
from ..training.early_stopping import StoppingRule


class Range(Protocol):
    """Say what a setting may be; `str` of it is a phrase for its documentation."""

    def check(self, name: str, value: Any) -> None:
        """Raise `ParameterError` that names the setting where its value lies outside."""


def is_number(value: Any) -> bool:
    """Return whether it is a real number of Python or NumPy; bool is none."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def check_number(name: str, value: Any, least: float, whole: bool) -> None:
    """Raise `ParameterError` unless it is a finite number from `least`, whole if so wanted."""
    finite = is_number(value) and math.isfinite(value)
    if not finite or value < least or (whole and value % 1):
        kind = "an integer" if whole else "a finite number"
        raise ParameterError(f"{name} must be {kind} from {least:g}, not {value!r}")


@dataclass(frozen=True)
class Integer:
    """Allow integers from `least`."""

    least: int = 1

    def check(self, name: str, value: Any) -> None:
        check_number(name, value, self.least, whole=True)

    def __str__(self) -> str:
        return f"whole, from {self.least}"


@dataclass(frozen=True)
class Real:
    """Allow finite numbers from `least`, and less than `below`."""

    least: float = 0.0
    below: float = math.inf

    def check(self, name: str, value: Any) -> None:
        check_number(name, value, self.least, whole=False)
        if value >= self.below:
            raise ParameterError(f"{name} must be below {self.below:g}, not {value!r}")

    def __str__(self) -> str:
        from_ = "any finite number" if self.least == -math.inf else f"from {self.least:g}"
        return from_ if self.below == math.inf else f"{from_} to below {self.below:g}"


@dataclass(frozen=True)
class Fraction:
    """Allow numbers between 0 and 1, neither of them included."""

    def check(self, name: str, value: Any) -> None:
        if not is_number(value) or not 0 < value < 1:
            raise ParameterError(f"{name} must lie between 0 and 1, not {value!r}")

    def __str__(self) -> str:
        return "between 0 and 1"


@dataclass(frozen=True)
class OneOf:
    """Allow the names of a table, or objects of the class `other`."""

    kind: str
    names: Iterable[str]
    other: type[Any] | None = None

    def check(self, name: str, value: Any) -> None:
        if self.other is not None and isinstance(value, self.other):
            return
        if value not in list(self.names):
            raise ParameterError(
                f"no {self.kind} is called {value!r}; there are {', '.join(self.names)}"
                f"{did_you_mean(value, self.names)}"
            )

    def __str__(self) -> str:
        return f"one of {', '.join(self.names)}"


@dataclass(frozen=True)
class LayerSizes:
    """Allow an integer from 1, or a sequence of such: the units of each layer from the bottom.

    `empty` says whether there may be no layer.
    """

    empty: bool

    def check(self, name: str, value: Any) -> None:
        sizes = np.atleast_1d(np.asarray(value, dtype=object))
        if not len(sizes) and not self.empty:
            raise ParameterError(f"{name} must name at least one layer")
        if not self.empty:
            for size in sizes:
                check_number(name, size, 1, whole=True)
        elif not all(isinstance(n, (int, np.integer)) and n is not True and n >= 1 for n in sizes):
            raise ParameterError(f"{name} must be integers from 1, not {value!r}")

    def __str__(self) -> str:
        return "integers from 1"


@dataclass(frozen=True)
class Stopping:
    """Allow True, False, or a stopping rule."""

    def check(self, name: str, value: Any) -> None:
        if not isinstance(value, bool | np.bool_ | StoppingRule):
            raise ParameterError(
                f"{name} must be True, False, EarlyStopping(...) or NoImprovement(...), "
                f"not {value!r}"
            )

    def __str__(self) -> str:
        return "True (patience), False, EarlyStopping(...) or NoImprovement(...)"


@dataclass(frozen=True)
class Described:
    """Allow values that are told in words, and checked where they are used."""

    text: str

    def check(self, name: str, value: Any) -> None:
        pass

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class BackEnd:
    """Allow the name of a back end, a back end itself, and None."""

    def check(self, name: str, value: Any) -> None:
        try:
            get_backend(value)
        except (TypeError, ValueError, RuntimeError) as error:
            raise ParameterError(f"{name}: {error}") from error

    def __str__(self) -> str:
        return "a back end or device that symgraph info names; None: by the flags device and mode"


FLAG = Described("True or False")
SEED = Described("an integer from 0, a generator of NumPy's, or None: another each time")
BACK_END = BackEnd()
