"""The names of `theano.scalar.basic`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.ops.scalar_table")
