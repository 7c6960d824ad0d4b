"""`theano.tensor.subtensor`: selections, and writing to them, in Theano's forms."""

from typing import Any

from symgraph import tensor
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Constant, Variable

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor")


class AdvancedIndexingError(TypeError):
    """Raised by Theano for an index that one of its classes cannot take."""


class AdvancedBooleanIndexingError(TypeError):
    """Raised by Theano for a mask that one of its classes cannot take."""


def set_subtensor(
    x: Variable, y: Any, inplace: bool = False, tolerate_inplace_aliasing: bool = False
) -> Variable:
    """Return what a selection was taken from, with `y` in its place: see
    `symgraph.tensor.set_subtensor`.

    x: a selection. y: what is written.
    inplace, tolerate_inplace_aliasing: Theano's; memory is written over wherever that is safe.

    >>> from symgraph.compat.theano.tensor.subtensor import set_subtensor
    >>> x = T.dvector("x")
    >>> set_subtensor(x[:1], 5).eval({x: [1.0, 2.0]})
    array([5., 2.])
    """
    return tensor.set_subtensor(x, _written(x, y))


def inc_subtensor(
    x: Variable,
    y: Any,
    inplace: bool = False,
    set_instead_of_inc: bool = False,
    tolerate_inplace_aliasing: bool = False,
) -> Variable:
    """Return what a selection was taken from, with `y` added to it: see
    `symgraph.tensor.inc_subtensor`.

    x: a selection. y: what is added; written, if `set_instead_of_inc`.
    inplace, tolerate_inplace_aliasing: Theano's; memory is written over wherever that is safe.

    >>> from symgraph.compat.theano.tensor.subtensor import inc_subtensor
    >>> x = T.dvector("x")
    >>> inc_subtensor(x[:1], 5).eval({x: [1.0, 2.0]})
    array([6., 2.])
    """
    write = tensor.set_subtensor if set_instead_of_inc else tensor.inc_subtensor
    return write(x, _written(x, y))


def _written(x: Any, y: Any) -> Variable:
    """Return what is written to a selection. Raises TypeError where it has more dimensions."""
    y = as_tensor_variable(y)
    if y.ndim > x.ndim:
        raise TypeError(
            f"Trying to increment a {x.ndim}-dimensional subtensor with a {y.ndim}-dimensional"
            f" value: {y} ({y.type})"
        )
    return y


def advanced_subtensor(x: Variable, *index: Any) -> Variable:
    """Return the elements at indices: `x[index]`.

    >>> from symgraph.compat.theano.tensor.subtensor import advanced_subtensor
    >>> advanced_subtensor(T.constant([1, 2, 3]), [0, 2]).eval()
    array([1, 3])
    """
    return as_tensor_variable(x)[index]


def advanced_inc_subtensor(x: Variable, y: Any, *index: Any) -> Variable:
    """Return `x` with `y` added to the elements at indices.

    >>> from symgraph.compat.theano.tensor.subtensor import advanced_inc_subtensor
    >>> advanced_inc_subtensor(T.constant([1, 2, 3]), 5, [0, 2]).eval()
    array([6, 2, 8])
    """
    return inc_subtensor(as_tensor_variable(x)[index], y)


def advanced_set_subtensor(x: Variable, y: Any, *index: Any) -> Variable:
    """Return `x` with `y` in place of the elements at indices.

    >>> from symgraph.compat.theano.tensor.subtensor import advanced_set_subtensor
    >>> advanced_set_subtensor(T.constant([1, 2, 3]), 5, [0, 2]).eval()
    array([5, 2, 5])
    """
    return set_subtensor(as_tensor_variable(x)[index], y)


def advanced_subtensor1(x: Variable, ilist: Any) -> Variable:
    """Return the rows at a vector of indices. Raises TypeError for another rank.

    >>> from symgraph.compat.theano.tensor.subtensor import advanced_subtensor1
    >>> advanced_subtensor1(T.constant([1, 2, 3]), [0, 2]).eval()
    array([1, 3])
    """
    return as_tensor_variable(x)[_vector(ilist)]


def advanced_inc_subtensor1(x: Variable, y: Any, ilist: Any) -> Variable:
    """Return `x` with `y` added to the rows at a vector of indices.

    >>> from symgraph.compat.theano.tensor.subtensor import advanced_inc_subtensor1
    >>> advanced_inc_subtensor1(T.constant([1, 2, 3]), 5, [0, 2]).eval()
    array([6, 2, 8])
    """
    return inc_subtensor(as_tensor_variable(x)[_vector(ilist)], y)


