"""`symgraph train`: train a network of the books, test it, save it and draw what it learned."""

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

from symgraph.graph.lazy_import import LazyModule

from ..catalogue import ModelSpec, specs
from ..datasets import DataSet
from ..errors import DivergenceError, ModelFileError
from ..estimators.persistence import load
from ..estimators.settings import settings_of
from . import options as train_options
from .progress_reporter import ProgressReporter, say
from .run_folder import RunFolder, run_folder

_exceptions = LazyModule("sklearn.exceptions")

SUMMARY = "train a network, test it, save it and draw what it learned"

INTERRUPTED = 130
DEFAULT_SEED = 0

add_options = train_options.add_options

_STOPPED = {
    "epochs": "all epochs done",
    "converged": "the cost has converged",
    "patience": "patience is exhausted: validation improves no more",
    "interrupt": "interrupted",
}


def run(options: argparse.Namespace) -> int:
    """Train as asked; 130 when Ctrl-C ended it, after all has been saved and drawn."""
    spec = specs()[options.network]
    settings = train_options.given_settings(options)
    source = train_options.given_source(options)
    model = _model(spec, options.resume, settings)
    with run_folder(options, spec.name) as where:
        return _run(spec, model, settings, source, where, options)


def _run(
    spec: ModelSpec,
    model: Any,
    settings: dict[str, Any],
    source: Path | None,
    where: RunFolder,
    options: argparse.Namespace,
) -> int:
    folder, file = where.folder, where.file
    seed = model.random_state if isinstance(model.random_state, int) else DEFAULT_SEED
    if source is None and spec.unnamed:
        say(spec.unnamed)
    start = time.perf_counter()
    data = spec.load(source, seed, form=train_options.given_form(options))
    say(f"{data.describe()}, read in {time.perf_counter() - start:.1f} s")
    if assumed := getattr(data, "assumed", ""):
        say(assumed)
    if options.resume is not None:
        spec.report.check(model, data, options.resume)
    else:
        _adapt(spec, model, data, settings)
    _train(spec, model, data, options.resume, settings, file)
    _report(spec, model, data)
    model.save(file)
    say(f"saved: {file}")
    for path in spec.report.draw(model, data, folder):
        say(f"drawn: {path}")
    if following := spec.report.following(model, data, folder, file):
        say(f"\nNext, {following}")
    return INTERRUPTED if model.history_.stopped_by == "interrupt" else 0


def _model(spec: ModelSpec, resumed: Path | None, settings: dict[str, Any]) -> Any:
    """Return the untrained estimator, or the one saved in `resumed`; neither knows the data yet."""
    if resumed is None:
        chosen = {"random_state": DEFAULT_SEED, **spec.settings, **settings}
        return spec.estimator(**chosen, dtype="float32", progress=None)
    model = load(resumed)
    if type(model) is not spec.estimator:
        kind = spec.estimator.__name__
        raise ModelFileError(resumed, f"holds a {type(model).__name__}, {spec.name} is a {kind}")
    return model


def _adapt(spec: ModelSpec, model: Any, data: Any, given: dict[str, Any]) -> None:
    """Set what depends on the data, but for the settings that are `given`."""
    if spec.defaults_for_tables and _is_table(data):
        known = settings_of(spec.estimator)
        own = {name: known[name].default for name in spec.settings if name not in given}
        model.set_params(**own)
        told = ", ".join(f"{name}={value}" for name, value in own.items())
        say(f"a table of numbers of any unit: instead of the book's settings {told}")
    adapted = spec.adapted(data, model.get_params(deep=False))
    model.set_params(**{name: v for name, v in adapted.items() if name not in given})


def _is_table(data: Any) -> bool:
    """Return whether the data are from a table, and no pixels, which are from 0 to 1."""
    x = data.train.x
    return bool(data.assumed) and bool(x.size) and bool(x.min() < 0 or x.max() > 1)


def _train(
    spec: ModelSpec,
    model: Any,
    data: Any,
    resumed: Path | None,
    settings: dict[str, Any],
    file: Path,
) -> None:
    """Train until the epochs are done, patience is exhausted or Ctrl-C; best weights kept."""
    begun = f"goes on after epoch {model.history_.epochs}; " if resumed else ""
    _tell_batch(model, data)
    say(spec.report.plan(model))
    say(f"{begun}Ctrl-C ends training and keeps the best weights")
    samples, more = spec.report.arguments(data)
    reporter = ProgressReporter(spec.report, model)
    more["callbacks"] = [reporter]
    try:
        if resumed is None:
            with warnings.catch_warnings():
                # `_report` says so in a line of its own.
                warnings.simplefilter("ignore", _exceptions.ConvergenceWarning)
                model.fit(*samples, **more)
        else:
            model.resume(*samples, settings.get("max_iter", model.max_iter), **more)
        reporter.finish()
    except DivergenceError:
        if model.history_.best_epoch:
            model.save(file)
            say(f"saved, as it was after epoch {model.history_.best_epoch}: {file}")
        raise


def _tell_batch(model: Any, data: Any) -> None:
    """Say what becomes of mini-batches of more samples than there are."""
    if isinstance(data, DataSet) and model.batch_size and model.batch_size > len(data.train):
        say(
            f"a batch of {model.batch_size:,} is more than the {len(data.train):,} samples to "
            f"learn from: it becomes all of them, {len(data.train):,}"
        )


def _report(spec: ModelSpec, model: Any, data: Any) -> None:
    """Say how training ended, and what came of it."""
    history = model.history_
    ended = _STOPPED[history.stopped_by]
    if history.stopped_by == "epochs" and getattr(model, "tol", 0):
        ended += " before the cost converged"
    say(f"{ended}, after {history.epochs} epochs in {sum(history.seconds):.1f} s")
    for line in spec.report.results(model, data):
        say(line)
