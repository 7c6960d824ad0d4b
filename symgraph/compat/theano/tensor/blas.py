"""The names of `theano.tensor.blas`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".gof.node_classes", "symgraph.tensor")
