"""The names of `theano.tensor.nnet.nnet`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(
    __name__,
    ".tensor.nnet.sigm",
    "symgraph.tensor.nnet",
    "symgraph.tensor",
)
