"""`theano.compile.io`: the inputs and outputs of functions."""

from symgraph.compat.theano.lookup import resolver
from symgraph.compile import In as In
from symgraph.compile import Out as Out

SymbolicInput = In
SymbolicOutput = Out

__getattr__, __dir__ = resolver(__name__)
