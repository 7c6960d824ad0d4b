"""The names of `theano.sparse.sharedvar`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.sparse")
