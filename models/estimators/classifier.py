"""What classifiers have in common: labels of any kind, probabilities, accuracy."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

import symgraph.tensor as T
from symgraph import Variable

from ..datasets.split import cut_mask
from ..errors import ParameterError
from ..parts.costs import error_rate, negative_log_likelihood, regularised
from ..parts.layers import Dense
from .built_network import NetworkGraph
from .estimator import Estimator
from .protocol import ClassifierMixin
from .scaling import Scaling
from .settings import settings
from .weights import class_weights


@settings
class Classifier(ClassifierMixin, Estimator):
    """Learn to tell classes apart: the base class of classifiers.

    `classes_` holds the labels, in order; targets are their positions. Training and validation
    samples are cut with every class in proportion.
    """

    class_weight: Any = None

    def partial_fit(
        self, X: Any, y: Any, classes: Sequence[Any] | None = None, sample_weight: Any = None
    ) -> Self:
        """Make one pass over samples X (n, features), labels y (n,), from the weights there are.

        The first call must be told all `classes`, unless y holds them all; where samples are
        standardised, it says by what.
        """
        if self.class_weight == "balanced":
            raise ParameterError(
                "class_weight='balanced' needs all samples at once: give partial_fit a dict of "
                "weights, such as sklearn.utils.class_weight.compute_class_weight makes"
            )
        return self._partial_fit(X, y, sample_weight, classes)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each of `classes_` for samples X: shape (n, classes)."""
        return self._output(X)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable label of each sample: shape (n,)."""
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
        self.classes_: np.ndarray = labels

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

    def _weights(self, y: Any, weights: np.ndarray) -> np.ndarray:
        if self.class_weight is None:
            return weights
        more = class_weights(self.class_weight, np.asarray(y), self.classes_)
        return weights * more.astype(weights.dtype)

    def _scaling(self, n_features: int) -> Scaling | None:
        """Return the scaling of samples, where `scale` asks for it."""
        return Scaling("samples", (n_features,), self._dtype) if self.scale else None

    def _of_scores(
        self,
        x: Variable,
        y: Variable,
        scores: Variable,
        layers: Sequence[Dense],
        scaling: Scaling | None,
    ) -> NetworkGraph:
        """Return the network whose softmax of scores (batch, classes) are the probabilities."""
        weight = self._weight()
        nll = negative_log_likelihood(T.nnet.logsoftmax(scores), y, weight)
        return NetworkGraph(
            x,
            y,
            T.nnet.softmax(scores),
            regularised(nll, [layer.W for layer in layers], self.l1, self.l2),
            error_rate(scores, y, weight),
            tuple(p for layer in layers for p in layer.params),
            weight=weight,
            samples=scaling,
        )

    def _cut(self, y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
        return cut_mask(y, round(share * len(y)), rng)
