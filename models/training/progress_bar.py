"""A bar in the terminal or notebook that follows the epochs."""

import math
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from symgraph.graph.lazy_import import LazyModule

from .history import History
from .task import Callback

_tqdm = LazyModule("tqdm.auto")

# Short enough for a terminal of 80 columns.
_FORMAT = "{desc} {bar} {n:.4g}/{total_fmt} epochs, {elapsed}<{remaining}{postfix}"
_SECONDS_BETWEEN = 0.1


@contextmanager
def progress_bar(epochs: int, name: str, enabled: bool | None) -> Iterator[Callback]:
    """Give a callback that draws a bar in a notebook or else on standard error, with the time that
    has passed and that is left; `enabled` None means in notebooks and on terminals only."""
    if not (sys.stderr.isatty() or in_notebook() if enabled is None else enabled):
        yield lambda history: None
        return
    with warnings.catch_warnings():
        # Where a notebook has no widgets, tqdm says so and draws its bar as text.
        warnings.simplefilter("ignore")
        tqdm = _tqdm.tqdm
    with tqdm(total=epochs, desc=name, bar_format=_FORMAT, leave=False) as bar:
        yield _Bar(bar)


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and hasattr(shell, "kernel")


class _Bar:
    """Move a bar behind each epoch, and within long ones."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._epochs = 0
        self._next = 0.0
        self._validation = ""

    def __call__(self, history: History) -> None:
        self._epochs = history.epochs
        told = history.errors.get("validation", [])
        if told and not math.isnan(told[-1]):
            self._validation = f", validation {told[-1]:.3g}"
        self._move(self._epochs, _numbers(history))

    def within(self, done: int, steps: int, cost: float) -> None:
        now = time.perf_counter()
        if now >= self._next:
            self._next = now + _SECONDS_BETWEEN
            self._move(
                self._epochs + int(100 * done / steps) / 100, f"cost {cost:.3g}{self._validation}"
            )

    def _move(self, epochs: float, numbers: str) -> None:
        self._bar.set_postfix_str(numbers, refresh=False)
        self._bar.update(epochs - self._bar.n)


def _numbers(history: History) -> str:
    """Return the last epoch's: `cost 0.353, errors 0.073 / 0.098` (training / validation)."""
    if not history.cost:
        return ""
    errors = " / ".join(f"{told[-1]:.3g}" for told in history.errors.values() if told)
    return f"cost {history.cost[-1]:.3g}" + (f", errors {errors}" if errors else "")
