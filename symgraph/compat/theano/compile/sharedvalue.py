"""`theano.compile.sharedvalue`: shared variables."""

from symgraph.compat.theano.lookup import resolver
from symgraph.compile import shared as shared
from symgraph.graph import SharedVariable as SharedVariable

__getattr__, __dir__ = resolver(__name__)
