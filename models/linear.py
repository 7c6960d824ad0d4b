"""Linear regression by gradient descent (the Theano book, §2.5)."""

from typing import Any, ClassVar

import numpy as np

import symgraph.tensor as T

from .built import NetworkGraph, Samples, weights_in
from .early_stopping import StoppingRule
from .initializers import first_weights, zeros
from .regression import Regression
from .scaling import standardised
from .step_size import safe_step


class LinearRegression(Regression):
    """h = theta0 + x · theta, trained on J = mean((h - y)² / 2) + l1 Σ|theta| + l2 Σ theta².

    By default samples and targets are standardised within the model (`scale`), all samples are in
    a step (`batch_size` None), the step is chosen from them (`learning_rate` None), and training
    ends where the cost has converged to `tol`. The book's literal procedure, from zero, one sample
    at a time, on samples scaled to about 1: `learning_rate=0.1, batch_size=1, optimizer="sgd",
    scale=False, tol=0`. Where a learning rate is too large, the cost grows beyond all bounds, which
    raises `DivergenceError`. With `scale`, l1 and l2 weigh the theta of standardised samples.
    Targets may be (n,) or (n, outputs). `dtype` is float32 or float64, `config.floatX` if None.
    """

    _may_be_none: ClassVar[frozenset[str]] = frozenset({"learning_rate", "batch_size"})

    def __init__(
        self,
        learning_rate: float | None = None,
        batch_size: int | None = None,
        max_iter: int = 1000,
        l1: float = 0.0,
        l2: float = 0.0,
        optimizer: str = "accelerated",
        shuffle: bool = False,
        scale: bool = True,
        tol: float = 1e-6,
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
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.random_state = random_state
        self.dtype = dtype
        self.mode = mode
        self.progress = progress

    @property
    def coef_(self) -> np.ndarray:
        """What a unit of each feature adds to h: (features,), or (outputs, features)."""
        return self._affine()[0].T

    @property
    def intercept_(self) -> float | np.ndarray:
        """h where every feature is 0: a number, or (outputs,)."""
        intercept = self._affine()[1]
        return float(intercept) if intercept.ndim == 0 else intercept

    def _affine(self) -> tuple[np.ndarray, np.ndarray]:
        """theta and theta0 in the units of samples and targets."""
        theta, theta0 = (parameter.get_value() for parameter in self.parameters)
        network = self._parts.network
        if network.samples is None:
            return theta, theta0
        (mean, scale), (y_mean, y_scale) = network.samples.values, network.targets.values
        theta = (theta.T / scale).T * y_scale
        return theta, theta0 * y_scale + y_mean - mean @ theta

    def _network(self, n_features: int, rng: np.random.Generator) -> NetworkGraph:
        x, y = self._variables()
        scalings = self._scalings(n_features)
        outputs = self._shape_of_target()
        theta = first_weights("theta", zeros, rng, (n_features, *outputs), self._dtype)
        theta0 = first_weights("theta0", zeros, rng, outputs, self._dtype)
        h = theta0 + T.dot(standardised(scalings[0], x), theta)
        return self._of_prediction(x, y, h, scalings, (theta, theta0), [theta])

    def _step_for(self, samples: Samples, batch_size: int) -> float:
        # The cost is a mean over outputs, too.
        curvature = 1.0 / (self._n_outputs or 1)
        return safe_step(
            samples[0], weights_in(samples), batch_size, curvature=curvature, l2=float(self.l2)
        )
