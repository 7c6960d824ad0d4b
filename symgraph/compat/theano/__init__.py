"""Theano's own random numbers: `RandomStreams` and `MRG_RandomStreams`, for programs whose printed
results depend on them. Otherwise use `symgraph.RandomStreams`."""

from symgraph.compat.theano.mersenne import RandomStreams
from symgraph.compat.theano.mrg_streams import MRG_RandomStreams

__all__ = ["MRG_RandomStreams", "RandomStreams"]
