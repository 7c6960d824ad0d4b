"""`theano.scalar.basic`: functions of numbers, and the types of numbers.

A scalar is a tensor without dimensions here, and its functions are the elementwise ones.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.compat.theano.aliases import AliasOfState
from symgraph.compat.theano.autocast import autocast_dtype
from symgraph.compat.theano.autocast import autocast_float as autocast_float
from symgraph.compat.theano.configdefaults import config as flags
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.scalar.number_types import TYPES, NumberType, upcast
from symgraph.compat.theano.tensor import basic
from symgraph.compat.theano.tensor.constructors import several
from symgraph.compat.theano.tensor.elementwise import (
    NAMES,
    RENAMED,
    ElementwiseFunction,
    function_named,
)
from symgraph.graph import DTYPES, Constant, TensorType, Variable, warn
from symgraph.graph import config as native_flags

__getattr__, __dir__ = resolver(
    __name__, ".scalar.operations", ".scalar.dtype_rules", ".scalar.composite"
)

globals().update((name, function_named(name)) for name in {*NAMES, *RENAMED})


# Raised by Theano for an operation that complex numbers do not have.
ComplexError = TypeError


class IntegerDivisionError(Exception):
    """Raised by Theano for a division of integers where the flag `int_division` forbids it."""


class _Scalars(AliasOfState):
    def make(self, dtype: Any) -> TensorType:
        """Return the type of scalars of a dtype."""
        return NumberType(dtype, ())

    def is_one(self, instance: Any) -> bool:
        return isinstance(instance, TensorType) and instance.ndim == 0


class Scalar(metaclass=_Scalars):
    """Represent numbers of a dtype: a tensor type without dimensions.

    dtype: its name.

    >>> from symgraph.compat.theano.scalar.basic import Scalar
    >>> Scalar("int8").ndim
    0
    """

    native = TensorType


globals().update(TYPES)
globals()["bool"] = TYPES["bool"]
uint_types = tuple(TYPES[d] for d in DTYPES if d.startswith("uint"))
int_types = tuple(TYPES[d] for d in DTYPES if d.startswith("int"))
float_types = tuple(TYPES[d] for d in DTYPES if d.startswith("float"))
complex_types = tuple(TYPES[d] for d in DTYPES if d.startswith("complex"))
integer_types = int_types + uint_types
discrete_types = (TYPES["bool"], *integer_types)
continuous_types = float_types + complex_types
all_types = discrete_types + continuous_types
ints, floats = several(TYPES["int64"]), several(TYPES["float64"])
complexs, complexs64 = several(TYPES["complex128"]), several(TYPES["complex64"])
complexs128 = complexs


def get_scalar_type(dtype: Any) -> TensorType:
    """Return the type of numbers of a dtype: see `Scalar`.

    >>> from symgraph.compat.theano.scalar.basic import get_scalar_type
    >>> get_scalar_type("int8").dtype
    'int8'
    """
    return NumberType(dtype, ())


def constant(x: Any, name: str | None = None, dtype: Any = None) -> Variable:
    """Return a number as a constant, of the smallest dtype that holds it.

    x: a number. name: in print. dtype: the constant's, instead.

    >>> from symgraph.compat.theano.scalar.basic import constant
    >>> constant(9).dtype
    'int8'
    """
    return basic.constant(x, name, 0, dtype)


def as_scalar(x: Any, name: str | None = None) -> Variable:
    """Return a number or a variable without dimensions as a variable. Raises TypeError for others.

    >>> from symgraph.compat.theano.scalar.basic import as_scalar
    >>> as_scalar(2).ndim
    0
    """
    variable = basic.as_tensor_variable(x, name)
    if variable.ndim:
        raise TypeError(f"a scalar is needed, not {variable} ({variable.type})")
    return variable


def cast(x: Any, dtype: Any) -> Variable:
    """Convert a number to a dtype.

    >>> from symgraph.compat.theano.scalar.basic import cast
    >>> cast(2, "float32").dtype
    'float32'
    """
    return basic.cast(x, dtype)


def _converter(dtype: str) -> Callable[[Any], Variable]:
    return lambda x: basic.cast(x, dtype)


globals().update({f"convert_to_{dtype}": _converter(dtype) for dtype in DTYPES})


def as_common_dtype(*variables: Variable) -> list[Variable]:
    """Return variables converted to the dtype that they have in common.

    >>> from symgraph.compat.theano.scalar.basic import as_common_dtype
    >>> [v.dtype for v in as_common_dtype(T.iscalar(), T.fscalar())]
    ['float64', 'float64']
    """
    dtype = upcast(*(v.type.dtype for v in variables))
    return [basic.cast(v, dtype) for v in variables]


class autocast_float_as:  # noqa: N801 - Theano's name
    """Give Python floats other dtypes within a `with` block.

    dtypes: of these, the first that holds a float exactly is its dtype, else the last.

    >>> from symgraph.compat.theano.scalar.basic import autocast_float_as, constant
    >>> with autocast_float_as("float32"):
    ...     constant(1.1).dtype
    'float32'
    """

    def __init__(self, *dtypes: str) -> None:
        self.dtypes = dtypes

    def __enter__(self) -> None:
        self._before = autocast_float.dtypes
        autocast_float.dtypes = self.dtypes

    def __exit__(self, *error: Any) -> None:
        autocast_float.dtypes = self._before


def round_half_away_from_zero_vec(a: Any) -> np.ndarray:
    """Round numbers to the nearest integers, halves away from zero.

    a: an array of floats.

    >>> from symgraph.compat.theano.scalar.basic import round_half_away_from_zero_vec
    >>> round_half_away_from_zero_vec([0.5, -1.5])
    array([ 1., -2.])
    """
    a = np.asarray(a)
    return np.where(a > 0, np.floor(a + 0.5), np.ceil(a - 0.5)).astype(a.dtype)


def autocast_int(value: int) -> Any:
    """Return an int as NumPy's number of the dtype that it has as a constant.

    >>> from symgraph.compat.theano.scalar.basic import autocast_int
    >>> autocast_int(9).dtype
    dtype('int8')
    """
    return np.dtype(autocast_dtype(value)).type(value)


class NumpyAutocaster:
    """Make arrays of numbers, each of the smallest of some dtypes that holds it.

    dtypes: their names, from the smallest.

    >>> from symgraph.compat.theano.scalar.basic import NumpyAutocaster
    >>> NumpyAutocaster(("int8", "int16"))(300).dtype
    dtype('int16')
    """

    def __init__(self, dtypes: Sequence[str]) -> None:
        self.dtypes = tuple(dtypes)

    def __call__(self, x: Any) -> np.ndarray:
        if hasattr(x, "dtype"):
            return np.asarray(x)
        if (
            isinstance(x, float)
            and native_flags.floatX in self.dtypes
            and native_flags.floatX == "float32"
        ):
            return np.asarray(x, native_flags.floatX)
        with np.errstate(all="ignore"):
            for dtype in self.dtypes:
                try:
                    made = np.asarray(x).astype(dtype)
                except (OverflowError, TypeError):
                    continue
                if np.array_equal(made, x):
                    return made
        return np.asarray(x, self.dtypes[-1])


def convert(x: Any, dtype: Any = None) -> np.ndarray:
    """Return a value as an array, of the smallest dtype that holds a Python number.

    x: a number, an array, or nested lists of numbers. dtype: the array's, instead.

    >>> from symgraph.compat.theano.scalar.basic import convert
    >>> convert(300).dtype
    dtype('int16')
    """
    return basic.constant(x, dtype=dtype).data


def int_or_true_div(x_discrete: Any, y_discrete: Any) -> ElementwiseFunction:
    """Return the function that divides integers or other numbers, by the flag `int_division`.

    x_discrete, y_discrete: whether the operands are integers.
    Raises IntegerDivisionError for integers where the flag is 'raise'.

    >>> from symgraph.compat.theano.scalar.basic import int_or_true_div
    >>> int_or_true_div(True, False)
    Elemwise{true_div,no_inplace}
    """
    flag = flags.int_division if x_discrete and y_discrete else "floatX"
    if flag == "raise":
        raise IntegerDivisionError(
            "With `config.int_division` set to 'raise', dividing two integer types with '/' is"
            " forbidden: use // for integers, or cast one of them to a float"
        )
    if flag == "int":
        warn(
            "Division of two integer types with x / y is deprecated: use x // y", DeprecationWarning
        )
    return function_named("int_div" if flag == "int" else "true_div")


def div_proxy(x: Any, y: Any) -> Variable:
    """Divide by `int_or_true_div`, as the operands are integers or not.

    x, y: what makes tensors.

    >>> from symgraph.compat.theano.scalar.basic import div_proxy
    >>> div_proxy(T.dscalar("x"), 2).dtype
    'float64'
    """
    x, y = basic.as_tensor_variable(x), basic.as_tensor_variable(y)
    function = int_or_true_div(*(v.type.dtype.startswith(("int", "uint", "bool")) for v in (x, y)))
    return function(x, y)


def mod_check(x: Any, y: Any) -> Variable:
    """Compute remainders. Raises ComplexError for complex numbers.

    x, y: what makes tensors.

    >>> from symgraph.compat.theano.scalar.basic import mod_check
    >>> mod_check(7, 4).eval()
    array(3, dtype=int8)
    """
    x, y = basic.as_tensor_variable(x), basic.as_tensor_variable(y)
    if any(v.type.dtype.startswith("complex") for v in (x, y)):
        raise ComplexError("Theano does not support the mod operator (%) on complex numbers")
    return function_named("mod")(x, y)


class ScalarVariable(metaclass=AliasOfState):
    """Stand for variables without dimensions, for `isinstance`."""

    native: Any = Variable

    @staticmethod
    def is_one(instance: Any) -> bool:
        """Return whether an object is a variable without dimensions."""
        return isinstance(instance, Variable) and getattr(instance.type, "ndim", None) == 0


class ScalarConstant(ScalarVariable):
    """Stand for constants without dimensions, for `isinstance`."""

    native = Constant

    @staticmethod
    def is_one(instance: Any) -> bool:
        """Return whether an object is a constant without dimensions."""
        return isinstance(instance, Constant) and instance.type.ndim == 0
