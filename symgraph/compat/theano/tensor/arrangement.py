"""Of `theano.tensor.basic`, the functions that arrange and select elements, in Theano's forms."""

from collections.abc import Sequence
from typing import Any

from symgraph import tensor as native
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import TensorType, Variable, warn


def stack(*tensors: Any, **kwargs: Any) -> Variable:
    """Join tensors along a new axis, as `stack([a, b], axis)` or as `stack(a, b)`.

    tensors: a list of tensors and the axis, or the tensors.
    Raises TypeError, ValueError: see `symgraph.tensor.stack`.

    >>> from symgraph.compat.theano.tensor.arrangement import stack
    >>> stack(T.dscalar("a"), T.dscalar("b")).type.shape
    (2,)
    """
    if not tensors and "tensors" in kwargs:
        tensors = (kwargs.pop("tensors"),)
    if not tensors:
        raise ValueError("theano.tensor.stack(tensors, axis) should have at least one parameter")
    if isinstance(tensors[0], list | tuple):
        axis = tensors[1] if len(tensors) > 1 else kwargs.get("axis", 0)
        parts = list(tensors[0])
    else:
        warn(
            "stack(*tensors) interface is deprecated, use stack(tensors, axis=0)",
            DeprecationWarning,
        )
        axis, parts = kwargs.get("axis", 0), list(tensors)
    if not parts:
        raise ValueError("tensors is empty. You should at least provide one tensor to stack")
    given = [as_tensor_variable(part) for part in parts]
    if isinstance(axis, int) and not -given[0].ndim - 1 <= axis <= given[0].ndim:
        raise IndexError(f"Axis value {axis} is out of range for {given[0].ndim} dimensions")
    return native.stack(given, axis)


def horizontal_stack(*args: Any) -> Variable:
    """Join matrices side by side. Raises ValueError for fewer than two, TypeError for others.

    >>> from symgraph.compat.theano.tensor.arrangement import horizontal_stack
    >>> horizontal_stack(T.dmatrix("a"), T.dmatrix("b")).ndim
    2
    """
    return _stacked(args, 1)


def vertical_stack(*args: Any) -> Variable:
    """Join matrices one below the other. Raises ValueError for fewer than two, TypeError for
    others.

    >>> from symgraph.compat.theano.tensor.arrangement import vertical_stack
    >>> vertical_stack(T.dmatrix("a"), T.dmatrix("b")).ndim
    2
    """
    return _stacked(args, 0)


def _stacked(parts: Sequence[Any], axis: int) -> Variable:
    if len(parts) < 2:
        raise ValueError("Too few arguments")
    given = [as_tensor_variable(part) for part in parts]
    for part in given:
        if part.type.ndim != 2:
            raise TypeError(f"a matrix is needed, not {part} ({part.type})")
    return native.concatenate(given, axis)


def transpose(x: Any, axes: Any = None) -> Variable:
    """Permute the axes: see `symgraph.tensor.transpose`; the result of `x` is named `x.T`.

    x: a tensor. axes: a permutation, the reversed order unless given.

    >>> from symgraph.compat.theano.tensor.arrangement import transpose
    >>> transpose(T.dmatrix("x")).name
    'x.T'
    """
    x = as_tensor_variable(x)
    found = native.transpose(x, axes)
    if found is not x and found.name is None and x.name is not None and axes is None:
        found.name = f"{x.name}.T"
    return found


def swapaxes(y: Any, axis1: int, axis2: int) -> Variable:
    """Exchange two axes. Raises IndexError for one that is not there.

    y: a tensor. axis1, axis2: ints.

    >>> from symgraph.compat.theano.tensor.arrangement import swapaxes
    >>> swapaxes(T.drow("x"), 0, 1).type.shape
    (None, 1)
    """
    y = as_tensor_variable(y)
    for axis in (axis1, axis2):
        if not -y.ndim <= axis < y.ndim:
            raise IndexError(f"swapaxes: axis {axis} is out of range for {y} ({y.type})")
    return native.swapaxes(y, axis1, axis2)


def dot(l: Any, r: Any) -> Variable:  # noqa: E741 - Theano's name
    """Compute a product: see `symgraph.tensor.dot`; extents that do not fit fail in the call.

    l, r: tensors.

    >>> from symgraph.compat.theano.tensor.arrangement import dot
    >>> dot([1, 2], [3, 4]).eval()
    array(11)
    """
    if any(isinstance(v, Variable) and not isinstance(v.type, TensorType) for v in (l, r)):
        return native.dot(l, r)
    left, right = as_tensor_variable(l), as_tensor_variable(r)
    try:
        return native.dot(left, right)
    except ValueError:
        # Types in Theano tell no extents but 1.
        free = (native.unbroadcast(v, *range(v.ndim)) for v in (left, right))
        return native.dot(*free)


def _of_array(a: Any, what: str) -> Variable:
    a = as_tensor_variable(a)
    if a.ndim == 0:
        raise ValueError(f"{what}: the input has no dimensions: {a} ({a.type})")
    return a


def nonzero(a: Any, return_matrix: bool = False) -> Any:
    """Return where elements are not 0: see `symgraph.tensor.nonzero`.

    a: a tensor. return_matrix: whether the indices are the rows of one matrix.
    Raises ValueError for what has no dimensions.

    >>> from symgraph.compat.theano.tensor.arrangement import nonzero
    >>> nonzero([0, 3])[0].eval()
    array([1])
    """
    return native.nonzero(_of_array(a, "nonzero"), return_matrix)


def flatnonzero(a: Any) -> Variable:
    """Return where elements of the flattened array are not 0. Raises ValueError for what has no
    dimensions.

    a: a tensor.

    >>> from symgraph.compat.theano.tensor.arrangement import flatnonzero
    >>> flatnonzero([0, 3]).eval()
    array([1])
    """
    return native.flatnonzero(_of_array(a, "flatnonzero"))


def nonzero_values(a: Any) -> Variable:
    """Return the elements that are not 0. Raises ValueError for what has no dimensions.

    a: a tensor.

    >>> from symgraph.compat.theano.tensor.arrangement import nonzero_values
    >>> nonzero_values([0, 3]).eval()
    array([3])
    """
    return native.nonzero_values(_of_array(a, "nonzero_values"))
