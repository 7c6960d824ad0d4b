"""`theano.tensor.basic`: the functions whose arguments or values differ in Theano."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph import tensor as native
from symgraph.compat.theano.compile.function import used_variables
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor import ties
from symgraph.compat.theano.tensor.arrangement import batched_dot as batched_dot
from symgraph.compat.theano.tensor.arrangement import ceil_intdiv as ceil_intdiv
from symgraph.compat.theano.tensor.arrangement import concatenate as concatenate
from symgraph.compat.theano.tensor.arrangement import dot as dot
from symgraph.compat.theano.tensor.arrangement import flatnonzero as flatnonzero
from symgraph.compat.theano.tensor.arrangement import horizontal_stack as horizontal_stack
from symgraph.compat.theano.tensor.arrangement import join as join
from symgraph.compat.theano.tensor.arrangement import max_and_argmax as max_and_argmax
from symgraph.compat.theano.tensor.arrangement import nonzero as nonzero
from symgraph.compat.theano.tensor.arrangement import nonzero_values as nonzero_values
from symgraph.compat.theano.tensor.arrangement import stack as stack
from symgraph.compat.theano.tensor.arrangement import std as std
from symgraph.compat.theano.tensor.arrangement import swapaxes as swapaxes
from symgraph.compat.theano.tensor.arrangement import tile as tile
from symgraph.compat.theano.tensor.arrangement import transpose as transpose
from symgraph.compat.theano.tensor.arrangement import var as var
from symgraph.compat.theano.tensor.arrangement import vertical_stack as vertical_stack
from symgraph.compat.theano.tensor.constants import (
    EmptyConstantError as EmptyConstantError,
)
from symgraph.compat.theano.tensor.constants import (
    NotScalarConstantError as NotScalarConstantError,
)
from symgraph.compat.theano.tensor.constants import ShapeError as ShapeError
from symgraph.compat.theano.tensor.constants import as_tensor_variable as as_tensor_variable
from symgraph.compat.theano.tensor.constants import constant as constant
from symgraph.compat.theano.tensor.constants import (
    get_scalar_constant_value as get_scalar_constant_value,
)
from symgraph.compat.theano.tensor.constructors import ALL
from symgraph.compat.theano.tensor.elementwise import NAMES, RENAMED, function_named
from symgraph.compat.theano.tensor.type import TensorType as TensorType
from symgraph.compile import shared as _shared  # noqa: F401
from symgraph.graph import Constant, Variable, canonical_dtype
from symgraph.tensor.dtypes import complex_dtypes, discrete_dtypes, int_dtypes

__getattr__, __dir__ = resolver(
    __name__, ".gradient", ".tensor.operation_instances", "symgraph.tensor"
)
_OF_TWO_KINDS = {"abs", "identity", "round", "round_half_away"}
globals().update(ALL)
globals().update((name, function_named(name)) for name in {*NAMES, *RENAMED} - _OF_TWO_KINDS)


as_tensor = as_tensor_variable
# The older name of the type of tensors.
Tensor = TensorType
python_all, python_any, python_complex = all, any, complex
float16_atol, float32_atol, float64_atol = 1e-2, 1e-5, 1e-8
float16_rtol, float32_rtol, float64_rtol = 5e-3, 1e-3, 1e-5
int_types = [ALL[letter + "scalar"] for letter in "bwil"]
float_types = [ALL[letter + "scalar"] for letter in "fd"]
complex_types = [ALL[letter + "scalar"] for letter in "cz"]
int_scalar_types, float_scalar_types, complex_scalar_types = int_types, float_types, complex_types
int_vector_types = [ALL[letter + "vector"] for letter in "bwil"]
float_vector_types = [ALL[letter + "vector"] for letter in "fd"]
complex_vector_types = [ALL[letter + "vector"] for letter in "cz"]
int_matrix_types = [ALL[letter + "matrix"] for letter in "bwil"]
float_matrix_types = [ALL[letter + "matrix"] for letter in "fd"]
complex_matrix_types = [ALL[letter + "matrix"] for letter in "cz"]


def _allclose(a: Any, b: Any, rtol: float | None = None, atol: float | None = None) -> bool:
    """Test whether arrays are equal but for the rounding of the less precise dtype."""
    small = {np.asarray(v).dtype.itemsize for v in (a, b) if np.asarray(v).dtype.kind in "fc"}
    narrow = any(size <= 4 for size in small)
    usual = (float32_rtol, float32_atol) if narrow else (float64_rtol, float64_atol)
    rtol, atol = usual[0] if rtol is None else rtol, usual[1] if atol is None else atol
    return bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))


def tensor(*args: Any, **kwargs: Any) -> Variable:
    """Return a variable of a type of these arguments: see `TensorType`; `name` names it.

    >>> from symgraph.compat.theano.tensor.basic import tensor
    >>> tensor("float64", (False, True), name="x").type.shape
    (None, 1)
    """
    name = kwargs.pop("name", None)
    return TensorType.make(*args, **kwargs)(name)


def cast(x: Any, dtype: Any) -> Variable:
    """Convert each element to another dtype: see `symgraph.tensor.cast`.

    x: a tensor. dtype: its name, or 'floatX'. Raises TypeError from complex to real numbers.

    >>> from symgraph.compat.theano.tensor.basic import cast
    >>> cast(T.dscalar("x"), "int32").dtype
    'int32'
    """
    x = as_tensor_variable(x)
    return native.cast(x, dtype)


def flatten(x: Any, ndim: int | None = None, outdim: int | None = None) -> Variable:
    """Join the last axes to one: see `symgraph.tensor.flatten`.

    x: a tensor. ndim: how many dimensions remain, 1 unless given; `outdim` is its older name.
    Raises ValueError for both.

    >>> from symgraph.compat.theano.tensor.basic import flatten
    >>> flatten(T.dtensor3("x"), outdim=2).ndim
    2
    """
    if ndim is not None and outdim is not None:
        raise ValueError("You should only specify ndim")
    wanted = outdim if ndim is None else ndim
    return native.flatten(as_tensor_variable(x), 1 if wanted is None else wanted)


def clip(x: Any, min: Any, max: Any) -> Variable:
    """Limit each element to an interval; below `min` it is `min`, even where that exceeds `max`.

    x, min, max: real numbers; shapes broadcast.

    >>> from symgraph.compat.theano.tensor.basic import clip
    >>> clip(T.constant([0.0, 3.0]), 2.0, 1.0).eval()
    array([2., 1.])
    """
    x, low, high = (as_tensor_variable(v) for v in (x, min, max))
    if isinstance(low, Constant) and isinstance(high, Constant):
        try:
            if bool(np.all(low.data <= high.data)):
                return native.clip(x, low, high)
        except ValueError:
            pass
    return native.switch(native.lt(x, low), low, native.switch(native.gt(x, high), high, x))


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """Compute the maximum over axes; its derivative goes to each of several equal elements.

    x: a tensor. axis, keepdims: as for `symgraph.tensor.max`.

    >>> from symgraph.compat.theano.tensor.basic import max
    >>> max(T.constant([1, 3, 2])).eval()
    array(3)
    """
    return ties.reduced("max", as_tensor_variable(x), axis, keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """Compute the minimum over axes; its derivative goes to each of several equal elements.

    x: a tensor. axis, keepdims: as for `symgraph.tensor.min`.

    >>> from symgraph.compat.theano.tensor.basic import min
    >>> min(T.constant([1, 3, 2])).eval()
    array(1)
    """
    return ties.reduced("min", as_tensor_variable(x), axis, keepdims)


# The dtypes in which Theano accumulates.
_ACCUMULATE = {"float16": "float32", "float32": "float64", "complex64": "complex128"}


def _accumulated(
    function: Any, x: Variable, axis: Any, dtype: Any, keepdims: bool, acc_dtype: Any
) -> Variable:
    """Return a reduction in a dtype, whose terms are taken together in Theano's."""
    wanted = None if dtype is None else canonical_dtype(dtype)
    if acc_dtype is None and wanted in (None, x.type.dtype):
        acc_dtype = _ACCUMULATE.get(x.type.dtype)
    if acc_dtype is None:
        return function(x, axis, wanted, keepdims)  # type: ignore[no-any-return]
    found = function(x, axis, acc_dtype, keepdims)
    usual = function(x, axis, keepdims=keepdims).type.dtype if wanted is None else wanted
    return native.cast(found, usual)


