"""The names of `theano.compile.sharedvalue`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.compile", "symgraph.graph")
