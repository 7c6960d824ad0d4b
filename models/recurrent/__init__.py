"""Recurrent layers: simple, LSTM, GRU; run both ways, or stacked."""

from .bidirectional import Bidirectional
from .gru import GRU
from .layer import RecurrentLayer
from .lstm import LSTM
from .simple import SimpleRNN
from .stacked import Stacked

__all__ = ["GRU", "LSTM", "Bidirectional", "RecurrentLayer", "SimpleRNN", "Stacked"]
