"""The names of `theano.tensor`."""

from symgraph.compat.theano.compile.ops import specify_shape as specify_shape
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor import basic as basic
from symgraph.compat.theano.tensor.basic import _allclose as _allclose
from symgraph.compat.theano.tensor.basic import _shared as _shared
from symgraph.compat.theano.tensor.sort import sort as sort
from symgraph.compat.theano.tensor.var import TensorVariable as TensorVariable

# The function, not the module, which has been imported above.
var = basic.var

__getattr__, __dir__ = resolver(
    __name__,
    ".gradient",
    ".tensor.subtensor",
    ".tensor.basic",
    ".tensor.extra_ops",
    ".tensor.elemwise",
    ".tensor.type",
    ".tensor.var",
    ".tensor.sharedvar",
    ".tensor.sort",
    ".tensor.io",
    ".tensor.type_other",
    ".gof.type",
    ".tensor.utils",
    ".gof",
    "symgraph.tensor",
)
