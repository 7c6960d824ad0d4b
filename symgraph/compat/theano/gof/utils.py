"""The names of `theano.gof.utils`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__)
