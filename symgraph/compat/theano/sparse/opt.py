"""The names of `theano.sparse.opt`: operations on the parts of sparse matrices."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".sparse.operations", "symgraph.sparse")
