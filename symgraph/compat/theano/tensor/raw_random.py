"""The names of `theano.tensor.raw_random`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.raw_random")
