"""The names of `theano.printing`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.debug.printing", "symgraph.debug")
