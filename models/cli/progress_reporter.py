"""What is printed while a model is trained."""

import sys
import time
from collections.abc import Callable
from typing import Any

from symgraph.graph.lazy_import import LazyModule

from ..reports.training_report import TrainingReport
from ..training.history import History

_tqdm = LazyModule("tqdm")

_LEAST_SECONDS_BETWEEN_LINES = 1.0
_SECONDS_BETWEEN_LINES_WITHIN = 10.0


class ProgressReporter:
    """Print the epochs of a training run as they pass: a callback of `fit`.

    It says how long compiling took; then the epochs, where no progress bar is drawn, and what the
    report shows in between: the first, no more than one a second of those that follow, so that
    showing takes no more than a tenth of the time, and the last (`finish`). Of a long epoch it
    tells how far it is.
    """

    def __init__(self, report: TrainingReport, model: Any) -> None:
        self._report, self._model = report, model
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
            if shown := self._report.between(self._model):
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
        say(f"epoch {history.epochs:4d}  {self._report.measured(self._model, history)}")
        self._told = history.epochs

    def _say(self, text: str) -> None:
        write: Callable[[str], None] = _tqdm.tqdm.write if self._bar else say
        write(text)


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)