def sum(
    input: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
) -> Variable:
    """Compute the sum over axes; terms of float32 are added in float64.

    input: a tensor. axis, dtype, keepdims, acc_dtype: as for `symgraph.tensor.sum`.

    >>> from symgraph.compat.theano.tensor.basic import sum
    >>> sum(T.constant(np.array([1e8, 1, -1e8], "float32"))).eval()
    array(1., dtype=float32)
    """
    x = as_tensor_variable(input)
    return _accumulated(native.sum, x, axis, dtype, keepdims, acc_dtype)


def prod(
    input: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    acc_dtype: Any = None,
    no_zeros_in_input: bool = False,
) -> Variable:
    """Compute the product over axes; factors of float32 are multiplied in float64.

    input: a tensor. axis, dtype, keepdims, acc_dtype: as for `symgraph.tensor.prod`.
    no_zeros_in_input: Theano's; derivatives are right in either case.

    >>> from symgraph.compat.theano.tensor.basic import prod
    >>> prod(T.constant([2.0, 3.0])).eval()
    array(6.)
    """
    x = as_tensor_variable(input)
    return _accumulated(native.prod, x, axis, dtype, keepdims, acc_dtype)


def mean(
    input: Any,
    axis: Any = None,
    dtype: Any = None,
    op: bool = False,
    keepdims: bool = False,
    acc_dtype: Any = None,
) -> Variable:
    """Compute the mean over axes; terms of float32 are added in float64.

    input: a tensor. axis, keepdims, acc_dtype: as for `symgraph.tensor.mean`.
    dtype: of the sum; where it is one of integers, the mean is of floats. op: Theano's.

    >>> from symgraph.compat.theano.tensor.basic import mean
    >>> mean(T.constant([1, 2]), dtype="int8").eval()
    array(1.5)
    """
    x = as_tensor_variable(input)
    if dtype is not None and canonical_dtype(dtype) in discrete_dtypes:
        total = native.sum(x, axis, dtype, keepdims)
        count = native.sum(native.ones_like(x, "float64"), axis, keepdims=keepdims)
        return native.true_div(native.cast(total, "float64"), count)
    return _accumulated(native.mean, x, axis, dtype, keepdims, acc_dtype)


