"""`theano.compile.ops`: operations on values of any type."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from symgraph import tensor
from symgraph.compat.theano.gof.graph import Apply
from symgraph.compat.theano.gof.node_classes import CLASSES
from symgraph.compat.theano.gof.op import Op
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.elementwise import function_named
from symgraph.graph import BundleType, Variable
from symgraph.sparse import CSM, csm_properties

__getattr__, __dir__ = resolver(__name__, "symgraph.compile")


def specify_shape(x: Any, shape: Any) -> Variable:
    """Declare extents, which are checked when the function runs: see `symgraph.tensor`'s function.

    x: an array, or a sparse matrix, of which another shape is an AssertionError.
    shape: an extent for each axis.

    >>> from symgraph.compat.theano.compile.ops import specify_shape
    >>> specify_shape(T.dmatrix("x"), (2, 3)).type.shape
    (2, 3)
    """
    if not isinstance(getattr(x, "type", None), BundleType):
        return tensor.specify_shape(x, shape)
    values, indices, starts, extents = csm_properties(x)
    same = tensor.all(tensor.eq(extents, tensor.as_tensor_variable(shape)))
    checked = tensor.assert_op(extents, same, message=f"{x} has another shape than {shape}")
    return CSM(x.type.format)(values, indices, starts, checked)


class ViewOp(Op):
    """Return the input as it is: programs derive operations from it that change derivatives only.

    >>> from symgraph.compat.theano.compile.ops import ViewOp
    >>> ViewOp()(T.constant([1.0, 2.0])).eval()
    array([1., 2.])
    """

    __props__ = ()

    def make_node(self, x: Any) -> Any:
        """Return the node of the operation on a variable."""
        return Apply.make(self, [x], [x.type()])

    def perform(self, node: Any, inputs: Sequence[Any], output_storage: Any) -> None:
        """Put a copy of the input in the storage: results of functions never share memory."""
        output_storage[0][0] = inputs[0].copy() if hasattr(inputs[0], "copy") else inputs[0]

    def infer_shape(self, node: Any, input_shapes: Sequence[Any]) -> Sequence[Any]:
        """Return the shape of the input."""
        return input_shapes

    def grad(self, inputs: Sequence[Variable], output_gradients: Sequence[Variable]) -> Any:
        """Return the gradient of the output."""
        return output_gradients


view_op = ViewOp()

# Values that leave a function are copies wherever that is needed.
deep_copy_op = function_named("tensor_copy")
shape = CLASSES["Shape"]()


def load_back(mod: str, name: str) -> object:
    """Return what a module has under a name: how pickles find decorated functions.

    mod, name: of the module and in it.

    >>> from symgraph.compat.theano.compile.ops import load_back
    >>> load_back("math", "sqrt")(4)
    2.0
    """
    return getattr(import_module(mod), name)
