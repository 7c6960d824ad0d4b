"""The names of `theano.gof.cc`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__)
