"""The names of `theano.typed_list`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".typed_list.basic", ".typed_list.type")
