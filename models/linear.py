"""Linear regression by gradient descent (the Theano book, §2.5)."""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin

import symgraph.tensor as T

from .built import Network
from .costs import half_squared_error, mean_squared_error, regularised
from .datasets.split import cut_mask
from .early_stopping import StoppingRule
from .estimator import Estimator
from .initializers import first_weights, zeros


class LinearRegression(RegressorMixin, Estimator):
    """h = theta0 + x · theta, trained on J = mean((h - y)² / 2) + l1 Σ|theta| + l2 Σ theta².

    The defaults are the book's: from zero, one sample at a time, in their order, learning rate
    0.1. Samples should be scaled to about 1; otherwise the cost grows beyond all bounds, which
    raises `DivergenceError`. `dtype` is float32 or float64, `config.floatX` if None.
    """

    def __init__(
        self,
        learning_rate: float = 0.1,
        batch_size: int = 1,
        max_iter: int = 100,
        l1: float = 0.0,
        l2: float = 0.0,
        optimizer: str = "sgd",
        shuffle: bool = False,
        early_stopping: bool | StoppingRule = False,
        validation_fraction: float = 0.125,
        warm_start: bool = False,
        random_state: Any = None,
        dtype: str | None = None,
        mode: str | None = None,
        progress: bool | None = False,
    ) -> None:
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.l1 = l1
        self.l2 = l2
        self.optimizer = optimizer
        self.shuffle = shuffle
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.random_state = random_state
        self.dtype = dtype
        self.mode = mode
        self.progress = progress

    @property
    def coef_(self) -> np.ndarray:
        """theta: shape (features,)."""
        return self.parameters[0].get_value()

    @property
    def intercept_(self) -> float:
        """theta0."""
        return float(self.parameters[1].get_value())

    def partial_fit(self, X: Any, y: Any) -> Self:
        """One pass over samples X (n, features), targets y (n,), from the weights there are."""
        return self._partial_fit(X, y)

    def predict(self, X: Any) -> np.ndarray:
        """h for samples X: shape (n,)."""
        return self._output(X)

    def _network(self, n_features: int, rng: np.random.Generator) -> Network:
        x, y = T.matrix("x", dtype=self._dtype), T.vector("y", dtype=self._dtype)
        theta = first_weights("theta", zeros, rng, (n_features,), self._dtype)
        theta0 = first_weights("theta0", zeros, rng, (), self._dtype)
        h = theta0 + T.dot(x, theta)
        cost = regularised(half_squared_error(h, y), [theta], self.l1, self.l2)
        return Network(x, y, h, cost, mean_squared_error(h, y), (theta, theta0))

    def _prepare_targets(self, y: Any, dtype: str, reset: bool, classes: Any) -> np.ndarray:
        return np.asarray(y, dtype=dtype)

    def _cut(self, y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
        return cut_mask(np.zeros(len(y), np.int64), round(share * len(y)), rng)
