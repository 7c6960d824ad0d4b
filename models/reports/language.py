"""Training of language models: how well they guess, and what they write."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .. import plots
from ..datasets import Text
from ..errors import DataError
from ..training.history import History
from .training_report import command

_SHOWN = 120
_WRITTEN = 400


class LanguageReport:
    """Report on models that learn a text."""

    def arguments(self, data: Text) -> tuple[list[Any], dict[str, Any]]:
        return [data.train], {"validation": data.validation}

    def plan(self, model: Any) -> str:
        embedding = f", embedding {model.embedding}" if model.embedding else ""
        return (
            f"CharRNN, {model.cell} {_sizes(model)}{embedding}, {model.batch_size} x "
            f"{model.sequence_length} characters a step, {model.optimizer} at "
            f"{model.learning_rate:g}, gradients within {model.clip:g}"
        )

    def measured(self, model: Any, history: History) -> str:
        bits = ", ".join(f"{name} {told[-1]:.3f}" for name, told in history.errors.items())
        return f"bits a character: {bits}"

    def check(self, model: Any, data: Text, file: Path) -> None:
        known = set(model.alphabet_.characters)
        if unknown := (set(data.train) | set(data.validation)) - known:
            raise DataError(
                data.name, f"its character {min(unknown)!r} is not known to the model in {file}"
            )

    def between(self, model: Any) -> str:
        return "    | " + _indented(model.sample(_SHOWN))

    def results(self, model: Any, data: Text) -> Iterator[str]:
        if data.validation and model.history_.epochs:
            bits = -model.score(data.validation) / np.log(2)
            yield f"bits a character of text it did not learn from: {bits:.3f}"
        yield "it writes:\n    | " + _indented(model.sample(_WRITTEN))

    def draw(self, model: Any, data: Text, folder: Path) -> Iterator[Path]:
        history = model.history_
        if not history.epochs:
            return
        figure = plots.learning_curve(
            history.cost,
            history.errors,
            title=f"{data.name}, read by {model.cell} {_sizes(model)}",
            error_label="bits a character",
        )
        yield plots.save(figure, folder / "learning-curve.png")

    def following(self, model: Any, data: Text, folder: Path, file: Path) -> str | None:
        return f"let it write: {command('sample', file, '--temperature', '0.7')}"


def _sizes(model: Any) -> str:
    return "-".join(map(str, np.atleast_1d(model.hidden_layer_sizes)))


def _indented(text: str) -> str:
    """Return the text with all that a terminal would obey made visible."""
    lines = text.split("\n")
    return "\n    | ".join("".join(c if c.isprintable() else "·" for c in line) for line in lines)
