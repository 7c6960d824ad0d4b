"""`theano.compile.ops`: operations on values of any type."""

from importlib import import_module

from symgraph.compat.theano.gof.node_objects import operation_object
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.elementwise import function_named
from symgraph.compile import as_op as as_op
from symgraph.tensor import specify_shape as specify_shape

# Values that leave a function are copies wherever that is needed.
view_op = deep_copy_op = function_named("tensor_copy")
shape = operation_object("Shape", ())

__getattr__, __dir__ = resolver(__name__)


def load_back(mod: str, name: str) -> object:
    """Return what a module has under a name: how pickles find decorated functions.

    mod, name: of the module and in it.

    >>> from symgraph.compat.theano.compile.ops import load_back
    >>> load_back("math", "sqrt")(4)
    2.0
    """
    return getattr(import_module(mod), name)
