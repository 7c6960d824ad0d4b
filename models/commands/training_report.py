"""What is done for one kind of model while it is trained, and behind that."""

import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from symgraph.graph.lazy_import import LazyModule

from ..datasets import DataSet
from ..errors import DataError
from ..history import History

_tqdm = LazyModule("tqdm")

_LEAST_SECONDS_BETWEEN_LINES = 1.0
_SECONDS_BETWEEN_LINES_WITHIN = 10.0


class TrainingReport(Protocol):
    """One for each kind: estimators of targets, of a text, of a distribution."""

    def arguments(self, data: Any) -> tuple[list[Any], dict[str, Any]]:
        """What `fit` is given."""

    def plan(self, model: Any) -> str:
        """How it will be trained, in a line."""

    def measured(self, model: Any, history: History) -> str:
        """The last epoch, such as `cost 0.4, errors: training 8 %`."""

    def check(self, model: Any, data: Any, file: Path) -> None:
        """Raise `DataError` where the model that is saved in `file` cannot go on with the data."""

    def between(self, model: Any) -> str:
        """What to show from time to time while training, if anything."""

    def report(self, model: Any, data: Any) -> Iterator[str]:
        """How the model does, behind training."""

    def draw(self, model: Any, data: Any, folder: Path) -> Iterator[Path]:
        """Pictures of what was learned, one file after the other."""

    def following(self, model: Any, data: Any, folder: Path, file: Path) -> str | None:
        """A command that uses the model, and why: a sentence; or nothing."""


class ProgressReporter:
    """Says how long compiling took; then the epochs, where no progress bar is drawn, and what the
    course shows in between: the first, no more than one a second of those that follow, so
    that showing takes no more than a tenth of the time, and the last (`finish`). Of a long epoch it
    tells how far it is."""

    def __init__(self, course: TrainingReport, model: Any) -> None:
        self._course, self._model = course, model
        self._begun = model.history_.epochs if hasattr(model, "history_") else 0
        self._bar = sys.stderr.isatty()
        self._next_line = self._next_show = 0.0
        self._next_within = time.perf_counter() + _SECONDS_BETWEEN_LINES_WITHIN
        self._epochs = self._told = self._begun

    def __call__(self, history: History) -> None:
        now = time.perf_counter()
        self._next_within, self._epochs = now + _SECONDS_BETWEEN_LINES_WITHIN, history.epochs
        if history.epochs == self._begun:
            self._say(f"compiled in {history.compile_seconds:.2f} s")
            return
        if not self._bar and now >= self._next_line:
            self._tell_epoch(history)
            self._next_line = now + _LEAST_SECONDS_BETWEEN_LINES
        if now >= self._next_show:
            if shown := self._course.between(self._model):
                self._say(shown)
            # The first time includes what is compiled for it.
            taken = time.perf_counter() - now if self._next_show else 0.0
            self._next_show = now + max(_LEAST_SECONDS_BETWEEN_LINES, 10 * taken)

    def within(self, done: int, steps: int, cost: float) -> None:
        now = time.perf_counter()
        if not self._bar and now >= self._next_within:
            self._next_within = now + _SECONDS_BETWEEN_LINES_WITHIN
            say(f"epoch {self._epochs + 1:4d}, {done / steps:4.0%} of it  cost {cost:.4g}")

    def finish(self) -> None:
        """Tell the last epoch, where it was not."""
        history = self._model.history_
        if not self._bar and history.epochs > self._told:
            self._tell_epoch(history)

    def _tell_epoch(self, history: History) -> None:
        say(f"epoch {history.epochs:4d}  {self._course.measured(self._model, history)}")
        self._told = history.epochs

    def _say(self, text: str) -> None:
        write: Callable[[str], None] = _tqdm.tqdm.write if self._bar else say
        write(text)


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
    """A command line as it can be typed: `symgraph` as it was called."""
    called = sys.argv[0]
    found = shutil.which("symgraph")
    same = found is not None and os.path.realpath(found) == os.path.realpath(called)
    program = ["symgraph" if same else called]
    if os.path.basename(called) == "__main__.py":
        program = [sys.orig_argv[0], "-m", "symgraph.models"]
    return shlex.join([*program, *map(str, words)])


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)
