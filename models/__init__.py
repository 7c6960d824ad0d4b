"""The networks of the books, built on the public face of symgraph.

Estimators follow scikit-learn's protocol and show their symbolic parts. Names are imported when
they are first used, so that asking for a layer does not import scikit-learn.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .boltzmann import RBM
    from .convolutional import LeNet
    from .early_stopping import EarlyStopping, NoImprovement
    from .history import History
    from .language import CharRNN
    from .layers import Dense, Embedding
    from .linear import LinearRegression
    from .logistic import LogisticRegression
    from .lstm_classifier import LSTMClassifier
    from .mlp import MLPClassifier, MLPRegressor
    from .persistence import load
    from .recurrent import GRU, LSTM, Bidirectional, SimpleRNN, Stacked

_HOMES = {
    "Bidirectional": ".recurrent",
    "CharRNN": ".language",
    "Dense": ".layers",
    "EarlyStopping": ".early_stopping",
    "Embedding": ".layers",
    "GRU": ".recurrent",
    "History": ".history",
    "LSTM": ".recurrent",
    "LSTMClassifier": ".lstm_classifier",
    "LeNet": ".convolutional",
    "LinearRegression": ".linear",
    "LogisticRegression": ".logistic",
    "MLPClassifier": ".mlp",
    "MLPRegressor": ".mlp",
    "NoImprovement": ".early_stopping",
    "RBM": ".boltzmann",
    "SimpleRNN": ".recurrent",
    "Stacked": ".recurrent",
    "load": ".persistence",
}
__all__ = [
    "GRU",
    "LSTM",
    "RBM",
    "Bidirectional",
    "CharRNN",
    "Dense",
    "EarlyStopping",
    "Embedding",
    "History",
    "LSTMClassifier",
    "LeNet",
    "LinearRegression",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "NoImprovement",
    "SimpleRNN",
    "Stacked",
    "load",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