def advanced_set_subtensor1(x: Variable, y: Any, ilist: Any) -> Variable:
    """Return `x` with `y` in place of the rows at a vector of indices.

    >>> from symgraph.compat.theano.tensor.subtensor import advanced_set_subtensor1
    >>> advanced_set_subtensor1(T.constant([1, 2, 3]), 5, [0, 2]).eval()
    array([5, 2, 5])
    """
    return set_subtensor(as_tensor_variable(x)[_vector(ilist)], y)


advanced_boolean_subtensor = advanced_subtensor
advanced_boolean_inc_subtensor = advanced_inc_subtensor
advanced_boolean_set_subtensor = advanced_set_subtensor


def _vector(ilist: Any) -> Variable:
    index = as_tensor_variable(ilist)
    if index.type.ndim != 1 or index.type.dtype.startswith("float"):
        raise TypeError(f"index must be vector of integers, not {index} ({index.type})")
    return index


def get_idx_list(inputs: Any, idx_list: Any) -> Any:
    """Return the index of a selection's node, with its variables in their places.

    inputs: of the node. idx_list: entries, of which those that are types stand for inputs.

    >>> from symgraph.compat.theano.tensor.subtensor import get_idx_list
    >>> get_idx_list([T.dvector("x")], (0,))
    (0,)
    """
    remaining = list(reversed(inputs[1:]))

    def entry(part: Any) -> Any:
        if isinstance(part, slice):
            return slice(entry(part.start), entry(part.stop), entry(part.step))
        return remaining.pop() if hasattr(part, "filter") else part

    return tuple(entry(part) for part in idx_list)


def get_canonical_form_slice(theslice: Any, length: Any) -> tuple[Any, int | Variable]:
    """Return a slice in the form `start:stop` with bounds within the length, and its direction.

    theslice: a slice, or an index. length: of the axis.
    Returns the slice, whose step is not negative, and 1 or -1: selecting by the slice, and then
    reversing for -1, selects what the given slice does.

    >>> from symgraph.compat.theano.tensor.subtensor import get_canonical_form_slice
    >>> found, direction = get_canonical_form_slice(slice(None, None, -1), T.constant(5))
    >>> [int(bound.eval()) for bound in (found.start, found.stop)], int(direction.eval())
    ([0, 5], -1)
    """
    if not isinstance(theslice, slice):
        index = as_tensor_variable(theslice)
        return tensor.switch(tensor.lt(index, 0), index + length, index), 1
    length = as_tensor_variable(length)
    step = as_tensor_variable(1 if theslice.step is None else theslice.step)
    step = tensor.cast(step, "int64")
    forward = tensor.gt(step, 0)
    size = tensor.cast(length, "int64")
    start = _bound(theslice.start, size, tensor.switch(forward, 0, size - 1), forward)
    stop = _bound(theslice.stop, size, tensor.switch(forward, size, -1), forward)
    span = tensor.switch(forward, stop - start, start - stop)
    width = tensor.abs(step)
    count = tensor.maximum((span + width - 1) // width, 0)
    last = start + (count - 1) * step
    low = tensor.switch(forward, start, last)
    high = tensor.switch(forward, stop, start + 1)
    empty = tensor.eq(count, 0)
    found = slice(
        tensor.switch(empty, 0, low), tensor.switch(empty, 0, tensor.maximum(high, 0)), width
    )
    return found, tensor.switch(forward, 1, -1)


def _bound(given: Any, size: Variable, default: Variable, forward: Variable) -> Variable:
    if given is None:
        return default
    index = tensor.cast(as_tensor_variable(given), "int64")
    index = tensor.switch(tensor.lt(index, 0), index + size, index)
    low = tensor.switch(forward, 0, -1)
    high = tensor.switch(forward, size, size - 1)
    return tensor.minimum(tensor.maximum(index, low), high)


def make_constant(args: Any) -> Any:
    """Return nested tuples and slices of numbers as the same of constants.

    >>> from symgraph.compat.theano.tensor.subtensor import make_constant
    >>> make_constant((1,))
    (1,)
    """

    def conv(part: Any) -> Any:
        if isinstance(part, slice):
            return slice(conv(part.start), conv(part.stop), conv(part.step))
        if isinstance(part, tuple | list):
            return tuple(map(conv, part))
        return part if part is None or isinstance(part, Constant) else as_tensor_variable(part)

    return tuple(map(conv, args))
