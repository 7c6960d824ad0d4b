"""`theano.ifelse`: a choice that computes only the branch it needs."""

from symgraph.compat.theano.gof.node_classes import IfElse as IfElse  # type: ignore[attr-defined]
from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.loops")
