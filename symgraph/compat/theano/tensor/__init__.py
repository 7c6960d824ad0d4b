"""The names of `theano.tensor`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(
    __name__,
    ".tensor.basic",
    ".tensor.extra_ops",
    ".tensor.subtensor",
    ".tensor.elemwise",
    ".tensor.type",
    ".tensor.var",
    ".tensor.sharedvar",
    ".tensor.sort",
    ".tensor.io",
    ".tensor.type_other",
    ".tensor.utils",
    ".gradient",
    ".gof",
    "symgraph.tensor",
)
