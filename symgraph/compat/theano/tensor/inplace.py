"""`theano.tensor.inplace`: elementwise functions under their names for work in place.

They are the functions themselves: symgraph's back ends write over an operand wherever nothing else
reads it. Arguments are written over by functions compiled with `accept_inplace=True` alone.
"""

from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.elementwise import NAMES, RENAMED, function_named

__getattr__, __dir__ = resolver(__name__)
globals().update(
    (f"{name}_inplace", function_named(f"{name}_inplace")) for name in {*NAMES, *RENAMED}
)
