"""The names of `theano.sparse`."""

from importlib.util import find_spec

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".sparse.basic", ".sparse.type", ".sparse.sharedvar")

# Whether there are sparse matrices: programs ask before they use them.
enable_sparse = find_spec("scipy") is not None
