"""`symgraph train`: train a network of the books, test it, save it and draw what it learned."""

import argparse
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import symgraph.models

from symgraph.graph.lazy import LazyModule

from ..datasets import DataSet
from ..errors import DataError, DivergenceError, ModelFileError
from ..history import History
from ..persistence import load
from . import options as train_options
from . import pictures
from .catalogue import NETWORKS, Network

_tqdm = LazyModule("tqdm")

SUMMARY = "train a network, print its test error, save it and draw what it learned"

INTERRUPTED = 130
DEFAULT_SEED = 0
_LEAST_SECONDS_BETWEEN_LINES = 1.0
_MOST_TERMS = 8

add_options = train_options.add_options

_STOPPED = {
    "epochs": "all epochs done",
    "patience": "patience is exhausted: validation improves no more",
    "interrupt": "interrupted",
}


def run(options: argparse.Namespace) -> int:
    """Train as asked; 130 when Ctrl-C ended it, after all has been saved and drawn."""
    network = NETWORKS[options.network]
    settings = train_options.given_settings(options)
    folder = options.plots or Path(f"symgraph-{network.name}")
    file = options.save or folder / "model.safetensors"
    _make_folders(folder, file.parent)
    model = _model(network, options.resume, settings)
    seed = model.random_state if isinstance(model.random_state, int) else DEFAULT_SEED
    start = time.perf_counter()
    data = network.load(options.data, seed)
    _say(f"{data.describe()}, read in {time.perf_counter() - start:.1f} s")
    _train(model, data, options.resume, settings, file)
    _report(model, data)
    model.save(file)
    _say(f"saved: {file}")
    for path in pictures.draw_all(model, data, folder):
        _say(f"drawn: {path}")
    if pictures.is_of_digits(model):
        sample = pictures.write_sample(model, data, folder)
        _say(f"\nNext, let it read a picture: {_command('predict', file, sample)}")
    return INTERRUPTED if model.history_.stopped_by == "interrupt" else 0


def _make_folders(*folders: Path) -> None:
    """So that a place that cannot be written is known before training, not after."""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise DataError(folder, "is a file, not a folder") from None
        except OSError as error:
            raise DataError(folder, error.strerror or str(error)) from None


def _model(network: Network, resumed: Path | None, settings: dict[str, Any]) -> Any:
    """The untrained estimator, or the one saved in `resumed`; neither knows the data yet."""
    if resumed is None:
        chosen = {"random_state": DEFAULT_SEED, **network.settings(), **settings}
        estimator = getattr(symgraph.models, network.estimator)
        return estimator(**chosen, dtype="float32", progress=None)
    model = load(resumed)
    if type(model).__name__ != network.estimator:
        raise ModelFileError(
            resumed, f"holds a {type(model).__name__}, {network.name} is a {network.estimator}"
        )
    return model


def _train(
    model: Any, data: DataSet, resumed: Path | None, settings: dict[str, Any], file: Path
) -> None:
    """Until the epochs are done, patience is exhausted or Ctrl-C; best weights kept."""
    _say(_plan(model, resumed))
    samples = (data.train.x, data.train.y)
    validation = (data.validation.x, data.validation.y)
    tell = _Teller(model)
    try:
        if resumed is None:
            model.fit(*samples, validation=validation, callbacks=[tell])
        else:
            epochs = settings.get("max_iter", model.max_iter)
            model.resume(*samples, epochs, validation=validation, callbacks=[tell])
    except DivergenceError:
        if model.history_.best_epoch:
            model.save(file)
            _say(f"saved, as it was after epoch {model.history_.best_epoch}: {file}")
        raise


def _plan(model: Any, resumed: Path | None) -> str:
    settings = f"batches of {model.batch_size}, {model.optimizer} at {model.learning_rate:g}"
    penalties = [f"{name.upper()} {getattr(model, name):g}" for name in ("l1", "l2")]
    penalties = [penalty for penalty in penalties if not penalty.endswith(" 0")]
    plan = ", ".join([type(model).__name__, settings, *penalties])
    begun = f"goes on after epoch {model.history_.epochs}; " if resumed else ""
    return f"{plan}\n{begun}Ctrl-C ends training and keeps the best weights"


class _Teller:
    """Says how long compiling took; then the epochs, where no progress bar is drawn: the first,
    and no more than one a second of those that follow."""

    def __init__(self, model: Any) -> None:
        self._begun = model.history_.epochs if hasattr(model, "history_") else 0
        self._error = _error_text(model)
        self._bar = sys.stderr.isatty()
        self._quiet_until = 0.0

    def __call__(self, history: History) -> None:
        now = time.perf_counter()
        if history.epochs == self._begun:
            say = _tqdm.tqdm.write if self._bar else _say
            say(f"compiled in {history.compile_seconds:.2f} s")
        elif not self._bar and now >= self._quiet_until:
            self._quiet_until = now + _LEAST_SECONDS_BETWEEN_LINES
            errors = ", ".join(
                f"{name} {self._error(told[-1])}" for name, told in history.errors.items()
            )
            _say(f"epoch {history.epochs:4d}  cost {history.cost[-1]:.4f}  errors: {errors}")


def _error_text(model: Any) -> Callable[[float], str]:
    """How an error is written: a share of wrong answers in percent, a mean square as it is."""
    if hasattr(model, "predict_proba"):
        return lambda error: f"{100 * error:.2f} %"
    return lambda error: f"{error:.4g}"


def _report(model: Any, data: DataSet) -> None:
    """How training ended, and how the network does on samples it never saw."""
    history = model.history_
    seconds = sum(history.seconds)
    ended = _STOPPED[history.stopped_by]
    _say(f"{ended}, after {history.epochs} epochs in {seconds:.1f} s")
    if history.best_epoch:
        error = _error_text(model)(history.errors["validation"][history.best_epoch - 1])
        _say(f"kept: the weights of epoch {history.best_epoch}, validation error {error}")
    answers = model.predict(data.test.x)
    if hasattr(model, "predict_proba"):
        wrong = int(np.count_nonzero(answers != data.test.y))
        _say(f"test error: {100 * wrong / len(answers):.2f} % ({wrong} of {len(answers):,})")
        return
    squares = float(np.mean((answers.astype(np.float64) - data.test.y) ** 2))
    _say(f"test error: {squares:.4g} (mean square over {len(answers)} samples)")
    terms = [
        f"{'-' if weight < 0 else '+'} {abs(weight):.4f} x{number}"
        for number, weight in enumerate(model.coef_[:_MOST_TERMS], 1)
    ]
    more = " + ..." if len(model.coef_) > _MOST_TERMS else ""
    _say(f"fitted: y = {model.intercept_:.4f} {' '.join(terms)}{more}")


def _command(*words: object) -> str:
    """A command line as it can be typed: `symgraph` as it was called."""
    called = sys.argv[0]
    found = shutil.which("symgraph")
    same = found is not None and os.path.realpath(found) == os.path.realpath(called)
    program = "symgraph" if same else called
    return shlex.join([program, *map(str, words)])


def _say(text: str) -> None:
    print(text, flush=True)
