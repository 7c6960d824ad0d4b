"""`theano.gof.type`: types of a program's own, and the type of any Python object."""

from symgraph.compat.theano.lookup import resolver
from symgraph.graph import Type as Type
from symgraph.graph.other_types import GenericType as Generic
from symgraph.graph.other_types import generic_type as generic

__all__ = ["Generic", "PureType", "Type", "generic"]
PureType = Type

__getattr__, __dir__ = resolver(__name__, "symgraph.graph")
