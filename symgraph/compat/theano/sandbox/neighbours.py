"""The names of `theano.sandbox.neighbours`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".tensor.nnet.neighbours")
