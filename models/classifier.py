"""What classifiers have in common: labels of any kind, probabilities, accuracy."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets

from .datasets.split import cut_mask
from .errors import ParameterError
from .estimator import Estimator


class Classifier(ClassifierMixin, Estimator):
    """Base class of classifiers: `classes_` holds the labels, in order; targets are their
    positions. Training and validation samples are cut with every class in proportion."""

    classes_: np.ndarray

    def partial_fit(self, X: Any, y: Any, classes: Sequence[Any] | None = None) -> Self:
        """One pass over samples X (n, features), labels y (n,), from the weights there are.

        The first call must be told all `classes`, unless y holds them all.
        """
        return self._partial_fit(X, y, classes)

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each of `classes_` for samples X: shape (n, classes)."""
        return self._output(X)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable label of each sample: shape (n,)."""
        best = np.argmax(self._output(X), axis=1)
        return self.classes_[best]

    def _set_classes(self, classes: Sequence[Any] | None) -> None:
        if classes is None:
            raise ParameterError(
                "a classifier must be told its classes: build(n_features, classes)"
            )
        labels = np.unique(np.asarray(classes))
        if labels.dtype.kind == "f" and not np.isfinite(labels).all():
            raise ParameterError(f"classes must be finite numbers or text, not {labels!r}")
        if len(labels) < 2:
            raise ParameterError(
                f"a classifier needs at least two classes; there is one class: {labels[0]!r}"
                if len(labels)
                else "a classifier needs at least two classes, not none"
            )
        self.classes_ = labels

    def _prepare_targets(self, y: Any, dtype: str, reset: bool, classes: Any) -> np.ndarray:
        check_classification_targets(y)
        y = np.asarray(y)
        if reset:
            self._set_classes(y if classes is None else classes)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ParameterError(
                f"classes {np.unique(classes)!r} are not those of the first call, {self.classes_!r}"
            )
        position = np.searchsorted(self.classes_, y)
        known = self.classes_[np.minimum(position, len(self.classes_) - 1)] == y
        if not known.all():
            raise ParameterError(
                f"y contains labels that are no classes of this model: {np.unique(y[~known])!r}; "
                f"it knows {self.classes_!r}"
            )
        return position.astype(np.int64)

    def _cut(self, y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
        return cut_mask(y, round(share * len(y)), rng)
