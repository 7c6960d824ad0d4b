"""The LSTM that reads a picture row by row and names it (the book, §7.2)."""

import math
from typing import Any, ClassVar

import numpy as np

import symgraph.tensor as T
from symgraph import RandomStreams

from ..catalogue import ModelSpec
from ..datasets import load_data
from ..errors import ParameterError
from ..estimators.built_network import NetworkGraph
from ..estimators.picture_input import PictureClassifier, Shape
from ..estimators.ranges import FLAG, Integer, Real
from ..estimators.settings import Option, setting, settings
from ..parts.costs import error_rate, negative_log_likelihood, regularised
from ..parts.layers import Dense
from ..parts.noise import dropped_out, states_of
from ..parts.optimizers import Rate, Updates, decaying
from ..reports.supervised import SupervisedReport
from ..training.early_stopping import EarlyStopping, StoppingRule
from . import LSTM


@settings
class LSTMClassifier(PictureClassifier):
    """Tell classes apart by an LSTM that reads each sample entry by entry, and a softmax.

    A sample is read as `n_steps` entries of n_features / n_steps numbers (None: a picture row by
    row, all its channels at once). Minimises the negative log-likelihood + l1 Σ|W| + l2 ΣW² over
    the weights of both layers, without those of peepholes (the book, §7.2). Samples are (n,
    features), or pictures (n, rows, columns) or (n, channels, rows, columns).

    By default it reads a picture's rows with 128 cells, whose forget gates begin with a bias of
    1, and learns by Adam at 0.002 in batches of 50.

    Raises `ParameterError` for settings out of range, and where the features make no whole number
    for each step; `DivergenceError` where the cost becomes infinite.

    >>> rising, falling = [0.0, 1.0, 2.0, 3.0], [3.0, 2.0, 1.0, 0.0]
    >>> model = LSTMClassifier(4, n_hidden=5, learning_rate=0.05, early_stopping=False)
    >>> model = model.set_params(random_state=0).fit([rising, falling], ["up", "down"])
    >>> model.predict([[0.0, 1.0, 1.5, 2.0]]).tolist()
    ['up']
    """

    _first: ClassVar = ("n_steps", "n_hidden", "forget_bias", "peepholes", "learning_rate")

    n_steps: int | None = setting(
        "entries of a sample; None: the rows of a picture",
        Integer(),
        default=None,
        kw_only=False,
    )
    n_hidden: int = setting(
        "units of the hidden layers",
        Integer(),
        default=128,
        option=Option("--hidden", "N,N..."),
        kw_only=False,
    )
    forget_bias: float = setting(
        "first bias of the forget gates",
        Real(-math.inf),
        default=1.0,
        kw_only=False,
    )
    peepholes: bool = setting(
        "let the gates see the memory",
        FLAG,
        default=False,
        kw_only=False,
    )
    learning_rate: float = 0.002
    decay: float = setting(
        "the learning rate is divided by 1 + decay · (mini-batches so far)",
        Real(),
        default=0.0,
    )
    dropout: float = setting(
        "share left out while learning",
        Real(0.0, below=1.0),
        default=0.0,
        option=Option("--dropout", "P"),
    )
    batch_size: int = 50
    max_iter: int = 100
    optimizer: str = "adam"
    early_stopping: bool | StoppingRule = True

    def _rate(self) -> tuple[Rate, Updates]:
        if not self.decay:
            return super()._rate()
        return decaying(self.learning_rate, self.decay, self._dtype)

    def _steps(self, n_features: int, picture: Shape | None) -> int:
        """Return how many entries a sample has."""
        if self.n_steps is not None:
            steps = int(self.n_steps)
        elif picture is not None:
            steps = picture[1]
        else:
            raise ParameterError(
                f"{n_features} features are no square picture: say n_steps, or give pictures in "
                "their shape, (n, rows, columns) or (n, channels, rows, columns)"
            )
        if n_features % steps:
            raise ParameterError(
                f"n_steps={steps} does not divide the {n_features} features of a sample into "
                "entries of one size"
            )
        return steps

    def _network(self, n_features: int, rng: np.random.Generator) -> NetworkGraph:
        picture = self._shape_of(n_features)
        steps, hidden = self._steps(n_features, picture), int(self.n_hidden)
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
        """Return what `predict_proba` would say had the samples ended behind each step: (n,
        n_steps, classes)."""
        return self._output(X, "so_far")


SPEC = ModelSpec(
    estimator=LSTMClassifier,
    name="lstm",
    summary="LSTM that reads a picture row by row: 28 steps of 28 pixels, 128 cells, softmax",
    source="section 7.2",
    load=load_data,
    report=SupervisedReport(),
    # With these it passes 97 % of the test digits; the last epochs need no early end.
    settings={
        "early_stopping": EarlyStopping(10**6),
        "max_iter": 30,
        "learning_rate": 0.004,
        "decay": 0.001,
        "dropout": 0.4,
        "batch_size": 25,
    },
)