def largest(*args: Any) -> Variable:
    """Return the largest of several tensors, element by element.

    >>> from symgraph.compat.theano.tensor.basic import largest
    >>> largest(1.0, 2.0, 3.0).eval()
    array(3., dtype=float32)
    """
    return function_named("maximum")(*args)


def smallest(*args: Any) -> Variable:
    """Return the smallest of several tensors, element by element.

    >>> from symgraph.compat.theano.tensor.basic import smallest
    >>> smallest(1.0, 2.0, 3.0).eval()
    array(1., dtype=float32)
    """
    return function_named("minimum")(*args)


def get_vector_length(v: Any) -> int:
    """Return how many elements a vector has, where its type or its making tells.

    v: a vector. Raises TypeError for another rank, ValueError where it is not known.

    >>> from symgraph.compat.theano.tensor.basic import get_vector_length
    >>> get_vector_length(T.dmatrix("x").shape)
    2
    """
    v = as_tensor_variable(v)
    if v.ndim != 1:
        raise TypeError(f"argument must be symbolic vector, got {v} ({v.type})")
    length = v.type.shape[0]
    if length is None:
        raise ValueError(f"length not known: {v} ({v.type})")
    return length


def extract_constant(x: Any, elemwise: bool = True, only_process_constants: bool = False) -> Any:
    """Return the value of a constant scalar expression, or what is given where it is none.

    x, elemwise, only_process_constants: see `get_scalar_constant_value`.

    >>> from symgraph.compat.theano.tensor.basic import extract_constant
    >>> int(extract_constant(T.constant(2)))
    2
    """
    try:
        return get_scalar_constant_value(x, elemwise, only_process_constants)
    except NotScalarConstantError:
        return x


