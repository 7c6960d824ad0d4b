"""The networks of the books, built on the public face of symgraph.

Estimators follow scikit-learn's protocol and show their symbolic parts. Names are imported when
they are first used, so that asking for a layer does not import scikit-learn.
"""

import importlib
from typing import TYPE_CHECKING, Any

from .catalogue import MODELS

# For type checkers; a model that is not named here is of the type Any to them.
if TYPE_CHECKING:
    from .boltzmann.rbm import RBM as RBM
    from .convolutional.lenet import LeNet as LeNet
    from .estimators.persistence import load as load
    from .language.char_rnn import CharRNN as CharRNN
    from .linear.linear_regression import LinearRegression as LinearRegression
    from .linear.logistic_regression import LogisticRegression as LogisticRegression
    from .parts import activations as activations
    from .parts import costs as costs
    from .parts import initializers as initializers
    from .parts import layers as layers
    from .parts import noise as noise
    from .parts import optimizers as optimizers
    from .parts.layers import Dense as Dense
    from .parts.layers import Embedding as Embedding
    from .perceptrons.mlp import MLPClassifier as MLPClassifier
    from .perceptrons.mlp import MLPRegressor as MLPRegressor
    from .recurrent import GRU as GRU
    from .recurrent import LSTM as LSTM
    from .recurrent import Bidirectional as Bidirectional
    from .recurrent import SimpleRNN as SimpleRNN
    from .recurrent import Stacked as Stacked
    from .recurrent.lstm_classifier import LSTMClassifier as LSTMClassifier
    from .training.early_stopping import EarlyStopping as EarlyStopping
    from .training.early_stopping import NoImprovement as NoImprovement
    from .training.history import History as History

# What there is beside the models, and its modules.
_PARTS = {
    "Bidirectional": ".recurrent",
    "Dense": ".parts.layers",
    "EarlyStopping": ".training.early_stopping",
    "Embedding": ".parts.layers",
    "GRU": ".recurrent",
    "History": ".training.history",
    "LSTM": ".recurrent",
    "NoImprovement": ".training.early_stopping",
    "SimpleRNN": ".recurrent",
    "Stacked": ".recurrent",
    "load": ".estimators.persistence",
}
_HOMES = MODELS | _PARTS
# Modules of `parts` that are called by their own names: `from symgraph.models import costs`.
_MODULES = ("activations", "costs", "initializers", "layers", "noise", "optimizers")
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f".parts.{name}", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES, *_MODULES])
