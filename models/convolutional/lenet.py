"""LeNet as an estimator."""

from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph import RandomStreams, Variable

from ..catalogue import ModelSpec
from ..datasets import DataSet, load_data
from ..errors import ParameterError
from ..estimators.built_network import NetworkGraph
from ..estimators.picture_input import PictureClassifier, Shape
from ..estimators.ranges import Described, Integer, OneOf, Real, check_number
from ..estimators.settings import Option, setting, settings
from ..parts.costs import error_rate, negative_log_likelihood, regularised
from ..parts.noise import states_of
from ..reports.supervised import SupervisedReport
from ..training.early_stopping import EarlyStopping, NoImprovement, StoppingRule
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


@settings
class LeNet(PictureClassifier):
    """Tell pictures apart by convolutions, in one of three forms of LeNet.

    "tutorial": 20 and 50 maps, tanh, 500 units, softmax (deeplearning.net, "LeNet");
    "book": 6, 16 and 120 maps, rectifiers, a bias for every place, 84 units, softmax (§5.2);
    "original": LeNet-5 of 1998, with radial units (Y. LeCun et al., Proceedings of the IEEE 86).

    Softmax forms minimise the negative log-likelihood, the original y_D + log(e^-20 + Σ e^-y_i) of
    the distances y (the paper's equation 9); all of them + l1 Σ|W| + l2 ΣW² over the weights of
    windows and units. By default it is the tutorial's: descent at 0.1 in batches of 500.

    Samples are (n, rows, columns), (n, channels, rows, columns), or (n, pixels) of squares; what is
    smaller than 16 gets a frame of zeros. Raises `ParameterError` for settings out of range, and
    where pixels make no square or pictures have several channels in the form "original";
    `DivergenceError` where the cost becomes infinite.

    >>> import numpy as np
    >>> upright, level = np.zeros((2, 16, 16))
    >>> upright[:, 8], level[8, :] = 1.0, 1.0
    >>> settings = {"max_iter": 5, "early_stopping": False, "random_state": 0}
    >>> model = LeNet(maps=(2, 3), n_hidden=5, **settings).fit([upright, level], ["|", "-"])
    >>> model.predict([level]).tolist(), model.feature_maps([level], layer=1).shape
    (['-'], (1, 2, 6, 6))
    """

    form: str = setting(
        "which of the three networks",
        OneOf("form", FORMS),
        default="tutorial",
        kw_only=False,
    )
    maps: tuple[int, ...] | None = setting(
        "maps of each layer of windows; None: those of its form",
        Described("two numbers (tutorial) or three (book) from 1, or None"),
        default=None,
        kw_only=False,
    )
    n_hidden: int | None = setting(
        "units of the hidden layers",
        Integer(),
        default=None,
        option=Option("--hidden", "N,N...", if_none="of its form"),
        kw_only=False,
    )
    dropout: float = setting(
        "share left out while learning",
        Real(),
        default=0.0,
        option=Option("--dropout", "P"),
        kw_only=False,
    )
    learning_rate: float = 0.1
    batch_size: int = 500
    max_iter: int = 200
    early_stopping: bool | StoppingRule = True

    def _check_settings(self) -> None:
        super()._check_settings()
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
        """Return what the maps of `layer`, 1 or 2, answer to samples X: (n, maps, rows, columns).
        In the form "tutorial" after, in the others before the largest are taken."""
        if layer not in (1, 2):
            raise ParameterError(f"layer must be 1 or 2, not {layer!r}")
        return self._output(X, f"maps{layer}")


def _framed(x: Variable, picture: Shape, dtype: str) -> Variable:
    """Return pictures (n, *picture) in the middle of zeros where they are smaller than it takes."""
    channels, rows, columns = picture
    higher, wider = max(rows, _LEAST_SIDE), max(columns, _LEAST_SIDE)
    if (higher, wider) == (rows, columns):
        return x
    top, left = (higher - rows) // 2, (wider - columns) // 2
    frame = T.alloc(np.asarray(0, dtype), x.shape[0], channels, higher, wider)
    return T.set_subtensor(frame[:, :, top : top + rows, left : left + columns], x)


_MNIST_TRAINING, _LEAST_BATCH = 50_000, 25


def _as_many_steps(data: DataSet, settings: dict[str, Any]) -> dict[str, Any]:
    """Return a smaller batch for few samples, so that an epoch has as many steps as with all of
    MNIST; not below 25, nor above what is set."""
    share = len(data.train) / _MNIST_TRAINING
    batch = settings["batch_size"]
    return {"batch_size": min(batch, max(_LEAST_BATCH, round(share * batch)))}


SPEC = (
    ModelSpec(
        estimator=LeNet,
        name="lenet",
        summary="LeNet of the tutorials: 20 and 50 maps of 5 x 5 windows, 500 units, softmax",
        source=(
            'section 5.2; the tutorial "Convolutional Neural Networks (LeNet)" of deeplearning.net'
        ),
        load=load_data,
        report=SupervisedReport(),
        # 0.92 % test error of the 10,000 after 200 epochs with all of MNIST, the tutorial says.
        settings={"early_stopping": EarlyStopping(10000)},
        adapted=_as_many_steps,
    ),
    ModelSpec(
        estimator=LeNet,
        name="lenet-book",
        summary="LeNet of the book: 6, 16, 120 maps, rectifiers, a bias for every place, 84 units",
        source="section 5.2",
        load=load_data,
        report=SupervisedReport(),
        settings={
            "form": "book",
            "early_stopping": NoImprovement(3000),
            "max_iter": 10,
            "batch_size": 100,
            "optimizer": "adam",
            "learning_rate": 0.001,
            "dropout": 0.25,
            "l2": 1e-4,
        },
        adapted=_as_many_steps,
    ),
    ModelSpec(
        estimator=LeNet,
        name="lenet-1998",
        summary="LeNet-5 as published: a table of connections, learned subsampling, radial units",
        source="section 5.2; Y. LeCun et al., Proceedings of the IEEE 86, 1998",
        load=load_data,
        report=SupervisedReport(),
        settings={
            "form": "original",
            "early_stopping": NoImprovement(3000),
            "max_iter": 20,
            "batch_size": 100,
            "optimizer": "adam",
            "learning_rate": 0.001,
        },
        adapted=_as_many_steps,
    ),
)