def patternbroadcast(x: Any, broadcastable: Sequence[bool]) -> Variable:
    """Declare which extents are 1, for every axis.

    x: a tensor. broadcastable: a flag for each axis.

    >>> from symgraph.compat.theano.tensor.basic import patternbroadcast
    >>> patternbroadcast(T.dmatrix("x"), (True, False)).broadcastable
    (True, False)
    """
    x = as_tensor_variable(x)
    known = x.type.broadcastable
    pairs = list(enumerate(zip(known, broadcastable, strict=False)))
    ones = [axis for axis, (is_one, flag) in pairs if flag and not is_one]
    loose = [axis for axis, (is_one, flag) in pairs if is_one and not flag]
    if not ones and not loose:
        return x
    functions: Any = native
    return native.addbroadcast(functions.unbroadcast(x, *loose) if loose else x, *ones)


def round(a: Any, mode: str | None = None) -> Variable:
    """Round each element to the nearest integer.

    a: a tensor. mode: 'half_to_even', which is meant by None, or 'half_away_from_zero'.
    Raises ValueError for another mode.

    >>> from symgraph.compat.theano.tensor.basic import round
    >>> round(T.constant([0.5, 1.5])).eval(), round(T.constant([0.5]), "half_away_from_zero").eval()
    (array([0., 2.]), array([1.]))
    """
    modes = {
        None: "round_half_to_even",
        "half_to_even": "round_half_to_even",
        "half_away_from_zero": "round_half_away_from_zero",
    }
    if mode not in modes:
        raise ValueError(f"round mode {mode} is not implemented.")
    return function_named(modes[mode])(a)


def iround(a: Any, mode: str | None = None) -> Variable:
    """Round to int64: see `round`.

    >>> from symgraph.compat.theano.tensor.basic import iround
    >>> iround(T.constant(1.6)).eval()
    array(2)
    """
    return native.cast(round(a, mode), "int64")


def default(x: Any, default: Any) -> Any:
    """Return a variable, or another in place of None.

    x, default: variables.

    >>> from symgraph.compat.theano.tensor.basic import default
    >>> default(None, T.constant(1)).eval()
    array(1)
    """
    used_variables.update(v for v in (x, default) if isinstance(v, Variable))
    return as_tensor_variable(default if x is None else x)


setdefault = default


def numpy_scalar(data: Any) -> np.ndarray:
    """Return an array of one element as a scalar. Raises EmptyConstantError, ValueError.

    >>> from symgraph.compat.theano.tensor.basic import numpy_scalar
    >>> numpy_scalar(np.array([2.0]))
    np.float64(2.0)
    """
    data = np.asarray(data)
    if data.size == 0:
        raise EmptyConstantError("an array without elements is no scalar")
    if data.size > 1:
        raise NotScalarConstantError(f"an array of shape {data.shape} is no scalar")
    return data.reshape(())[()]


def check_equal_numpy(x: Any, y: Any) -> bool:
    """Test whether two values are equal, arrays with their shapes, dtypes and strides.

    >>> from symgraph.compat.theano.tensor.basic import check_equal_numpy
    >>> check_equal_numpy(np.ones(2), np.ones(2))
    True
    """
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        same = x.dtype == y.dtype and x.shape == y.shape
        return bool(same and np.any(np.abs(x - y) < 1e-10))
    return bool(x == y)


def transfer(var: Variable, target: str) -> Variable:
    """Return a variable on a device, which can only be 'cpu'. Raises ValueError for another.

    >>> from symgraph.compat.theano.tensor.basic import transfer
    >>> transfer(T.constant(1), "cpu").eval()
    array(1)
    """
    if target != "cpu":
        raise ValueError(f"Can't transfer to target {target}: symgraph computes on the processor")
    return as_tensor_variable(var)


def _converter(dtype: str) -> Any:
    def convert(x: Any, name: str | None = None) -> Variable:
        made = cast(x, dtype)
        made.name = name
        return made

    return convert


_convert_to_int8, _convert_to_int16, _convert_to_int32, _convert_to_int64 = (
    _converter(dtype) for dtype in int_dtypes
)
_convert_to_float32, _convert_to_float64 = _converter("float32"), _converter("float64")
_convert_to_complex64, _convert_to_complex128 = map(_converter, complex_dtypes)
