"""The pictures that `symgraph train` leaves: what was measured, learned and mistaken."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from symgraph.graph.lazy_import import LazyModule

from .. import plots
from ..datasets import DataSet
from ..datasets.images import FRAME
from ..files import replace

_pil_image = LazyModule("PIL.Image")

_SHAPE = (FRAME, FRAME)
_MOST_MISTAKES = 24
_MOST_UNITS = 100
_MOST_READ = 5
_SAMPLE_SCALE = 10

Drawing = tuple[str, Callable[[], Any]]


def draw_all(model: Any, data: DataSet, folder: Path) -> Iterator[Path]:
    """Draw what suits the model and its data, one file after the other; their paths."""
    for name, figure in _drawings(model, data):
        yield plots.save(figure(), folder / f"{name}.png")


def architecture(model: Any) -> str:
    """Return a text such as `MLPClassifier 784-500-10`."""
    if not hasattr(model, "classes_"):
        return type(model).__name__
    if hasattr(model, "form"):
        return f"{type(model).__name__} ({model.form})"
    hidden = np.atleast_1d(getattr(model, "hidden_layer_sizes", getattr(model, "n_hidden", ())))
    sizes = [model.n_features_in_, *hidden.astype(int), len(model.classes_)]
    return f"{type(model).__name__} {'-'.join(map(str, sizes))}"


def write_sample(model: Any, data: DataSet, folder: Path) -> Path:
    """Draw a test digit as a user might draw it: large, dark on light, its name its label. The
    first that is answered rightly; the others are in the picture of mistakes."""
    right = np.flatnonzero(model.predict(data.test.x) == data.test.y)
    chosen = int(right[0]) if len(right) else 0
    label, pixels = str(data.test.y[chosen]), data.test.x[chosen].reshape(_SHAPE)
    values = np.round(255 * (1 - pixels.astype(np.float64))).astype(np.uint8)
    large = np.kron(values, np.ones((_SAMPLE_SCALE, _SAMPLE_SCALE), dtype=np.uint8))
    name = "".join(c if c.isalnum() else "_" for c in label)
    path = folder / f"digit-{name}.png"
    replace(path, lambda stream: _pil_image.fromarray(large).save(stream, "PNG"))
    return path


def is_of_digits(model: Any) -> bool:
    """Return whether the model reads pictures of digits."""
    return hasattr(model, "classes_") and model.n_features_in_ == FRAME * FRAME


def _drawings(model: Any, data: DataSet) -> Iterator[Drawing]:
    title = f"{architecture(model)} on {data.name}"
    if model.history_.epochs:
        yield "learning-curve", lambda: _learning_curve(model, title)
    if is_of_digits(model):
        if hasattr(model, "predict_proba_so_far"):
            yield "reading", lambda: _reading(model, data)
        elif hasattr(model, "feature_maps"):
            yield "windows", lambda: _windows(model)
            yield "feature-maps", lambda: _feature_maps(model, data)
        else:
            yield "weights", lambda: _weights(model)
        wrong = _mistakes(model, data)
        if len(wrong[0]):
            yield "misclassified", lambda: _misclassified(data, *wrong)
    elif hasattr(model, "classes_"):
        if _is_line_in_the_plane(model):
            weights, bias = (parameter.get_value() for parameter in model.parameters)
            label = np.searchsorted(model.classes_, data.train.y)
            yield (
                "decision-line",
                lambda: plots.decision_line(data.train.x, label, weights, bias, title=title),
            )
    elif model.n_features_in_ == 1 and hasattr(model, "coef_"):
        yield "line", lambda: _line(model, data, title)


def _learning_curve(model: Any, title: str) -> Any:
    history = model.history_
    is_classifier = hasattr(model, "classes_")
    scale = 100.0 if is_classifier else 1.0
    return plots.learning_curve(
        history.cost,
        {name: [scale * error for error in errors] for name, errors in history.errors.items()},
        title=title,
        error_label="error rate (%)" if is_classifier else "mean squared error",
        best_epoch=history.best_epoch or None,
    )


def _weights(model: Any) -> Any:
    weights = model.parameters[0].get_value()
    count = weights.shape[1]
    if len(model.parameters) == 2:
        labels = [str(label) for label in model.classes_]
        return plots.weight_images(weights, _SHAPE, title="Weights of each class", labels=labels)
    # The units that the next layer listens to most say most about the network.
    listening = np.abs(model.parameters[2].get_value()).sum(axis=1)
    order = np.argsort(-listening, kind="stable")[:_MOST_UNITS]
    which = f"the {len(order)} of {count}" if len(order) < count else f"all {count}"
    title = f"Weights of {which} hidden units"
    if len(order) < count:
        title += " that the next layer weighs most"
    return plots.weight_images(weights[:, order], _SHAPE, title=title, most=_MOST_UNITS)


def _windows(model: Any) -> Any:
    weights = model.parameters[0].get_value()
    shape = weights.shape[2:]
    title = f"The {len(weights)} windows of the first layer"
    return plots.weight_images(weights.reshape(len(weights), -1).T, shape, title=title)


def _feature_maps(model: Any, data: DataSet) -> Any:
    """Draw those of the test digit that the model is surest of and right about."""
    probabilities = model.predict_proba(data.test.x)
    right = model.classes_[probabilities.argmax(axis=1)] == data.test.y
    chosen = int(np.argmax(probabilities.max(axis=1) * right))
    image = data.test.x[chosen : chosen + 1]
    layers = [model.feature_maps(image, layer)[0] for layer in (1, 2)]
    title = f"A {data.test.y[chosen]}, and what the maps answer to it"
    return plots.feature_maps(image.reshape(_SHAPE), layers, title=title)


def _reading(model: Any, data: DataSet) -> Any:
    """Draw the first test digits of different classes, as they are read row by row."""
    _, first = np.unique(data.test.y, return_index=True)
    images = data.test.x[np.sort(first)[:_MOST_READ]]
    title = "What the network believes while it reads row by row"
    believed = model.predict_proba_so_far(images)
    return plots.reading(images, _SHAPE, believed, model.classes_, title=title)


def _mistakes(model: Any, data: DataSet) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows of the test part that are answered wrongly, the answers, and their probabilities;
    the most convinced first."""
    probabilities = model.predict_proba(data.test.x)
    answers = model.classes_[probabilities.argmax(axis=1)]
    certainty = probabilities.max(axis=1)
    wrong = np.flatnonzero(answers != data.test.y)
    wrong = wrong[np.argsort(-certainty[wrong], kind="stable")]
    return wrong, answers[wrong], certainty[wrong]


def _misclassified(
    data: DataSet, rows: np.ndarray, answers: np.ndarray, certainty: np.ndarray
) -> Any:
    shown = rows[:_MOST_MISTAKES]
    captions = [
        f"{label} read as {answer} ({100 * p:.0f} %)"
        for label, answer, p in zip(data.test.y[shown], answers, certainty, strict=False)
    ]
    which = f"The {len(shown)} surest of" if len(shown) < len(rows) else "All"
    title = f"{which} {len(rows)} mistakes on {len(data.test):,} test digits"
    return plots.digit_gallery(data.test.x[shown], _SHAPE, captions, title=title)


def _is_line_in_the_plane(model: Any) -> bool:
    return model.n_features_in_ == 2 and len(model.classes_) == 2 and len(model.parameters) == 2


def _line(model: Any, data: DataSet, title: str) -> Any:
    return plots.line_fit(
        data.train.x[:, 0],
        data.train.y,
        model.intercept_,
        float(model.coef_[0]),
        title=title,
        xlabel=data.axes[0],
        ylabel=data.axes[1],
    )
