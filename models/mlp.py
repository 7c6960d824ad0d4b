"""The multilayer perceptron (the Theano book, §4.5 and §15.1.3)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import symgraph.tensor as T

from .built import Network
from .classifier import Classifier
from .costs import error_rate, negative_log_likelihood, regularised
from .early_stopping import StoppingRule
from .errors import ParameterError
from .initializers import zeros
from .layers import Dense
from .settings import plain


class MLPClassifier(Classifier):
    """Hidden layers of `activation` and a softmax, trained on the negative log-likelihood
    + l1 Σ|W| + l2 ΣW² over the weights of all layers.

    The defaults are the tutorial's network: 500 tanh units, first weights by Glorot, those of
    the softmax zero, l2 0.0001, batches of 20, plain gradient descent at 0.01, patience.
    `optimizer` is "sgd", "momentum", "adagrad", "rmsprop" or "adam"; `early_stopping` True
    (`EarlyStopping()`), False, or a rule; `dtype` float32 or float64, `config.floatX` if None;
    `mode` the back end; `progress` a bar on the terminal (None: where there is one).
    """

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (500,),
        activation: str = "tanh",
        learning_rate: float = 0.01,
        batch_size: int = 20,
        max_iter: int = 1000,
        l1: float = 0.0,
        l2: float = 0.0001,
        optimizer: str = "sgd",
        shuffle: bool = True,
        early_stopping: bool | StoppingRule = True,
        validation_fraction: float = 0.125,
        warm_start: bool = False,
        random_state: Any = None,
        dtype: str | None = None,
        mode: str | None = None,
        progress: bool | None = False,
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

    def _network(self, n_features: int, rng: np.random.Generator) -> Network:
        x, y = T.matrix("x", dtype=self._dtype), T.lvector("y")
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
        last = Dense(
            n_in, len(self.classes_), rng=rng, init=zeros, dtype=self._dtype, name="output"
        )
        layers.append(last)
        scores = last.linear(signal)
        weights = [layer.W for layer in layers]
        nll = negative_log_likelihood(T.nnet.logsoftmax(scores), y)
        cost = regularised(nll, weights, self.l1, self.l2)
        parameters = tuple(p for layer in layers for p in layer.params)
        return Network(x, y, T.nnet.softmax(scores), cost, error_rate(scores, y), parameters)
