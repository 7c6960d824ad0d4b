"""Training of classifiers and regressions: test errors, pictures of weights and mistakes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets import DataSet
from ..training.history import History
from . import pictures
from .training_report import check_samples, command

_MOST_TERMS = 8


class SupervisedReport:
    """Report on models that learn from samples and their targets."""

    def arguments(self, data: DataSet) -> tuple[list[Any], dict[str, Any]]:
        validation = (data.validation.x, data.validation.y)
        return [data.train.x, data.train.y], {"validation": validation}

    def plan(self, model: Any) -> str:
        batch = "all samples" if model.batch_size is None else f"batches of {model.batch_size}"
        rate = model.learning_rate
        settings = f"{batch}, {model.optimizer}" + ("" if rate is None else f" at {rate:g}")
        penalties = [f"{name.upper()} {getattr(model, name):g}" for name in ("l1", "l2")]
        penalties = [penalty for penalty in penalties if not penalty.endswith(" 0")]
        return ", ".join([type(model).__name__, settings, *penalties])

    def measured(self, model: Any, history: History) -> str:
        error = _error_text(model)
        errors = ", ".join(f"{name} {error(told[-1])}" for name, told in history.errors.items())
        return f"cost {history.cost[-1]:.4f}  errors: {errors}"

    def check(self, model: Any, data: DataSet, file: Path) -> None:
        check_samples(model, data, file)

    def between(self, model: Any) -> str:
        return ""

    def results(self, model: Any, data: DataSet) -> Iterator[str]:
        """Say how the network does on samples it never saw."""
        history = model.history_
        if history.best_epoch:
            error = _error_text(model)(history.errors["validation"][history.best_epoch - 1])
            yield f"kept: the weights of epoch {history.best_epoch}, validation error {error}"
        answers = model.predict(data.test.x)
        if hasattr(model, "predict_proba"):
            wrong = int(np.count_nonzero(answers != data.test.y))
            share = 100 * wrong / len(answers)
            yield f"test error: {share:.2f} % ({wrong} of {len(answers):,})"
            return
        squares = float(np.mean((answers.astype(np.float64) - data.test.y) ** 2))
        yield f"test error: {squares:.4g} (mean square over {len(answers)} samples)"
        if not hasattr(model, "coef_"):
            return
        terms = [
            f"{'-' if weight < 0 else '+'} {abs(weight):.4f} x{number}"
            for number, weight in enumerate(model.coef_[:_MOST_TERMS], 1)
        ]
        more = " + ..." if len(model.coef_) > _MOST_TERMS else ""
        yield f"fitted: y = {model.intercept_:.4f} {' '.join(terms)}{more}"

    def draw(self, model: Any, data: DataSet, folder: Path) -> Iterator[Path]:
        return pictures.draw_all(model, data, folder)

    def following(self, model: Any, data: DataSet, folder: Path, file: Path) -> str | None:
        if not pictures.is_of_digits(model):
            return None
        sample = pictures.write_sample(model, data, folder)
        return f"let it read a picture: {command('predict', file, sample)}"


def _error_text(model: Any) -> Callable[[float], str]:
    """Return how an error is written: a share of wrong answers in percent, a mean square as it
    is."""
    if hasattr(model, "predict_proba"):
        return lambda error: f"{100 * error:.2f} %"
    return lambda error: f"{error:.4g}"
