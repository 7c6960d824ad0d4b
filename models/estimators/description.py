"""What a file tells of a model beside its weights: a JSON document, written and read.

Nothing in it is trusted: each part is checked for its kind before anything is made of it.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..catalogue import MODELS
from ..errors import ParameterError
from ..limits import MAX_DESCRIPTION, MAX_STATE
from ..training.early_stopping import StoppingRule, rule_as_dict, rule_from_dict
from ..training.history import ENDS, History
from .settings import plain

FORMAT = 1
_LABELS = re.compile(r"[<>|=]?[biufU](\d+)|O")
_OF_HISTORY = frozenset(vars(History()))


@dataclass(frozen=True)
class Description:
    """Hold a model's class, what it is built from, and where its training stands."""

    model: str
    settings: dict[str, Any]
    dtype: str
    n_features: int
    n_outputs: int | None
    feature_names: np.ndarray | None
    # (channels, rows, columns) of pictures that were given in their shape.
    picture: tuple[int, int, int] | None
    classes: np.ndarray | None
    seed: int
    steps: int
    history: History
    rule: StoppingRule | None
    rng: np.random.Generator


class Describable(Protocol):
    """Name what a built model has, as far as files tell of it."""

    history_: History
    n_features_in_: int
    n_iter_: int

    @property
    def _parts(self) -> Any: ...

    def get_params(self, deep: bool = True) -> dict[str, Any]: ...


def written(model: Describable) -> str:
    """Return the document of a built model. Raises TypeError for what text cannot hold."""
    built = model._parts
    progress = built.progress
    classes = getattr(model, "classes_", None)
    if classes is not None:
        dtype = classes.dtype.str if classes.dtype.kind != "O" else "O"
        classes = {"labels": classes.tolist(), "dtype": dtype}
    document = {
        "format": FORMAT,
        "model": type(model).__name__,
        "settings": {name: _plain(value) for name, value in model.get_params(deep=False).items()},
        "dtype": built.dtype,
        "n_features": model.n_features_in_,
        "n_outputs": getattr(model, "_n_outputs", None),
        "picture": plain(getattr(model, "_picture", None)),
        "feature_names": plain(getattr(model, "feature_names_in_", None)),
        "classes": classes,
        "training": {
            "seed": built.seed,
            "steps": progress.steps,
            "history": progress.history.as_dict(),
            "rule": None if progress.rule is None else rule_as_dict(progress.rule),
            "rng": progress.rng.bit_generator.state,
        },
    }
    return json.dumps(document)


def _plain(value: Any) -> Any:
    """Return a setting for JSON. Of a generator nothing is kept: its draws are in the weights."""
    if isinstance(value, StoppingRule):
        return {"rule": rule_as_dict(value)}
    if isinstance(value, (np.random.RandomState, np.random.Generator)):
        return None
    if isinstance(value, type) and issubclass(value, np.generic):
        return np.dtype(value).name
    if isinstance(value, dict):
        # JSON has no keys but text.
        return {"weights": [[plain(key), plain(weight)] for key, weight in value.items()]}
    return value.name if isinstance(value, np.dtype) else plain(value)


def read(text: str) -> Description:
    """Return what a document says. Raises `ParameterError` that names the part which is not as it
    is written here, and what else forged numbers lead to: OverflowError, TypeError, ValueError."""
    if len(text) > MAX_DESCRIPTION:
        raise ParameterError(f"its description has {len(text):,} characters")
    try:
        document = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"its description is damaged ({error})") from None
    if not isinstance(document, dict) or "format" not in document:
        raise ParameterError("its description is damaged (it names no format)")
    if document["format"] != FORMAT:
        raise ParameterError(f"of format {document['format']}; this version reads format {FORMAT}")
    training = _part(document, "training", _is_dict, "a table")
    rule = _part(training, "rule", lambda value: value is None or _is_dict(value), "a table")
    return Description(
        _part(document, "model", lambda value: value in list(MODELS), "one of this version"),
        _earlier(document) | _settings(_part(document, "settings", _is_dict, "a table")),
        _part(document, "dtype", lambda value: value in ("float32", "float64"), "a float's"),
        _part(document, "n_features", lambda n: _is_integer(n) and n >= 1, "an integer from 1"),
        _outputs(document),
        _feature_names(document),
        _picture(document),
        _classes(document),
        _part(training, "seed", lambda n: _is_integer(n) and n >= 0, "an integer from 0"),
        _part(training, "steps", lambda n: _is_integer(n) and n >= 0, "an integer from 0"),
        _history(_part(training, "history", _is_dict, "a table")),
        None if rule is None else _rule(rule),
        _generator(_part(training, "rng", _is_dict, "a table")),
    )


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("it says a thing twice")
    return table


