"""The names of `theano.sandbox.solve`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".tensor.slinalg")
