"""The training loop: mini-batches, validation, early stopping, interruption, best weights."""

import copy
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgraph import SharedVariable

from .early_stopping import StoppingRule
from .errors import DivergenceError
from .history import History

Values = dict[str, np.ndarray]
# Called after each epoch; and before the first, with an empty history.
Callback = Callable[[History], None]


@dataclass
class Task:
    """What the loop needs of a model.

    `step(rows)` trains on the samples numbered `rows` and returns their cost and error, in one
    native call; `validate()` is the error on the validation samples, None where there are none.
    """

    step: Callable[[np.ndarray], Sequence[Any]]
    validate: Callable[[], float] | None
    parameters: Sequence[SharedVariable]
    # The optimiser's state.
    state: Sequence[SharedVariable]
    n_samples: int
    batch_size: int
    learning_rate: float


@dataclass
class Progress:
    """Where training stands: with this, and the same samples, it goes on as if never stopped.

    `last` are the weights and the optimiser's state behind the last epoch, `best` the weights of
    the best epoch: the last, where nothing is validated.
    """

    history: History
    rule: StoppingRule | None
    rng: np.random.Generator
    steps: int = 0
    last: Values = field(default_factory=dict)
    best: Values = field(default_factory=dict)

    def copy(self) -> "Progress":
        """Nothing in it is shared with this one; arrays are never written to."""
        return Progress(
            copy.deepcopy(self.history),
            copy.deepcopy(self.rule),
            copy.deepcopy(self.rng),
            self.steps,
            dict(self.last),
            dict(self.best),
        )


def values_of(variables: Sequence[SharedVariable]) -> Values:
    """Copies of the values by the variables' names."""
    return {str(v.name): v.get_value() for v in variables}


def put_back(variables: Sequence[SharedVariable], values: Values) -> None:
    """Give each variable the value kept under its name."""
    for variable in variables:
        variable.set_value(values[str(variable.name)])


def minibatches(
    n_samples: int, batch_size: int, rng: np.random.Generator | None
) -> Iterator[np.ndarray]:
    """Row numbers (int64), shuffled by `rng` if given; the last batch may be smaller."""
    rows = np.arange(n_samples) if rng is None else rng.permutation(n_samples)
    for start in range(0, n_samples, batch_size):
        yield rows[start : start + batch_size]


@contextmanager
def interruptions_noted() -> Iterator[threading.Event]:
    """Ctrl-C sets the event instead of raising; a second Ctrl-C raises KeyboardInterrupt.

    Python gives signals to the main thread only; in others the event is never set.
    """
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        # Somebody else's way of handling it, or ignoring it, is respected.
        yield event
        return

    def note(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, before)
        event.set()

    signal.signal(signal.SIGINT, note)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)


def train(
    task: Task,
    progress: Progress,
    epochs: int,
    *,
    shuffle: bool = True,
    callbacks: Sequence[Callback] = (),
) -> None:
    """Train until `epochs` are completed in all, patience is exhausted or Ctrl-C is pressed.

    `progress` is brought up to date behind each epoch. However it ends, the parameters hold the
    best weights. Raises `DivergenceError` when the cost is not finite; what a callback raises
    is passed on.
    """
    everything = [*task.parameters, *task.state]
    if progress.last:
        put_back(everything, progress.last)
    else:
        progress.last = values_of(everything)
        progress.best = values_of(task.parameters)
    history = progress.history
    history.stopped_by = None
    try:
        with interruptions_noted() as interrupted:
            for callback in callbacks:
                callback(history)
            while history.stopped_by is None:
                if history.epochs >= epochs:
                    history.stopped_by = "epochs"
                elif progress.rule is not None and progress.rule.exhausted(progress.steps):
                    history.stopped_by = "patience"
                elif not _epoch(task, progress, shuffle, interrupted):
                    history.stopped_by = "interrupt"
                    if not history.epochs:
                        # Weights of part of an epoch are better than none at all.
                        progress.best = values_of(task.parameters)
                else:
                    for callback in callbacks:
                        callback(history)
    except KeyboardInterrupt:
        history.stopped_by = "interrupt"
    finally:
        put_back(task.parameters, progress.best)


def _epoch(task: Task, progress: Progress, shuffle: bool, interrupted: threading.Event) -> bool:
    """One pass over all samples; False where it was interrupted, `progress` being as before."""
    start = time.perf_counter()
    history = progress.history
    # The generator moves on only when the epoch is complete, so that it can be repeated.
    rng = copy.deepcopy(progress.rng)
    costs, errors, seen, steps = 0.0, 0.0, 0, progress.steps
    for rows in minibatches(task.n_samples, task.batch_size, rng if shuffle else None):
        if interrupted.is_set():
            return False
        cost, error = task.step(rows)
        steps += 1
        if not math.isfinite(cost):
            raise DivergenceError(
                f"the cost became {float(cost)} in epoch {history.epochs + 1}, mini-batch "
                f"{steps - progress.steps}: the learning rate {task.learning_rate:g} is too large "
                f"for these samples, or they are not scaled; the best weights are kept "
                f"(epoch {history.best_epoch})"
            )
        costs += float(cost) * len(rows)
        errors += float(error) * len(rows)
        seen += len(rows)
    measured = {"training": errors / seen}
    is_best = True
    if task.validate is not None:
        measured["validation"] = task.validate()
    if progress.rule is not None:
        judged = measured.get("validation", measured["training"])
        is_best = progress.rule.record(steps, judged)
    history.add(costs / seen, measured, time.perf_counter() - start)
    progress.steps, progress.rng = steps, rng
    progress.last = values_of([*task.parameters, *task.state])
    if is_best:
        progress.best = {str(p.name): progress.last[str(p.name)] for p in task.parameters}
        history.best_epoch = history.epochs
    return True
