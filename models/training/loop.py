"""The training loop: mini-batches, validation, early stopping, interruption, best weights."""

import copy
import math
import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import DivergenceError
from .checkpoint import ParameterValues, Progress, put_back, values_of
from .history import History
from .interruption import interruptions_noted
from .task import Callback, TrainingTask, Within

# Epochs without progress that are taken for convergence.
STEADY_EPOCHS = 10


def minibatches(
    n_samples: int, batch_size: int, rng: np.random.Generator | None
) -> Iterator[np.ndarray]:
    """Return row numbers (int64), shuffled by `rng` if given; the last batch may be smaller."""
    rows = np.arange(n_samples) if rng is None else rng.permutation(n_samples)
    for start in range(0, n_samples, batch_size):
        yield rows[start : start + batch_size]


class _NotFiniteError(ArithmeticError):
    """Say what became infinite or NaN, and where."""


def train(
    task: TrainingTask,
    progress: Progress,
    epochs: int,
    *,
    shuffle: bool = True,
    callbacks: Sequence[Callback] = (),
) -> None:
    """Train until `epochs` are completed in all, the cost has converged, patience is exhausted or
    Ctrl-C is pressed.

    `progress` is brought up to date behind each epoch: an epoch counts whole or not at all.
    However training ends, the parameters hold the best weights. Raises `DivergenceError` when
    the cost or a weight is not finite; what a callback raises is passed on.
    """
    everything = [*task.parameters, *task.state]
    if progress.last:
        put_back(everything, progress.last)
    else:
        progress.last = values_of(everything)
        progress.best = values_of(task.parameters)
    history = progress.history
    history.stopped_by = None
    lowest = _LowestCost(progress)
    convergence = _Convergence(history, task.tol)
    watching = [callback.within for callback in callbacks if hasattr(callback, "within")]
    try:
        with interruptions_noted() as interrupted:
            for callback in callbacks:
                callback(history)
            while history.stopped_by is None:
                if convergence.reached():
                    history.stopped_by = "converged"
                elif history.epochs >= epochs:
                    history.stopped_by = "epochs"
                elif progress.rule is not None and progress.rule.exhausted(progress.steps):
                    history.stopped_by = "patience"
                elif not _whole_epoch(task, progress, lowest, shuffle, interrupted, watching):
                    history.stopped_by = "interrupt"
                else:
                    for callback in callbacks:
                        callback(history)
    except KeyboardInterrupt:
        history.stopped_by = "interrupt"
    except _NotFiniteError as found:
        history.stopped_by = "divergence"
        if progress.rule is None:
            progress.best, history.best_epoch = lowest.weights, lowest.epoch
        raise _divergence(found, task.learning_rate, history.best_epoch) from None
    finally:
        put_back(task.parameters, progress.best)


def _divergence(found: _NotFiniteError, rate: float, kept: int) -> DivergenceError:
    which = f"epoch {kept}" if kept else "those before the first epoch"
    return DivergenceError(
        f"{found}: the learning rate {rate:g} is too large for these samples, or they are not "
        f"scaled; the best weights are kept ({which})"
    )


class _Convergence:
    """Watch whether the cost of the last epochs is less than all before by no more than `tol`."""

    def __init__(self, history: History, tol: float) -> None:
        self._history, self._tol = history, tol
        self._before = min(history.cost[:-STEADY_EPOCHS], default=math.inf)

    def reached(self) -> bool:
        cost = self._history.cost
        if not self._tol or len(cost) <= STEADY_EPOCHS:
            return False
        self._before = min(self._before, cost[-STEADY_EPOCHS - 1])
        return self._before - min(cost[-STEADY_EPOCHS:]) < self._tol


class _LowestCost:
    """Keep the weights from which the epoch of lowest cost began.

    Where nothing is validated the best weights are the last; but when training diverges the last
    are the worst, and these are kept instead. A cost is measured before the steps it leads to.
    """

    def __init__(self, progress: Progress) -> None:
        self.cost = math.inf
        self.weights = progress.best
        self.epoch = progress.history.best_epoch

    def see(self, cost: float, weights: ParameterValues, epoch: int) -> None:
        """Note an epoch: `weights` are those behind `epoch`, from which the next one had that mean
        cost."""
        if cost < self.cost:
            self.cost, self.weights, self.epoch = cost, weights, epoch


def _whole_epoch(
    task: TrainingTask,
    progress: Progress,
    lowest: _LowestCost,
    shuffle: bool,
    interrupted: threading.Event,
    watching: Sequence[Within],
) -> bool:
    """Make one pass over all samples; return False where it was interrupted. `progress` is as
    before then, and when anything is raised, even by Ctrl-C between two lines of ours."""
    before = progress.copy()
    try:
        completed = _epoch(task, progress, shuffle, interrupted, watching)
    except BaseException:
        progress.go_back_to(before)
        raise
    if completed:
        weights = {str(p.name): before.last[str(p.name)] for p in task.parameters}
        lowest.see(progress.history.cost[-1], weights, before.history.epochs)
    elif not progress.history.epochs:
        # Weights of part of an epoch are better than none at all.
        partial = values_of(task.parameters)
        if _not_finite(partial) is None:
            progress.best = partial
    return completed


def _not_finite(values: ParameterValues) -> str | None:
    """Return the name of a value that is not finite everywhere, if there is one."""
    return next((name for name, value in values.items() if not np.isfinite(value).all()), None)


def _check_weights(weights: ParameterValues, epoch: int) -> None:
    """Raise where one is not finite."""
    if (name := _not_finite(weights)) is not None:
        raise _NotFiniteError(f"the weights {name} became infinite or NaN in epoch {epoch}")


def _epoch(
    task: TrainingTask,
    progress: Progress,
    shuffle: bool,
    interrupted: threading.Event,
    watching: Sequence[Within],
) -> bool:
    """Make one pass over all samples; return False where it was interrupted."""
    start = time.perf_counter()
    history = progress.history
    epoch = history.epochs + 1
    # A copy moves on, so that an epoch that was interrupted can be repeated.
    rng = copy.deepcopy(progress.rng)
    costs, errors, seen, steps = 0.0, 0.0, 0, progress.steps
    for rows in minibatches(task.n_samples, task.batch_size, rng if shuffle else None):
        if interrupted.is_set():
            return False
        try:
            cost, *error = task.step(rows)
        except ValueError:
            # A step may refuse weights that are no numbers, as draws refuse probabilities.
            _check_weights(values_of(task.parameters), epoch)
            raise
        steps += 1
        if not math.isfinite(cost):
            batch = steps - progress.steps
            raise _NotFiniteError(
                f"the cost became {float(cost)} in epoch {epoch}, mini-batch {batch}"
            )
        costs += float(cost) * len(rows)
        errors += sum(map(float, error)) * len(rows)
        seen += len(rows)
        for within in watching:
            within(steps - progress.steps, -(-task.n_samples // task.batch_size), costs / seen)
    weights = values_of(task.parameters)
    # The last step's cost was measured before its update.
    _check_weights(weights, epoch)
    measured = {"training": errors / seen} if error else {}
    is_best = True
    if task.validate is not None:
        measured["validation"] = task.validate()
    if progress.rule is not None:
        judged = measured.get("validation", measured["training"])
        is_best = progress.rule.record(steps, judged)
    history.add(costs / seen, measured, time.perf_counter() - start)
    progress.steps, progress.rng = steps, rng
    progress.last = weights | values_of(task.state)
    if is_best:
        progress.best, history.best_epoch = weights, epoch
    return True
