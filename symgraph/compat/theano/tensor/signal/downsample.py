"""The names of `theano.tensor.signal.downsample`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".tensor.signal.pool")
