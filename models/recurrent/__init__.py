"""Recurrent layers: simple, LSTM, GRU; run both ways, or stacked."""

from .bidirectional import Bidirectional
from .gru import GRU
from .layer import RecurrentLayer
from .lstm import LSTM
from .simple import SimpleRNN
from .stacked import Stacked

# The layers that can take each other's place, by name.
CELLS: dict[str, type[RecurrentLayer]] = {"rnn": SimpleRNN, "lstm": LSTM, "gru": GRU}

__all__ = ["CELLS", "GRU", "LSTM", "Bidirectional", "RecurrentLayer", "SimpleRNN", "Stacked"]
