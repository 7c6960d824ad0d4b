"""The names of `theano.tensor.nnet.sigm`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(
    __name__, ".scalar.operations", "symgraph.tensor.nnet", "symgraph.tensor"
)
