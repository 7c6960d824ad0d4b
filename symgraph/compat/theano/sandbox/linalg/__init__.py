"""The names of `theano.sandbox.linalg`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".tensor.slinalg", ".tensor.nlinalg")
