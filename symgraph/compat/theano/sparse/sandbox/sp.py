"""The names of `theano.sparse.sandbox.sp`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".sparse.basic", ".sparse.operations")
