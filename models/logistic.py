"""Logistic (softmax) regression (the Theano book, §3.4 and §15.1.3)."""

from typing import Any

import numpy as np

import symgraph.tensor as T

from .built import Network
from .classifier import Classifier
from .costs import error_rate, negative_log_likelihood, regularised
from .early_stopping import StoppingRule
from .initializers import zeros
from .layers import Dense


class LogisticRegression(Classifier):
    """softmax(x · W + b), trained on the negative log-likelihood + l1 Σ|W| + l2 ΣW².

    The defaults are the book's for MNIST (§3.4): from zero, batches of 100, learning rate 0.5.
    `early_stopping` is True (patience, `EarlyStopping()`), False, or a rule. `dtype` is float32
    or float64, `config.floatX` if None; `mode` the back end; `progress` a bar
    on the terminal (None: where there is one).
    """

    def __init__(
        self,
        learning_rate: float = 0.5,
        batch_size: int = 100,
        max_iter: int = 100,
        l1: float = 0.0,
        l2: float = 0.001,
        optimizer: str = "sgd",
        shuffle: bool = True,
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

    def _network(self, n_features: int, rng: np.random.Generator) -> Network:
        x, y = T.matrix("x", dtype=self._dtype), T.lvector("y")
        layer = Dense(
            n_features, len(self.classes_), rng=rng, init=zeros, dtype=self._dtype, name="output"
        )
        scores = layer.linear(x)
        nll = negative_log_likelihood(T.nnet.logsoftmax(scores), y)
        cost = regularised(nll, [layer.W], self.l1, self.l2)
        output = T.nnet.softmax(scores)
        return Network(x, y, output, cost, error_rate(scores, y), tuple(layer.params))
