"""The names of `theano.typed_list.type`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.typed_list")
