"""The names of `theano.tensor.nnet.conv`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet")
