"""The multilayer perceptron (the Theano book, §4.5 and §15.1.3), of classes and of numbers."""

from collections.abc import Sequence

import numpy as np

import symgraph.tensor as T
from symgraph import Variable

from ..catalogue import ModelSpec
from ..datasets import load_data
from ..estimators.built_network import NetworkGraph
from ..estimators.classifier import Classifier
from ..estimators.estimator import Estimator
from ..estimators.ranges import LayerSizes, OneOf
from ..estimators.regression import Regression
from ..estimators.scaling import standardised
from ..estimators.settings import Option, plain, setting, settings
from ..parts.activations import ACTIVATIONS, Activation
from ..parts.initializers import zeros
from ..parts.layers import Dense
from ..reports.supervised import SupervisedReport
from ..training.early_stopping import EarlyStopping


@settings
class _Perceptron(Estimator):
    """Hold the settings and layers of both perceptrons: their base class."""

    hidden_layer_sizes: int | Sequence[int] = setting(
        "units of the hidden layers",
        LayerSizes(empty=True),
        default=(500,),
        option=Option("--hidden", "N,N..."),
        kw_only=False,
    )
    activation: str | Activation = setting(
        "of the hidden units",
        OneOf("activation", ACTIVATIONS, Activation),
        default="relu",
        option=Option("--activation"),
        kw_only=False,
    )
    learning_rate: float = 0.001
    batch_size: int = 50
    l2: float = 0.005
    optimizer: str = "adam"
    scale: bool = True
    tol: float = 1e-4

    def _layers(
        self, x: Variable, n_features: int, n_outputs: int, rng: np.random.Generator
    ) -> tuple[Variable, list[Dense]]:
        """Return what the last layer, linear, makes of x, and all layers."""
        layers: list[Dense] = []
        signal, n_in = x, n_features
        for number, n_out in enumerate(np.atleast_1d(plain(self.hidden_layer_sizes)).tolist()):
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


@settings
class MLPClassifier(Classifier, _Perceptron):
    """Tell classes apart by hidden layers of `activation` and a softmax.

    Minimises the negative log-likelihood + l1 Σ|W| + l2 ΣW² over the weights of all layers (the
    Theano book, §4.5 and §15.1.3). Samples are (n, features), labels (n,) of any kind. First
    weights are Glorot's, those of the softmax zero.

    By default it standardises samples (`scale`), and 500 rectifiers learn by Adam at 0.001 in
    batches of 50 until the cost has converged to `tol`. The tutorial's literal procedure:
    `activation="tanh", learning_rate=0.01, batch_size=20, l2=0.0001, optimizer="sgd", scale=False,
    tol=0, early_stopping=True`.

    Raises `ParameterError` for settings out of range, `DivergenceError` where the cost becomes
    infinite.

    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], ["same", "other", "other", "same"]
    >>> model = MLPClassifier((8,), learning_rate=0.05, random_state=0).fit(X, y)
    >>> model.predict(X).tolist()
    ['same', 'other', 'other', 'same']
    >>> [tuple(W.get_value().shape) for W in model.parameters]
    [(2, 8), (8,), (8, 2), (2,)]
    """

    l2: float = 0.001

    def _network(self, n_features: int, rng: np.random.Generator) -> NetworkGraph:
        x, y = T.matrix("x", dtype=self._dtype), T.lvector("y")
        scaling = self._scaling(n_features)
        seen = standardised(scaling, x)
        scores, layers = self._layers(seen, n_features, len(self.classes_), rng)
        return self._of_scores(x, y, scores, layers, scaling)


@settings
class MLPRegressor(Regression, _Perceptron):
    """Predict numbers by hidden layers of `activation` and a linear one.

    Minimises mean((h - y)² / 2) + l1 Σ|W| + l2 ΣW² over the weights of all layers, h and y being
    standardised where `scale` says so. Samples are (n, features), targets (n,) or (n, outputs).
    The default l2 is larger than that of `MLPClassifier`: it keeps so many units from learning the
    noise of a few hundred samples.

    Raises `ParameterError` for settings out of range, `DivergenceError` where the cost becomes
    infinite.

    >>> X = [[-2.0], [-1.0], [0.0], [1.0], [2.0]]
    >>> model = MLPRegressor((8,), l2=0.0, learning_rate=0.02, random_state=0)
    >>> model.fit(X, [2.0, 1.0, 0.0, 1.0, 2.0]).predict(X).round(1).tolist()
    [2.0, 1.0, 0.0, 1.0, 2.0]
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


SPEC = ModelSpec(
    estimator=MLPClassifier,
    name="mlp",
    summary="multilayer perceptron 784-500-10: tanh, softmax, L2, early stopping by patience",
    source='sections 15.1.3 and 4.5; the tutorial "Multilayer Perceptron" of deeplearning.net',
    load=load_data,
    report=SupervisedReport(),
    defaults_for_tables=True,
    # The tutorial's patience is 5,000 mini-batches, as is that of the book's first run. At its
    # learning rate of 0.01 the same error takes five times as many epochs.
    settings={
        "early_stopping": EarlyStopping(5000),
        "max_iter": 1000,
        "learning_rate": 0.05,
        "activation": "tanh",
        "batch_size": 20,
        "l2": 1e-4,
        # Samples as they are, plain descent, for all the epochs there are.
        "optimizer": "sgd",
        "scale": False,
        "tol": 0.0,
    },
)
