"""The multilayer perceptron (the Theano book, §4.5 and §15.1.3), of classes and of numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph import Variable

from .built import NetworkGraph
from .classifier import Classifier
from .early_stopping import StoppingRule
from .errors import ParameterError
from .estimator import Estimator
from .initializers import zeros
from .layers import Dense
from .regression import Regression
from .scaling import standardised
from .settings import plain


class _Perceptron(Estimator):
    """The settings and layers of both."""

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (500,),
        activation: str = "relu",
        learning_rate: float = 0.001,
        batch_size: int = 50,
        max_iter: int = 1000,
        l1: float = 0.0,
        l2: float = 0.005,
        optimizer: str = "adam",
        shuffle: bool = True,
        scale: bool = True,
        tol: float = 1e-4,
        early_stopping: bool | StoppingRule = False,
        validation_fraction: float = 0.125,
        warm_start: bool = False,
        random_state: Any = None,
        dtype: str | None = None,
        mode: str | None = None,
        progress: bool | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
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

    def _sizes(self) -> list[int]:
        sizes = plain(self.hidden_layer_sizes)
        sizes = sizes if isinstance(sizes, list) else [sizes]
        if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 1 for n in sizes):
            raise ParameterError(
                f"hidden_layer_sizes must be whole numbers from 1, not {self.hidden_layer_sizes!r}"
            )
        return sizes

    def _layers(
        self, x: Variable, n_features: int, n_outputs: int, rng: np.random.Generator
    ) -> tuple[Variable, list[Dense]]:
        """What the last layer, linear, makes of x, and all layers."""
        layers: list[Dense] = []
        signal, n_in = x, n_features
        for number, n_out in enumerate(self._sizes()):
            layer = Dense(
                n_in,
                n_out,
                self.activation,
                rng=rng,
                dtype=self._dtype,
                name=f"hidden{number}",
            )
            layers.append(layer)
            signal, n_in = layer(signal), n_out
        last = Dense(n_in, n_outputs, rng=rng, init=zeros, dtype=self._dtype, name="output")
        return last.linear(signal), [*layers, last]


class MLPClassifier(Classifier, _Perceptron):
    """Hidden layers of `activation` and a softmax, trained on the negative log-likelihood
    + l1 Σ|W| + l2 ΣW² over the weights of all layers.

    First weights are Glorot's, those of the softmax zero. By default it standardises samples
    (`scale`), and 500 rectifiers learn by Adam at 0.001 in batches of 50 until the cost has
    converged to `tol`. The tutorial's literal procedure: `activation="tanh", learning_rate=0.01,
    batch_size=20, l2=0.0001, optimizer="sgd", scale=False, tol=0, early_stopping=True`.
    `optimizer` is "sgd", "momentum", "accelerated", "adagrad", "rmsprop" or "adam"; `class_weight`
    None, "balanced", or a dict from label to weight; `early_stopping` True (`EarlyStopping()`,
    patience), False, or a rule; `dtype` float32 or float64, `config.floatX` if None;
    `mode` the back end; `progress` a bar in the terminal or notebook (None: where there is one).
    """

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (500,),
        activation: str = "relu",
        learning_rate: float = 0.001,
        batch_size: int = 50,
        max_iter: int = 1000,
        l1: float = 0.0,
        l2: float = 0.001,
        optimizer: str = "adam",
        shuffle: bool = True,
        scale: bool = True,
        tol: float = 1e-4,
        class_weight: Any = None,
        early_stopping: bool | StoppingRule = False,
        validation_fraction: float = 0.125,
        warm_start: bool = False,
        random_state: Any = None,
        dtype: str | None = None,
        mode: str | None = None,
        progress: bool | None = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            learning_rate=learning_rate,
            batch_size=batch_size,
            max_iter=max_iter,
            l1=l1,
            l2=l2,
            optimizer=optimizer,
            shuffle=shuffle,
            scale=scale,
            tol=tol,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            warm_start=warm_start,
            random_state=random_state,
            dtype=dtype,
            mode=mode,
            progress=progress,
        )
        self.class_weight = class_weight

    def _network(self, n_features: int, rng: np.random.Generator) -> NetworkGraph:
        x, y = T.matrix("x", dtype=self._dtype), T.lvector("y")
        scaling = self._scaling(n_features)
        seen = standardised(scaling, x)
        scores, layers = self._layers(seen, n_features, len(self.classes_), rng)
        return self._of_scores(x, y, scores, layers, scaling)


class MLPRegressor(Regression, _Perceptron):
    """Hidden layers of `activation` and a linear one, trained on mean((h - y)² / 2) + l1 Σ|W|
    + l2 ΣW² over the weights of all layers, h and y being standardised where `scale` says so.

    Targets may be (n,) or (n, outputs). The settings are those of `MLPClassifier`, but that l2 is
    0.005 by default, which keeps so many units from learning the noise of a few hundred samples.
    """

    def _network(self, n_features: int, rng: np.random.Generator) -> NetworkGraph:
        x, y = self._variables()
        scalings = self._scalings(n_features)
        seen = standardised(scalings[0], x)
        h, layers = self._layers(seen, n_features, self._n_outputs or 1, rng)
        if self._n_outputs is None:
            h = h[:, 0]
        parameters = tuple(p for layer in layers for p in layer.params)
        return self._of_prediction(x, y, h, scalings, parameters, [layer.W for layer in layers])
