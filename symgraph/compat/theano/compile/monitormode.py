"""The names of `theano.compile.monitormode`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".compile.mode")
