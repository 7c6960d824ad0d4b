"""Theano's names of the classes of nodes."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__)
