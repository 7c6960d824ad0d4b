"""The names of `theano.tensor.nnet.corr3d`: see `corr`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(
    __name__, ".tensor.nnet.corr", "symgraph.tensor.nnet", ".gof.node_classes"
)
