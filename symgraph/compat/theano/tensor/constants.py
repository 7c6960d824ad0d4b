"""What Theano makes of values: constants, and the values of constant expressions."""

from typing import Any

import numpy as np

from symgraph.compat.theano.autocast import autocast_dtype
from symgraph.graph import Constant, FunctionGraph, SharedVariable, TensorType, Variable, ancestors
from symgraph.ops.constant import constant as native_constant
from symgraph.ops.constant import holds_variables
from symgraph.rewrite import rewrite_graph
from symgraph.tensor import as_tensor_variable as natively

_NUMBERS = (bool, int, float, complex)


class NotScalarConstantError(Exception):
    """Raised for an expression that is no constant scalar."""


class EmptyConstantError(NotScalarConstantError):
    """Raised for a constant without elements, where a scalar is needed."""


class ShapeError(Exception):
    """Raised by an operation's `infer_shape` where only running it tells the shape."""


def constant(
    x: Any, name: str | None = None, ndim: int | None = None, dtype: Any = None
) -> Constant:
    """Return a constant; Python numbers are of the smallest dtype that holds them.

    x: a number, an array, or nested lists of numbers. name: in print.
    ndim: how many dimensions it has; axes of extent 1 are put before.
    dtype: that of the value unless given.
    Raises TypeError, ValueError for more dimensions than `ndim`.

    >>> from symgraph.compat.theano.tensor.constants import constant
    >>> constant(9).dtype, constant([1, 2]).dtype
    ('int8', 'int64')
    """
    if dtype is None and type(x) in _NUMBERS:
        dtype = autocast_dtype(x)
    made = native_constant(x, dtype, name)
    if ndim is None or made.type.ndim == ndim:
        return made
    if made.type.ndim > ndim:
        raise ValueError(f"ndarray could not be cast to constant with {ndim} dimensions")
    data = made.data.reshape((1,) * (ndim - made.type.ndim) + made.data.shape)
    return native_constant(data, None, name)


def as_tensor_variable(x: Any, name: str | None = None, ndim: int | None = None) -> Variable:
    """Return a variable: of a value a constant, of a list of variables their join.

    x: a variable, a number, an array, nested lists of these, or a node of one output.
    name: in print, of a constant. ndim: how many dimensions it has; axes of extent 1 are put
        before, or dropped at the left.
    Raises TypeError for what makes no tensor, ValueError for another number of dimensions.

    >>> from symgraph.compat.theano.tensor.constants import as_tensor_variable
    >>> as_tensor_variable([1, 2], ndim=2).type.shape
    (1, 2)
    """
    if hasattr(x, "_as_TensorVariable"):
        x = x._as_TensorVariable()
    if not isinstance(x, Variable) and hasattr(x, "outputs"):
        position = getattr(x.op, "default_output", None)
        if position is None and len(x.outputs) != 1:
            raise ValueError("It is ambiguous which output of a multi-output Op has to be fetched.")
        position = 0 if position is None else position
        if not isinstance(position, int) or not 0 <= position < len(x.outputs):
            raise AttributeError(f"{x.op}.default_output should be an output index, not {position}")
        x = x.outputs[position]
    if isinstance(x, Variable):
        return _of_rank(natively(x), ndim)
    if holds_variables(x):
        return _of_rank(natively(x), ndim)
    if isinstance(x, bool):
        raise TypeError(
            "Cannot cast True or False as a tensor variable. Please use np.array(True) or"
            " np.array(False) if you need these constants."
        )
    return constant(x, name=name, ndim=ndim)


def _of_rank(variable: Variable, ndim: int | None) -> Variable:
    if ndim is None or variable.type.ndim == ndim:
        return variable
    extra = variable.type.ndim - ndim
    if extra < 0:
        return variable.dimshuffle(*["x"] * -extra, *range(variable.type.ndim))
    if any(extent != 1 for extent in variable.type.shape[:extra]):
        raise ValueError(
            f"Tensor type could not be cast to have {ndim} dimensions: {variable} is a"
            f" {variable.type}"
        )
    return variable.dimshuffle(*range(extra, variable.type.ndim))


def get_scalar_constant_value(
    orig_v: Any,
    elemwise: bool = True,
    only_process_constants: bool = False,
    max_recur: int = 10,
) -> np.ndarray:
    """Return the value of a constant scalar expression, or of an array that is one number filled.

    orig_v: a number, an array or a variable.
    elemwise, max_recur: Theano's. only_process_constants: whether only constants themselves count.
    Returns a scalar array. Raises NotScalarConstantError where the value is not known, or is none.

    >>> from symgraph.compat.theano.tensor.constants import get_scalar_constant_value
    >>> int(get_scalar_constant_value(T.constant(2) + 1))
    3
    """
    if orig_v is None:
        raise NotScalarConstantError("None is no scalar")
    variable = orig_v if isinstance(orig_v, Variable) else as_tensor_variable(np.asarray(orig_v))
    if not isinstance(variable.type, TensorType):
        raise NotScalarConstantError(f"{variable} of type {variable.type} is no tensor")
    if isinstance(variable, Constant):
        return _number(variable.data, variable)
    if only_process_constants or variable.owner is None:
        raise NotScalarConstantError(f"{variable} ({variable.type}) is no constant")
    shape = variable.type.shape
    leaves = [v for v in ancestors([variable]) if v.owner is None]
    if all(isinstance(leaf, Constant) for leaf in leaves) and not _draws(variable):
        return _number(variable.eval(), variable)
    return _number(_filled(variable, shape), variable)


def _filled(variable: Variable, shape: tuple[int | None, ...]) -> np.ndarray:
    """Return the number that an expression is everywhere, found by rewriting it."""
    inputs = [v for v in ancestors([variable]) if v.owner is None and not isinstance(v, Constant)]
    from_rewriting = FunctionGraph(inputs, [variable])
    rewrite_graph(from_rewriting)
    found = from_rewriting.outputs[0]
    while found.owner is not None and str(found.owner.op).startswith(("BroadcastTo", "DimShuffle")):
        found = found.owner.inputs[0]
    if not isinstance(found, Constant):
        raise NotScalarConstantError(f"{variable} ({variable.type}) is no constant")
    return found.data


def _draws(variable: Variable) -> bool:
    return any(isinstance(v, SharedVariable) for v in ancestors([variable]))


def _number(data: np.ndarray, variable: Variable) -> np.ndarray:
    if data.size == 0:
        raise EmptyConstantError(f"{variable} ({variable.type}) has no elements")
    first = data.flat[0]
    same = data == first
    if not np.all(same) and not (data != data).all():
        raise NotScalarConstantError(f"{variable} ({variable.type}) has different elements")
    return np.asarray(first, data.dtype)
