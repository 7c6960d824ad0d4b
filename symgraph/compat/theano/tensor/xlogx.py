"""The names of `theano.tensor.xlogx`."""

from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.elementwise import function_named

__getattr__, __dir__ = resolver(__name__, ".scalar.operations", "symgraph.tensor")

xlogy0 = function_named("xlogy")
