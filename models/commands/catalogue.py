"""The networks that the command line trains: what each is, where it is from, its settings."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..datasets import DataSet, TableForm, load_data, load_target_table, load_text, load_valuation
from ..early_stopping import EarlyStopping, NoImprovement
from .boltzmann_report import BoltzmannReport
from .language_report import LanguageReport
from .supervised_report import SupervisedReport
from .training_report import TrainingReport

BOOK = "Deep Learning Algorithms in Practice (深度学习算法实践)"

_SUPERVISED = SupervisedReport()
# Of the books: samples as they are, plain descent, for all the epochs there are.
_LITERAL = {"optimizer": "sgd", "scale": False, "tol": 0.0}
_MNIST_TRAINING, _LEAST_BATCH = 50_000, 25


@dataclass(frozen=True)
class ModelSpec:
    """One line of `symgraph list`, and what `symgraph train` does for it."""

    name: str
    summary: str
    # The sections of `BOOK` that describe it, and what they follow.
    source: str
    # The class of `symgraph.models`, and settings beside its defaults.
    estimator: str
    settings: Callable[[], dict[str, Any]]
    # Data from a path (None: the network's own), cut by a seed, a table being taken as a form
    # says; and the option that names it.
    load: Callable[[Path | None, int, TableForm], Any]
    course: TrainingReport = _SUPERVISED
    source_option: str = "data"
    # Settings that depend on the data.
    adapted: Callable[[Any, dict[str, Any]], dict[str, Any]] = lambda data, settings: {}
    # What is said where that option is not given, if anything.
    unnamed: str = ""


def _line_data(path: Path | None, seed: int, form: TableForm) -> DataSet:
    if path is None:
        return load_valuation(dtype="float32")
    return load_target_table(path, seed, form=form)


def _labelled(path: Path | None, seed: int, form: TableForm) -> DataSet:
    return load_data(path, seed, form=form)


def _as_many_steps(data: DataSet, settings: dict[str, Any]) -> dict[str, Any]:
    """Few samples make smaller batches, so that an epoch has as many steps as with all of MNIST;
    not below 25, nor above what is set."""
    share = len(data.train) / _MNIST_TRAINING
    batch = settings["batch_size"]
    return {"batch_size": min(batch, max(_LEAST_BATCH, round(share * batch)))}


NETWORKS = {
    network.name: network
    for network in (
        ModelSpec(
            "mlp",
            "multilayer perceptron 784-500-10: tanh, softmax, L2, early stopping by patience",
            'sections 15.1.3 and 4.5; the tutorial "Multilayer Perceptron" of deeplearning.net',
            "MLPClassifier",
            # The tutorial's patience is 5,000 mini-batches, as is that of the book's first run. At
            # its learning rate of 0.01 the same error takes five times as many epochs.
            lambda: {
                "early_stopping": EarlyStopping(5000),
                "max_iter": 1000,
                "learning_rate": 0.05,
                "activation": "tanh",
                "batch_size": 20,
                "l2": 1e-4,
                **_LITERAL,
            },
            _labelled,
        ),
        ModelSpec(
            "logistic",
            "softmax regression 784-10: L2 0.001, learning rate 0.5, batches of 100",
            "sections 3.4 (digits), 3.2 (points in the plane) and 15.1.3",
            "LogisticRegression",
            # The book's 10 epochs of 55,000 digits are as many mini-batches as 157 of 3,500.
            lambda: {
                "early_stopping": NoImprovement(3000),
                "max_iter": 157,
                "learning_rate": 0.5,
                "batch_size": 100,
                **_LITERAL,
            },
            _labelled,
        ),
        ModelSpec(
            "linear",
            "linear regression: the price of a startup from an expert's score",
            "section 2.5",
            "LinearRegression",
            lambda: {"max_iter": 100, "learning_rate": 0.1, "batch_size": 1, **_LITERAL},
            _line_data,
        ),
        ModelSpec(
            "lenet",
            "LeNet of the tutorials: 20 and 50 maps of 5 x 5 windows, 500 units, softmax",
            'section 5.2; the tutorial "Convolutional Neural Networks (LeNet)" of deeplearning.net',
            "LeNet",
            # 0.92 % test error of the 10,000 after 200 epochs with all of MNIST, the tutorial says.
            lambda: {"early_stopping": EarlyStopping(10000)},
            _labelled,
            adapted=_as_many_steps,
        ),
        ModelSpec(
            "lenet-book",
            "LeNet of the book: 6, 16, 120 maps, rectifiers, a bias for every place, 84 units",
            "section 5.2",
            "LeNet",
            lambda: {
                "form": "book",
                "early_stopping": NoImprovement(3000),
                "max_iter": 10,
                "batch_size": 100,
                "optimizer": "adam",
                "learning_rate": 0.001,
                "dropout": 0.25,
                "l2": 1e-4,
            },
            _labelled,
            adapted=_as_many_steps,
        ),
        ModelSpec(
            "lenet-1998",
            "LeNet-5 as published: a table of connections, learned subsampling, radial units",
            "section 5.2; Y. LeCun et al., Proceedings of the IEEE 86, 1998",
            "LeNet",
            lambda: {
                "form": "original",
                "early_stopping": NoImprovement(3000),
                "max_iter": 20,
                "batch_size": 100,
                "optimizer": "adam",
                "learning_rate": 0.001,
            },
            _labelled,
            adapted=_as_many_steps,
        ),
        ModelSpec(
            "lstm",
            "LSTM that reads a picture row by row: 28 steps of 28 pixels, 128 cells, softmax",
            "section 7.2",
            "LSTMClassifier",
            # With these it passes 97 % of the test digits; the last epochs need no early end.
            lambda: {
                "early_stopping": EarlyStopping(10**6),
                "max_iter": 30,
                "learning_rate": 0.004,
                "decay": 0.001,
                "dropout": 0.4,
                "batch_size": 25,
            },
            _labelled,
        ),
        ModelSpec(
            "char-rnn",
            "language model over characters: 100 simple units, or LSTM, GRU; it writes texts",
            'section 6.1.3; A. Karpathy, "The unreasonable effectiveness of recurrent networks"',
            "CharRNN",
            dict,
            lambda path, seed, form: load_text(path),
            LanguageReport(),
            source_option="text",
            unnamed="no --text is given: it learns the help on Python that comes with it",
        ),
        ModelSpec(
            "rbm",
            "restricted Boltzmann machine 784-500: PCD-15, or CD-k; filters, Gibbs samples",
            "sections 10.1 to 10.3",
            "RBM",
            dict,
            _labelled,
            BoltzmannReport(),
        ),
    )
}
