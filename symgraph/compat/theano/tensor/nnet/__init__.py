"""The names of `theano.tensor.nnet`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(
    __name__,
    ".tensor.nnet.nnet",
    ".tensor.nnet.sigm",
    ".tensor.nnet.bn",
    ".tensor.nnet.convolutions",
    ".tensor.nnet.abstract_conv",
    ".tensor.nnet.neighbours",
    ".tensor.nnet.conv",
    ".tensor.nnet.blocksparse",
    "symgraph.tensor.nnet",
)
