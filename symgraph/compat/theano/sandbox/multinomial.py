"""The names of `theano.sandbox.multinomial`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".sandbox.rng_mrg")