def _part(table: dict[str, Any], name: str, check: Callable[[Any], bool], kind: str) -> Any:
    if name not in table:
        raise ParameterError(f"the part {name!r} of its description is missing")
    if not check(table[name]):
        raise ParameterError(
            f"the part {name!r} of its description, {table[name]!r}, is not {kind}"
        )
    return table[name]


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or _is_integer(value)


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(map(_is_number, values))


def _settings(table: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict) and "weights" in value:
            made[name] = _weights(value["weights"])
            continue
        if isinstance(value, dict):
            made[name] = _rule(_part(value, "rule", _is_dict, "a table"))
            continue
        for element in value if isinstance(value, list) else [value]:
            if not (element is None or isinstance(element, (bool, str)) or _is_number(element)):
                raise ParameterError(f"the setting {name} cannot be {element!r}")
        made[name] = tuple(value) if isinstance(value, list) else value
    return made


def _rule(table: dict[str, Any]) -> StoppingRule:
    rule = rule_from_dict(table)
    for name, value in table.items():
        if name != "kind" and not _is_number(value):
            raise ParameterError(f"{name} of a stopping rule cannot be {value!r}")
    return rule


def _earlier(document: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that a file means which was written when samples were taken as they
    are."""
    if document["model"] in ("LinearRegression", "LogisticRegression", "MLPClassifier"):
        return {"scale": False, "tol": 0.0}
    if document["model"] == "RBM":
        return {"scale": False}
    return {}


def _weights(pairs: Any) -> dict[Any, float]:
    """Return labels and their weights."""
    if not isinstance(pairs, list) or not all(isinstance(p, list) and len(p) == 2 for p in pairs):
        raise ParameterError("its weights of classes are no pairs")
    for label, weight in pairs:
        if not (isinstance(label, (str, bool)) or _is_number(label)) or not _is_number(weight):
            raise ParameterError(f"the class {label!r} cannot weigh {weight!r}")
    return dict(pairs)


def _outputs(document: dict[str, Any]) -> int | None:
    # Files that were written before there were several say nothing of it.
    count = document.get("n_outputs")
    if count is not None and not (_is_integer(count) and count >= 1):
        raise ParameterError(f"the part 'n_outputs' of its description cannot be {count!r}")
    return count


def _picture(document: dict[str, Any]) -> tuple[int, int, int] | None:
    shape = document.get("picture")
    if shape is None:
        return None
    if not (isinstance(shape, list) and len(shape) == 3 and all(map(_is_integer, shape))):
        raise ParameterError(f"the part 'picture' of its description cannot be {shape!r}")
    if min(shape) < 1 or math.prod(shape) != document["n_features"]:
        raise ParameterError(f"pictures of {shape} do not have {document['n_features']} features")
    channels, rows, columns = shape
    return channels, rows, columns


def _feature_names(document: dict[str, Any]) -> np.ndarray | None:
    names = document.get("feature_names")
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ParameterError("its names of features are no texts")
    if len(names) != document["n_features"]:
        raise ParameterError(f"it names {len(names)} of {document['n_features']} features")
    return np.array(names, dtype=object)


def _classes(document: dict[str, Any]) -> np.ndarray | None:
    classes = _part(document, "classes", lambda value: value is None or _is_dict(value), "a table")
    if classes is None:
        return None
    labels = _part(classes, "labels", lambda value: isinstance(value, list), "a list")
    dtype = _part(
        classes,
        "dtype",
        lambda value: isinstance(value, str) and _LABELS.fullmatch(value) is not None,
        "a dtype of labels",
    )
    if not all(isinstance(label, (str, bool)) or _is_number(label) for label in labels):
        raise ParameterError("its labels are neither numbers nor text")
    if len(labels) * np.dtype(dtype).itemsize > MAX_STATE:
        raise ParameterError(f"{len(labels):,} labels of dtype {dtype}")
    return np.array(labels, dtype)


def _history(table: dict[str, Any]) -> History:
    if table.keys() != _OF_HISTORY:
        raise ParameterError(f"its history holds {', '.join(sorted(table))}")
    cost = _part(table, "cost", _are_numbers, "a list of numbers")
    errors = _part(table, "errors", _is_dict, "a table")
    for numbers in (table["seconds"], *errors.values()):
        if not _are_numbers(numbers) or len(numbers) != len(cost):
            raise ParameterError("its history does not have a number for each epoch")
    epochs = len(cost)
    _part(table, "best_epoch", lambda n: _is_integer(n) and 0 <= n <= epochs, "one of its epochs")
    _part(table, "stopped_by", lambda value: value is None or value in list(ENDS), "an end")
    _part(table, "compile_seconds", lambda n: _is_number(n) and math.isfinite(n), "a finite number")
    return History(**table)


def _generator(state: dict[str, Any]) -> np.random.Generator:
    rng = np.random.default_rng()
    rng.bit_generator.state = state
    return rng
