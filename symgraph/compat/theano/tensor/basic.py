"""The names of `theano.tensor.basic`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".gradient", "symgraph.tensor")
