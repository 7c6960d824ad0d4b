"""`theano.scalar.sharedvar`: shared numbers."""

from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.sharedvar import ScalarSharedVariable as ScalarSharedVariable
from symgraph.compile import shared as shared

__getattr__, __dir__ = resolver(__name__)
