"""The names of `theano.scalar.basic_scipy`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".scalar.operations", "symgraph.tensor")
