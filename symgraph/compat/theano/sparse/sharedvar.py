"""`theano.sparse.sharedvar`: shared sparse matrices."""

from symgraph.compat.theano.lookup import resolver
from symgraph.sparse import SparseSharedVariable, shared

__getattr__, __dir__ = resolver(__name__, "symgraph.sparse")
SparseTensorSharedVariable = SparseSharedVariable
sparse_constructor = shared
