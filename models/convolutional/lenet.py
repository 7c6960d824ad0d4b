"""LeNet as an estimator."""

from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph import RandomStreams, Variable

from ..built import NetworkGraph
from ..costs import error_rate, negative_log_likelihood, regularised
from ..early_stopping import StoppingRule
from ..errors import ParameterError
from ..noise import states_of
from ..picture_input import PictureClassifier, Shape
from ..settings import check_number
from .lenet_forms import LeNetOutputs, book, original, tutorial

# Of each form: its maker, its maps, how many of them there must be, and its hidden units.
FORMS: dict[str, tuple[Any, tuple[int, ...], int]] = {
    "tutorial": (tutorial, (20, 50), 500),
    "book": (book, (6, 16, 120), 84),
    "original": (original, (6, 16, 120), 84),
}
# Smaller pictures would leave nothing to look at for the upper windows: they get a frame.
_LEAST_SIDE = 16
# How far, in the original's cost, an unknown picture is from every class.
_REJECT_DISTANCE = 20.0


class LeNet(PictureClassifier):
    """A convolutional network for pictures in one of three forms (see `forms`):

    "tutorial": 20 and 50 maps, tanh, 500 units, softmax (deeplearning.net, "LeNet");
    "book": 6, 16 and 120 maps, rectifiers, a bias for every place, 84 units, softmax (§5.2);
    "original": LeNet-5 of 1998, with radial units.

    `maps` and `n_hidden` change the numbers of maps and of units in the first two; `dropout` is the
    share of the upper units that the second leaves out while it learns. Softmax forms minimise the
    negative log-likelihood, the original y_D + log(e^-20 + Σ e^-y_i) of the distances y (the
    paper's equation 9); all of them + l1 Σ|W| + l2 ΣW² over the weights of windows and units.

    The other settings are those of `MLPClassifier`, and by default the tutorial's: descent at 0.1
    in batches of 500. Samples are (n, rows, columns), (n, channels, rows, columns), or (n, pixels)
    of squares; what is smaller than 16 gets a frame of zeros. `ParameterError` where pixels make no
    square, or pictures have several channels in the form "original".
    """

    def __init__(
        self,
        form: str = "tutorial",
        maps: tuple[int, ...] | None = None,
        n_hidden: int | None = None,
        dropout: float = 0.0,
        learning_rate: float = 0.1,
        batch_size: int = 500,
        max_iter: int = 200,
        l1: float = 0.0,
        l2: float = 0.0,
        optimizer: str = "sgd",
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
        self.form = form
        self.maps = maps
        self.n_hidden = n_hidden
        self.dropout = dropout
        self.learning_rate = learning_rate
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
        if self.form not in FORMS:
            raise ParameterError(f"no form is called {self.form!r}; there are {', '.join(FORMS)}")
        _, maps, _ = FORMS[self.form]
        if self.maps is not None:
            if self.form == "original":
                raise ParameterError("maps of the original form are 6, 16 and 120; leave them None")
            if len(self.maps) != len(maps):
                raise ParameterError(
                    f"maps of the form {self.form} must be {len(maps)} numbers, not {self.maps!r}"
                )
            for count in self.maps:
                check_number("maps", count, 1, whole=True)
        if self.n_hidden is not None:
            check_number("n_hidden", self.n_hidden, 1, whole=True)
        check_number("dropout", self.dropout, 0.0, whole=False)
        if self.dropout >= 1 or (self.dropout and self.form != "book"):
            raise ParameterError(
                f"dropout must be below 1, and 0 but for the form 'book', not {self.dropout!r}"
            )

    def _shape(self, n_features: int) -> Shape:
        shape = self._shape_of(n_features)
        if shape is None:
            raise ParameterError(
                f"{n_features} features are no square picture; give pictures in their shape, "
                "(n, rows, columns) or (n, channels, rows, columns)"
            )
        if shape[0] > 1 and self.form == "original":
            raise ParameterError(
                f"the form 'original' sees one channel, not the {shape[0]} of these pictures"
            )
        return shape

    def _looking(
        self, x: Variable, picture: Shape, rng: np.random.Generator, streams: RandomStreams
    ) -> LeNetOutputs:
        channels, rows, columns = picture
        looked_at = _framed(x.reshape((x.shape[0], channels, rows, columns)), picture, self._dtype)
        shape = channels, max(rows, _LEAST_SIDE), max(columns, _LEAST_SIDE)
        make, maps, n_hidden = FORMS[self.form]
        more = (float(self.dropout), streams) if self.form == "book" else ()
        looking: LeNetOutputs = make(
            looked_at,
            shape,
            len(self.classes_),
            [int(count) for count in (self.maps or maps)],
            int(self.n_hidden or n_hidden),
            rng,
            self._dtype,
            *more,
        )
        return looking

    def _network(self, n_features: int, rng: np.random.Generator) -> NetworkGraph:
        x, y = T.matrix("x", dtype=self._dtype), T.lvector("y")
        weight = self._weight()
        streams = RandomStreams(int(rng.integers(2**31)))
        seen = self._looking(x, self._shape(n_features), rng, streams)
        noisy = seen.scores if seen.noisy is None else seen.noisy
        if seen.radial:
            others = T.alloc(np.asarray(-_REJECT_DISTANCE, self._dtype), x.shape[0], 1)
            compared = T.concatenate([noisy, others], axis=1)
        else:
            compared = noisy
        nll = negative_log_likelihood(T.nnet.logsoftmax(compared), y, weight)
        return NetworkGraph(
            x,
            y,
            T.nnet.softmax(seen.scores),
            regularised(nll, seen.weights, self.l1, self.l2),
            error_rate(seen.scores, y, weight),
            tuple(seen.parameters),
            {"scores": seen.scores}
            | {f"maps{number}": maps for number, maps in enumerate(seen.maps, 1)},
            error_rate(noisy, y, weight),
            states_of(streams),
            weight,
        )

    def feature_maps(self, X: Any, layer: int = 1) -> np.ndarray:
        """What the maps of `layer`, 1 or 2, answer to samples X: (n, maps, rows, columns). In the
        form "tutorial" after, in the others before the largest are taken."""
        if layer not in (1, 2):
            raise ParameterError(f"layer must be 1 or 2, not {layer!r}")
        return self._output(X, f"maps{layer}")


def _framed(x: Variable, picture: Shape, dtype: str) -> Variable:
    """Pictures (n, *picture) in the middle of zeros where they are smaller than it takes."""
    channels, rows, columns = picture
    higher, wider = max(rows, _LEAST_SIDE), max(columns, _LEAST_SIDE)
    if (higher, wider) == (rows, columns):
        return x
    top, left = (higher - rows) // 2, (wider - columns) // 2
    frame = T.alloc(np.asarray(0, dtype), x.shape[0], channels, higher, wider)
    return T.set_subtensor(frame[:, :, top : top + rows, left : left + columns], x)
