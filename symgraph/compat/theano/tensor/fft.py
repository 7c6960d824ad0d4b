"""The names of `theano.tensor.fft`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.fft", "symgraph.tensor")
