"""Of `theano.tensor.basic`, the functions that arrange and select elements, in Theano's forms."""

from collections.abc import Sequence
from typing import Any

from symgraph import tensor as native
from symgraph.compat.theano.tensor import ties
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


def join(axis: Any, *tensors_list: Any) -> Variable:
    """Join tensors along an axis: see `symgraph.tensor.join`.

    axis: an int or an integer scalar. tensors_list: the tensors, or one list of them.
    Raises IndexError for an axis that is not there.

    >>> from symgraph.compat.theano.tensor.arrangement import join
    >>> join(0, [1, 2], [3]).eval()
    array([1, 2, 3])
    """
    if len(tensors_list) == 1 and isinstance(tensors_list[0], list | tuple):
        tensors_list = tuple(tensors_list[0])
    given = [as_tensor_variable(part) for part in tensors_list]
    ndim = max([part.ndim for part in given], default=0)
    if isinstance(axis, int) and ndim and not -ndim <= axis < ndim:
        raise IndexError(f"Join axis {axis} out of bounds [0, {ndim})")
    return native.join(axis, *given)


def concatenate(tensor_list: Any, axis: Any = 0) -> Variable:
    """Join a list of tensors along an axis: see `join`, whose errors it raises.

    tensor_list: the tensors. axis: an int or an integer scalar.
    Raises TypeError for what is no list.

    >>> from symgraph.compat.theano.tensor.arrangement import concatenate
    >>> concatenate([[1, 2], [3]]).eval()
    array([1, 2, 3])
    """
    if not isinstance(tensor_list, list | tuple):
        raise TypeError(
            "The 'tensors' argument must be either a tuple or a list, make sure you did not forget"
            f" () or [] around arguments of concatenate: {tensor_list}"
        )
    return join(axis, *tensor_list)


def max_and_argmax(a: Any, axis: Any = None, keepdims: bool = False) -> list[Variable]:
    """Return the maximum over axes, and where it stands first.

    a: a tensor. axis: an int, or a list of ints, in which one may stand several times.
    keepdims: as for `symgraph.tensor.argmax`.

    >>> from symgraph.compat.theano.tensor.arrangement import max_and_argmax
    >>> [found.eval() for found in max_and_argmax([[1, 5], [7, 4]], [0, 0])]
    [array([7, 5]), array([1, 0])]
    """
    a = as_tensor_variable(a)
    if isinstance(axis, list | tuple):
        axis = sorted({int(entry) % a.ndim if a.ndim else entry for entry in axis})
    return [ties.reduced("max", a, axis, keepdims), native.argmax(a, axis, keepdims)]


def batched_dot(a: Any, b: Any) -> Variable:
    """Compute for each i the product of a[i] and b[i]: the last axis with the last but one.

    a, b: tensors of one dimension or more. Raises TypeError for what has none.

    >>> from symgraph.compat.theano.tensor.arrangement import batched_dot
    >>> batched_dot(T.dtensor4("a"), T.dtensor3("b")).ndim
    4
    """
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    for operand in (a, b):
        if operand.ndim == 0:
            raise TypeError(f"batched_dot takes one dimension or more, not {operand}")
    if min(a.ndim, b.ndim) == 1:
        rank = max(a.ndim, b.ndim)
        a, b = (v.dimshuffle(*range(v.ndim), *"x" * (rank - v.ndim)) for v in (a, b))
        return a * b
    if max(a.ndim, b.ndim) > 3:
        return native.batched_tensordot(a, b, [[a.ndim - 1], [max(1, b.ndim - 2)]])
    return native.batched_dot(a, b)


def ceil_intdiv(a: Any, b: Any) -> Variable:
    """Compute the quotient rounded up, in the common dtype.

    a, b: real numbers; shapes broadcast.

    >>> from symgraph.compat.theano.tensor.arrangement import ceil_intdiv
    >>> ceil_intdiv(T.constant([4, 5]), 2).eval()
    array([2, 3])
    """
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    whole = native.floor_div(a, b)
    return native.cast(whole + native.neq(a % b, 0), whole.type.dtype)


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
