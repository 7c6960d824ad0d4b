"""Language models: what comes next in a text, as expressions and as an estimator."""

from .alphabet import Alphabet
from .char_rnn import CharRNN
from .network import CharNetwork

__all__ = ["Alphabet", "CharNetwork", "CharRNN"]
