"""`theano.compile.mode`: modes, which choose a back end and leave rewriting rules out."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__)
