"""The names of `theano.tensor.nlinalg`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(
    __name__,
    "symgraph.tensor.slinalg",
    "symgraph.tensor.nlinalg",
    "symgraph.tensor.linalg",
    "symgraph.tensor",
)
