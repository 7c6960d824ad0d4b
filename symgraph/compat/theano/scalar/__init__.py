"""The names of `theano.scalar`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(
    __name__, ".scalar.basic", ".scalar.basic_scipy", ".scalar.sharedvar"
)
