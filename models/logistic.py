"""Logistic (softmax) regression (the Theano book, §3.4 and §15.1.3)."""

from typing import Any, ClassVar

import numpy as np

import symgraph.tensor as T

from .built import NetworkGraph, Samples, weights_in
from .classifier import Classifier
from .early_stopping import StoppingRule
from .initializers import zeros
from .layers import Dense
from .scaling import standardised
from .step_size import safe_step


class LogisticRegression(Classifier):
    """softmax(x · W + b), trained on the negative log-likelihood + l1 Σ|W| + l2 ΣW².

    By default samples are standardised within the model (`scale`; l1 and l2 weigh the W of
    standardised samples), all samples are in a step (`batch_size` None), the step is chosen from
    them (`learning_rate` None), and training ends where the cost has converged to `tol`. The book's
    literal procedure for MNIST (§3.4): `learning_rate=0.5, batch_size=100, optimizer="sgd",
    scale=False, tol=0`. `class_weight` is None, "balanced", or a dict from label to weight.
    `early_stopping` is True (patience, `EarlyStopping()`), False, or a rule. `dtype` is float32
    or float64, `config.floatX` if None; `mode` the back end; `progress` a bar in the terminal or
    notebook (None: where there is one).
    """

    _may_be_none: ClassVar[frozenset[str]] = frozenset({"learning_rate", "batch_size"})

    def __init__(
        self,
        learning_rate: float | None = None,
        batch_size: int | None = None,
        max_iter: int = 1000,
        l1: float = 0.0,
        l2: float = 0.001,
        optimizer: str = "accelerated",
        shuffle: bool = True,
        scale: bool = True,
        tol: float = 1e-6,
        class_weight: Any = None,
        early_stopping: bool | StoppingRule = False,
        validation_fraction: float = 0.125,
        warm_start: bool = False,
        random_state: Any = None,
        dtype: str | None = None,
        mode: str | None = None,
        progress: bool | None = None,
    ) -> None:
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.l1 = l1
        self.l2 = l2
        self.optimizer = optimizer
        self.shuffle = shuffle
        self.scale = scale
        self.tol = tol
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.random_state = random_state
        self.dtype = dtype
        self.mode = mode
        self.progress = progress

    def _network(self, n_features: int, rng: np.random.Generator) -> NetworkGraph:
        x, y = T.matrix("x", dtype=self._dtype), T.lvector("y")
        layer = Dense(
            n_features, len(self.classes_), rng=rng, init=zeros, dtype=self._dtype, name="output"
        )
        scaling = self._scaling(n_features)
        scores = layer.linear(standardised(scaling, x))
        return self._of_scores(x, y, scores, [layer], scaling)

    @property
    def coef_(self) -> np.ndarray:
        """What a unit of each feature adds to the scores: (classes, features); of two classes
        (1, features), to the score of the second less that of the first."""
        return self._affine()[0]

    @property
    def intercept_(self) -> np.ndarray:
        """The scores where every feature is 0: (classes,), or (1,)."""
        return self._affine()[1]

    def _affine(self) -> tuple[np.ndarray, np.ndarray]:
        weights, bias = (parameter.get_value() for parameter in self.parameters)
        scaling = self._parts.network.samples
        if scaling is not None:
            mean, scale = scaling.values
            weights = weights / scale[:, None]
            bias = bias - mean @ weights
        if len(self.classes_) == 2:
            weights, bias = weights[:, 1:] - weights[:, :1], bias[1:] - bias[:1]
        return weights.T, bias

    def _step_for(self, samples: Samples, batch_size: int) -> float:
        # diag(p) - p pᵀ has no eigenvalue above 1/2.
        return safe_step(
            samples[0], weights_in(samples), batch_size, curvature=0.5, l2=float(self.l2)
        )
