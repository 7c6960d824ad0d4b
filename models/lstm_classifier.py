"""The LSTM that reads a picture row by row and names it (the book, §7.2)."""

from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph import RandomStreams

from .built import NetworkGraph
from .costs import error_rate, negative_log_likelihood, regularised
from .early_stopping import StoppingRule
from .errors import ParameterError
from .layers import Dense
from .noise import dropped_out, states_of
from .optimizers import Rate, Updates, decaying
from .picture_input import PictureClassifier
from .recurrent import LSTM
from .settings import check_number


class LSTMClassifier(PictureClassifier):
    """An LSTM that reads each sample as `n_steps` entries of n_features / n_steps numbers (None: a
    picture row by row, all its channels at once), and a
    softmax of its last output, trained on the negative log-likelihood + l1 Σ|W| + l2 ΣW² over the
    weights of both layers (without those of peepholes).

    Samples are (n, features), or pictures (n, rows, columns) or (n, channels, rows, columns).
    By default it reads a picture's rows with 128 cells, whose forget gates begin with a bias of
    1, and learns by Adam at 0.002 in batches of 50; the learning rate is divided by 1 + `decay` ·
    (mini-batches so far). `dropout` is the share of features, and of the last outputs, that are
    left out while learning. The other settings are those of
    `MLPClassifier`. `ParameterError` where the features make no whole number for each step.
    """

    def __init__(
        self,
        n_steps: int | None = None,
        n_hidden: int = 128,
        forget_bias: float = 1.0,
        peepholes: bool = False,
        learning_rate: float = 0.002,
        decay: float = 0.0,
        dropout: float = 0.0,
        batch_size: int = 50,
        max_iter: int = 100,
        l1: float = 0.0,
        l2: float = 0.0,
        optimizer: str = "adam",
        shuffle: bool = True,
        class_weight: Any = None,
        early_stopping: bool | StoppingRule = True,
        validation_fraction: float = 0.125,
        warm_start: bool = False,
        random_state: Any = None,
        dtype: str | None = None,
        mode: str | None = None,
        progress: bool | None = None,
    ) -> None:
        self.n_steps = n_steps
        self.n_hidden = n_hidden
        self.forget_bias = forget_bias
        self.peepholes = peepholes
        self.learning_rate = learning_rate
        self.decay = decay
        self.dropout = dropout
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.l1 = l1
        self.l2 = l2
        self.optimizer = optimizer
        self.shuffle = shuffle
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.random_state = random_state
        self.dtype = dtype
        self.mode = mode
        self.progress = progress

    def _check_settings(self) -> None:
        super()._check_settings()
        if self.n_steps is not None:
            check_number("n_steps", self.n_steps, 1, whole=True)
        check_number("n_hidden", self.n_hidden, 1, whole=True)
        check_number("dropout", self.dropout, 0.0, whole=False)
        if self.dropout >= 1:
            raise ParameterError(f"dropout must be below 1, not {self.dropout!r}")
        check_number("decay", self.decay, 0.0, whole=False)
        check_number("forget_bias", self.forget_bias, -np.inf, whole=False)

    def _rate(self) -> tuple[Rate, Updates]:
        if not self.decay:
            return super()._rate()
        return decaying(self.learning_rate, self.decay, self._dtype)

    def _network(self, n_features: int, rng: np.random.Generator) -> NetworkGraph:
        picture = self._shape_of(n_features)
        if self.n_steps is not None:
            steps = int(self.n_steps)
        elif picture is not None:
            steps = picture[1]
        else:
            raise ParameterError(
                f"{n_features} features are no square picture: say n_steps, or give pictures in "
                "their shape, (n, rows, columns) or (n, channels, rows, columns)"
            )
        hidden = int(self.n_hidden)
        if n_features % steps:
            raise ParameterError(
                f"n_steps={steps} does not divide the {n_features} features of a sample into "
                "entries of one size"
            )
        x, y = T.matrix("x", dtype=self._dtype), T.lvector("y")
        weight = self._weight()
        size = n_features // steps
        layer = LSTM(
            size,
            hidden,
            rng=rng,
            forget_bias=float(self.forget_bias),
            peepholes=bool(self.peepholes),
            dtype=self._dtype,
        )
        output = Dense(hidden, len(self.classes_), rng=rng, dtype=self._dtype, name="output")
        streams, shape = RandomStreams(int(rng.integers(2**31))), (x.shape[0], steps, size)
        entries = x
        if picture is not None and picture[0] > 1 and steps == picture[1]:
            entries = x.reshape((x.shape[0], *picture)).dimshuffle(0, 2, 1, 3)
        entries = entries.reshape(shape)
        states = layer(entries)
        scores = noisy = output.linear(states[:, -1])
        if self.dropout:
            seen = dropped_out(entries, float(self.dropout), streams)
            last = dropped_out(layer(seen)[:, -1], float(self.dropout), streams)
            noisy = output.linear(last)
        nll = negative_log_likelihood(T.nnet.logsoftmax(noisy), y, weight)
        cost = regularised(nll, [layer.W, layer.U, output.W], self.l1, self.l2)
        by_step = output.linear(states.reshape((-1, hidden)))
        so_far = T.nnet.softmax(by_step).reshape((x.shape[0], steps, len(self.classes_)))
        return NetworkGraph(
            x,
            y,
            T.nnet.softmax(scores),
            cost,
            error_rate(scores, y, weight),
            (*layer.params, *output.params),
            {"so_far": so_far},
            error_rate(noisy, y, weight),
            states_of(streams),
            weight,
        )

    def predict_proba_so_far(self, X: Any) -> np.ndarray:
        """What `predict_proba` would say had the samples ended behind each step:
        (n, n_steps, classes)."""
        return self._output(X, "so_far")
