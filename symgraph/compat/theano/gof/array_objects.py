"""Theano's operations that make, select and write arrays, as objects: see `node_objects`."""

from typing import Any

from symgraph import tensor
from symgraph.compat.theano.gof.node_objects import Applied
from symgraph.compat.theano.tensor import subtensor
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.compat.theano.tensor.io import load
from symgraph.gradient.transformations import UndefinedGrad
from symgraph.graph import Constant, Variable


def _scalar(value: Any) -> Any:
    """Return what a constant holds as a number, anything else as it is."""
    return value.data.item() if isinstance(value, Constant) and value.ndim == 0 else value


def selection(idx_list: Any) -> Applied:
    def apply(x: Any, *inputs: Any) -> Any:
        x = as_tensor_variable(x)
        return x[subtensor.get_idx_list((x, *inputs), idx_list)]

    return apply


def written_selection(
    idx_list: Any,
    inplace: bool = False,
    set_instead_of_inc: bool = False,
    destroyhandler_tolerate_aliased: Any = None,
) -> Applied:
    selected = selection(idx_list)
    write = subtensor.set_subtensor if set_instead_of_inc else subtensor.inc_subtensor
    return lambda x, y, *inputs: write(selected(x, *inputs), y)


def written_elements(inplace: bool = False, set_instead_of_inc: bool = False) -> Applied:
    if set_instead_of_inc:
        return subtensor.advanced_set_subtensor
    return subtensor.advanced_inc_subtensor


def written_rows(inplace: bool = False, set_instead_of_inc: bool = False) -> Applied:
    if set_instead_of_inc:
        return subtensor.advanced_set_subtensor1
    return subtensor.advanced_inc_subtensor1


def rows(sparse_grad: bool = False) -> Applied:
    return subtensor.advanced_subtensor1


def unique(
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> Applied:
    def apply(x: Any) -> Any:
        x = as_tensor_variable(x)
        if axis is not None and not -x.ndim <= axis < x.ndim:
            raise RuntimeError(f"Unique axis `{axis}` is outside of input ndim = {x.ndim}.")
        return tensor.unique(x, return_index, return_inverse, return_counts, axis)

    return apply


def empty(dtype: str) -> Applied:
    return lambda *shape: tensor.empty(shape, dtype)


def new_diagonal(offset: int = 0, axis1: int = 0, axis2: int = 1) -> Applied:
    return lambda diag: tensor.alloc_diag(as_tensor_variable(diag), offset, axis1, axis2)


def choice(mode: str = "raise") -> Applied:
    return lambda a, choices: tensor.choose(as_tensor_variable(a), choices, mode=mode)


def tile(ndim: int) -> Applied:
    return lambda x, reps: tensor.tile(as_tensor_variable(x), reps, ndim)


def permuted_rows(x: Any, y: Any, inverse: Any = False) -> Variable:
    return tensor.permute_row_elements(x, y, bool(_scalar(inverse)))


def contiguous(x: Any) -> Variable:
    """Return the value: what a function computes is contiguous."""
    return tensor.identity(as_tensor_variable(x))


def mean(axis: int | None = None) -> Applied:
    return lambda x: tensor.mean(as_tensor_variable(x), axis, "float64")


def product(axis: Any = None, dtype: Any = None, acc_dtype: Any = None) -> Applied:
    """Return the product of what is not zero; 1 where nothing is."""

    def apply(x: Any) -> Variable:
        x = as_tensor_variable(x)
        rest = tensor.switch(tensor.eq(x, 0), tensor.ones_like(x), x)
        found = tensor.prod(rest, axis, dtype, acc_dtype=acc_dtype)
        axes = range(x.ndim) if axis is None else axis
        none = tensor.all(tensor.eq(x, 0), axes)
        return UndefinedGrad()(tensor.switch(none, tensor.zeros_like(found), found))

    return apply


def read(dtype: Any, broadcastable: Any, mmap_mode: str | None = None) -> Applied:
    return lambda path: load(path, dtype, broadcastable, mmap_mode)


def unraveled(order: str = "C") -> Applied:
    return lambda indices, dims: tensor.unravel_index(indices, dims, order)


def raveled(mode: str = "raise", order: str = "C") -> Applied:
    return lambda *given: tensor.ravel_multi_index(given[:-1], given[-1], mode, order)
