"""Training of Boltzmann machines: their pseudo-likelihood, filters, and what they dream of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .. import plots
from ..datasets import DataSet
from ..datasets.images import FRAME
from ..training.history import History
from .training_report import check_samples, command

_SHAPE = (FRAME, FRAME)
_FILTERS = 100
_TEST_SAMPLES = 200
_CHAINS = 18
_GIBBS_STEPS = 1000


class BoltzmannReport:
    """Report on models that learn how samples are distributed."""

    def arguments(self, data: DataSet) -> tuple[list[Any], dict[str, Any]]:
        return [data.train_and_validation.x], {}

    def plan(self, model: Any) -> str:
        kind = "PCD" if model.persistent else "CD"
        return (
            f"RBM of {model.n_hidden} hidden units, {kind}-{model.k}, batches of "
            f"{model.batch_size}, learning rate {model.learning_rate:g}"
        )

    def measured(self, model: Any, history: History) -> str:
        return f"pseudo-likelihood {-history.cost[-1]:.1f}"

    def check(self, model: Any, data: DataSet, file: Path) -> None:
        check_samples(model, data, file)

    def between(self, model: Any) -> str:
        return ""

    def results(self, model: Any, data: DataSet) -> Iterator[str]:
        """Say how likely the machine finds samples it never saw."""
        known = model.score(data.test.x[:: max(1, len(data.test) // _TEST_SAMPLES)])
        yield f"pseudo-likelihood of test samples: {known:.1f}"

    def draw(self, model: Any, data: DataSet, folder: Path) -> Iterator[Path]:
        likelihood = model.pseudo_likelihood_
        if likelihood:
            figure = plots.curve(
                likelihood,
                title=f"RBM {model.n_features_in_}-{model.n_hidden} on {data.name}",
                label="pseudo-likelihood",
            )
            yield plots.save(figure, folder / "pseudo-likelihood.png")
        if model.n_features_in_ != FRAME * FRAME:
            return
        weights = model.machine_.W.get_value()
        shown = min(_FILTERS, weights.shape[1])
        title = f"Weights of {shown} of {weights.shape[1]} hidden units"
        filters = plots.weight_images(weights, _SHAPE, title=title, most=_FILTERS)
        yield plots.save(filters, folder / "filters.png")
        yield plots.save(dreams(model, data, _CHAINS, _GIBBS_STEPS, 0), folder / "samples.png")

    def following(self, model: Any, data: DataSet, folder: Path, file: Path) -> str | None:
        if model.n_features_in_ != FRAME * FRAME:
            return None
        return f"let it dream: {command('sample', file, '--length', '5000')}"


def dreams(model: Any, data: DataSet, chains: int, steps: int, seed: int) -> Any:
    """Draw a picture of what Gibbs chains of so many steps from drawn test digits come to."""
    rng = np.random.default_rng(seed)
    starts = rng.choice(len(data.test), min(chains, len(data.test)), replace=False)
    captions = [f"from a {label}" for label in data.test.y[starts]]
    found = model.sample(data.test.x[starts], steps, seed)
    title = f"After {steps:,} Gibbs step" + "s" * (steps != 1)
    return plots.digit_gallery(found, _SHAPE, captions, title=title)
