"""The names of `theano.gof.link`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.graph")
