"""What is said and drawn of one kind of model while it is trained, and behind that."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from ..datasets import DataSet
from ..errors import DataError
from ..training.history import History


class TrainingReport(Protocol):
    """Report on one kind of model: estimators of targets, of a text, of a distribution."""

    def arguments(self, data: Any) -> tuple[list[Any], dict[str, Any]]:
        """Return what `fit` is given."""

    def plan(self, model: Any) -> str:
        """Say how it will be trained, in a line."""

    def measured(self, model: Any, history: History) -> str:
        """Tell the last epoch, such as `cost 0.4, errors: training 8 %`."""

    def check(self, model: Any, data: Any, file: Path) -> None:
        """Raise `DataError` where the model that is saved in `file` cannot go on with the data."""

    def between(self, model: Any) -> str:
        """Return what to show from time to time while training, if anything."""

    def results(self, model: Any, data: Any) -> Iterator[str]:
        """Return lines that say how the model does, behind training."""

    def draw(self, model: Any, data: Any, folder: Path) -> Iterator[Path]:
        """Draw pictures of what was learned, one file after the other."""

    def following(self, model: Any, data: Any, folder: Path, file: Path) -> str | None:
        """Return a command that uses the model, and why: a sentence; or nothing."""


def check_samples(model: Any, data: DataSet, file: Path) -> None:
    """Raise `DataError` where the model of that file reads other samples, or tells other classes
    apart."""
    width, wanted = data.train.x.shape[1], model.n_features_in_
    if width != wanted:
        raise DataError(
            data.name,
            f"its samples have {width} features, the model in {file} reads {wanted}",
        )
    if not hasattr(model, "classes_"):
        return
    for part in (data.train, data.validation):
        unknown = set(part.y.tolist()) - set(model.classes_.tolist())
        if unknown:
            label = min(unknown, key=str)
            raise DataError(data.name, f"the label {label!r} is no class of the model in {file}")


def command(*words: object) -> str:
    """Return a command line as it can be typed: `symgraph` as it was called."""
    called = sys.argv[0]
    found = shutil.which("symgraph")
    same = found is not None and os.path.realpath(found) == os.path.realpath(called)
    program = ["symgraph" if same else called]
    if os.path.basename(called) == "__main__.py":
        program = [sys.orig_argv[0], "-m", "symgraph.models"]
    return shlex.join([*program, *map(str, words)])
