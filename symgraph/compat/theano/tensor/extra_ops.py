"""The names of `theano.tensor.extra_ops`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor")
