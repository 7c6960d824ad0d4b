"""The names of `theano.sandbox.linalg.ops`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".tensor.slinalg", ".tensor.nlinalg")
