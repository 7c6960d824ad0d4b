"""The names of `theano.tensor.opt`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".gof.opt", ".gof.node_classes")
