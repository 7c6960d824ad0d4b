"""`theano.updates`: updates of shared variables, in order."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.compile")
