"""The one list of models, and what the command line knows of each: its `ModelSpec`.

A new model is a file with its estimator and a `SPEC`, and a line in `MODELS`. The face of
`symgraph.models`, `symgraph list` and `symgraph train` read that list; a file of a saved model can
name no class but one of it.
"""

import ast
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from .datasets import TableForm
    from .reports.training_report import TrainingReport

BOOK = "Deep Learning Algorithms in Practice (深度学习算法实践)"

# Each estimator and its module, in the order of `symgraph list`.
MODELS: dict[str, str] = {
    "MLPClassifier": ".perceptrons.mlp",
    "MLPRegressor": ".perceptrons.mlp",
    "LogisticRegression": ".linear.logistic_regression",
    "LinearRegression": ".linear.linear_regression",
    "LeNet": ".convolutional.lenet",
    "LSTMClassifier": ".recurrent.lstm_classifier",
    "CharRNN": ".language.char_rnn",
    "RBM": ".boltzmann.rbm",
}


class DataLoader(Protocol):
    """Read what a model learns from."""

    def __call__(self, source: Path | None, seed: int, /, *, form: "TableForm") -> Any:
        """Return the data at `source` (None: the model's own), cut into parts by `seed`, a table
        being taken as `form` says."""


def _unchanged(data: Any, settings: dict[str, Any]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """Describe one line of `symgraph list`, and what `symgraph train` does for it.

    estimator: the class that is trained.
    name: what the command line calls it.
    summary: a line that says what it is.
    source: the sections of `BOOK` that describe it, and what they follow.
    load: reads its data.
    report: what is said and drawn of it.
    settings: of the book, beside the estimator's defaults.
    adapted: settings that depend on the data, from the data and the settings so far.
    defaults_for_tables: whether the estimator's own defaults, which scale, take the place of the
        book's settings where the data are a user's table of numbers of any unit.
    source_option: the option of the command line that names its data.
    unnamed: what is said where that option is not given, if anything.
    """

    estimator: type[Any]
    name: str
    summary: str
    source: str
    load: DataLoader
    report: "TrainingReport"
    settings: Mapping[str, Any] = field(default_factory=dict)
    adapted: Callable[[Any, dict[str, Any]], dict[str, Any]] = _unchanged
    defaults_for_tables: bool = False
    source_option: str = "data"
    unnamed: str = ""


def estimator_class(name: str) -> type[Any]:
    """Return the estimator that `MODELS` lists under a name. Raises KeyError for any other."""
    found: type[Any] = getattr(_module(MODELS[name]), name)
    return found


@cache
def specs() -> dict[str, ModelSpec]:
    """Return what the modules of `MODELS` declare, by the names on the command line.

    A module declares `SPEC`: one, or a tuple where its estimator is trained in several forms. All
    modules are imported for this. Raises ValueError where two declare the same name.
    """
    found: dict[str, ModelSpec] = {}
    for home in dict.fromkeys(MODELS.values()):
        declared = _module(home).SPEC
        for spec in declared if isinstance(declared, tuple) else (declared,):
            if spec.name in found:
                raise ValueError(f"two models are called {spec.name!r}, one of them in {home}")
            found[spec.name] = spec
    return found


class ModelSummary(NamedTuple):
    """What `symgraph list` says of a model: fields of its `ModelSpec`."""

    name: str
    summary: str
    source: str


def descriptions() -> list[ModelSummary]:
    """Return the descriptions of all models, without importing their modules, which takes longer
    than a list may: scikit-learn is imported for the estimators.

    They are read from the sources, where the fields must be literals: ValueError otherwise.
    """
    found = []
    for home in dict.fromkeys(MODELS.values()):
        path = resources.files(__package__).joinpath(*home[1:].split(".")[:-1])
        path = path.joinpath(f"{home.rpartition('.')[2]}.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == ModelSpec.__name__:
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                fields = [ast.literal_eval(given[field]) for field in ModelSummary._fields]
                found.append(ModelSummary(*fields))
    return found


def _module(home: str) -> ModuleType:
    return importlib.import_module(home, __package__)
