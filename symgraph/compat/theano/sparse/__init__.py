"""The names of `theano.sparse`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".sparse.basic", ".sparse.type", ".sparse.sharedvar")
