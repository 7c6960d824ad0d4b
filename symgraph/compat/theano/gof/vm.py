"""The names of `theano.gof.vm`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__)
