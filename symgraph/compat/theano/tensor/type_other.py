"""The names of `theano.tensor.type_other`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.graph", "symgraph.compile")
