"""The names of `theano.tensor.nnet.conv`."""

from symgraph.compat.theano.lookup import resolver

# SciPy is one of the packages that symgraph needs.
imported_scipy_signal = True

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet")
