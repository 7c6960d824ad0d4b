"""The names of `theano.tests.unittest_tools`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.gradient")
