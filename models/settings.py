"""What the settings of the estimators may be."""

import math
from typing import Any

import numpy as np

from .early_stopping import StoppingRule
from .errors import ParameterError

# Settings that say how to train. The others are part of the network and its updates.
OF_TRAINING = frozenset(
    {
        "batch_size",
        "class_weight",
        "max_iter",
        "tol",
        "shuffle",
        "early_stopping",
        "validation_fraction",
        "warm_start",
        "random_state",
        "mode",
        "progress",
    }
)
# Name, least value, whether it must be whole.
_NUMBERS = (
    ("learning_rate", 0.0, False),
    ("l1", 0.0, False),
    ("l2", 0.0, False),
    ("batch_size", 1, True),
    ("max_iter", 1, True),
    ("tol", 0.0, False),
)


def check_settings(
    settings: dict[str, Any], dtype: str, may_be_none: frozenset[str] = frozenset()
) -> None:
    """Raise `ParameterError` naming the setting that is out of range."""
    for name, least, whole in _NUMBERS:
        if name in settings and not (settings[name] is None and name in may_be_none):
            check_number(name, settings[name], least, whole)
    fraction = settings["validation_fraction"]
    if not _is_number(fraction) or not 0 < fraction < 1:
        raise ParameterError(f"validation_fraction must lie between 0 and 1, not {fraction!r}")
    rule = settings["early_stopping"]
    if not isinstance(rule, bool | np.bool_ | StoppingRule):
        raise ParameterError(
            f"early_stopping must be True, False, EarlyStopping(...) or NoImprovement(...), "
            f"not {rule!r}"
        )
    if dtype not in ("float32", "float64"):
        given = dtype if settings["dtype"] is None else settings["dtype"]
        raise ParameterError(f"dtype must be float32 or float64, not {given!r}")


def check_number(name: str, value: Any, least: float, whole: bool) -> None:
    """Raise `ParameterError` unless it is a finite number from `least`, whole if so wanted."""
    finite = _is_number(value) and math.isfinite(value)
    if not finite or value < least or (whole and value % 1):
        kind = "a whole number" if whole else "a finite number"
        raise ParameterError(f"{name} must be {kind} from {least:g}, not {value!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def plain(value: Any) -> Any:
    """The same in lists, numbers and text where it is an array, tuple or scalar of NumPy's."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (tuple, list, np.ndarray)):
        return [plain(element) for element in value]
    return value
