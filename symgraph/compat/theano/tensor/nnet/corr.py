"""The names of `theano.tensor.nnet.corr`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet", ".gof.node_classes")
