"""`theano.scalar.basic`: functions of numbers, and the types of numbers.

A scalar is a tensor without dimensions here, and its functions are the elementwise ones.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from symgraph import tensor
from symgraph.compat.theano.aliases import AliasOfState
from symgraph.compat.theano.autocast import autocast_dtype
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor import basic
from symgraph.compat.theano.tensor.constructors import several
from symgraph.compat.theano.tensor.elementwise import NAMES, RENAMED, function_named
from symgraph.graph import DTYPES, Constant, TensorType, Variable, config
from symgraph.ops.scalar import promote
from symgraph.ops.scalar import upgrade_to_float as natively_upgraded

__getattr__, __dir__ = resolver(__name__, ".scalar.classes")

globals().update(
    (name, function_named(name))
    for name in {*NAMES, *RENAMED}
    if hasattr(tensor, RENAMED.get(name, name))
)


class ComplexError(Exception):
    """Raised by Theano for an operation that complex numbers do not have; here a TypeError."""


class IntegerDivisionError(Exception):
    """Raised by Theano for a division of integers where the flag `int_division` forbids it."""


class _Scalars(AliasOfState):
    def make(self, dtype: Any) -> TensorType:
        """Return the type of scalars of a dtype."""
        return TensorType("floatX" if dtype == "floatX" else dtype, ())

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


class _NumberVariables(AliasOfState):
    def is_one(self, instance: Any) -> bool:
        return isinstance(instance, self.native) and getattr(instance, "ndim", None) == 0


class ScalarVariable(metaclass=_NumberVariables):
    """Stands for variables that hold a number.

    >>> from symgraph.compat.theano.scalar.basic import ScalarVariable
    >>> isinstance(T.dscalar("x"), ScalarVariable)
    True
    """

    native = Variable


class ScalarConstant(metaclass=_NumberVariables):
    """Stands for constants that hold a number.

    >>> from symgraph.compat.theano.scalar.basic import ScalarConstant
    >>> isinstance(T.constant(1), ScalarConstant)
    True
    """

    native = Constant


TYPES: dict[str, TensorType] = {dtype: TensorType(dtype, ()) for dtype in DTYPES}
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
    return TensorType(dtype, ())


def constant(x: Any) -> Variable:
    """Return a number as a constant, of the smallest dtype that holds it.

    >>> from symgraph.compat.theano.scalar.basic import constant
    >>> constant(9).dtype
    'int8'
    """
    return basic.constant(x)


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


def upcast(dtype: Any, *dtypes: Any) -> str:
    """Return the dtype that operands of these dtypes have in common.

    >>> from symgraph.compat.theano.scalar.basic import upcast
    >>> upcast("int32", "float32")
    'float64'
    """
    return TensorType(promote([dtype, *dtypes]), ()).dtype


def as_common_dtype(*variables: Variable) -> list[Variable]:
    """Return variables converted to the dtype that they have in common.

    >>> from symgraph.compat.theano.scalar.basic import as_common_dtype
    >>> [v.dtype for v in as_common_dtype(T.iscalar(), T.fscalar())]
    ['float64', 'float64']
    """
    dtype = upcast(*(v.type.dtype for v in variables))
    return [basic.cast(v, dtype) for v in variables]


def upgrade_to_float(*types: TensorType) -> list[TensorType]:
    """Return the type of functions such as exp of numbers of these types, in a list.

    >>> from symgraph.compat.theano.scalar.basic import upgrade_to_float
    >>> [kind.dtype for kind in upgrade_to_float(T.bscalar().type)]
    ['float32']
    """
    return [TensorType(natively_upgraded([kind.dtype for kind in types]), ())]


class autocast_float_as:  # noqa: N801 - Theano's name
    """Give Python floats a dtype within a `with` block.

    dtypes: one name. Raises ValueError for several, of which the first exact one would be taken.

    >>> from symgraph.compat.theano.scalar.basic import autocast_float_as
    >>> with autocast_float_as("float32"):
    ...     (T.fvector() * 1.1).dtype
    'float32'
    """

    def __init__(self, *dtypes: str) -> None:
        if len(dtypes) != 1:
            raise ValueError(f"one dtype is needed, not {dtypes}")
        self._context = config.change_flags(floatX=dtypes[0])

    def __enter__(self) -> None:
        self._context.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._context.__exit__(*error)


def autocast_float(value: float) -> Any:
    """Return a float as NumPy's number of the dtype that it has as a constant.

    >>> from symgraph.compat.theano.scalar.basic import autocast_float
    >>> autocast_float(0.5).dtype
    dtype('float32')
    """
    return np.dtype(autocast_dtype(value)).type(value)


def autocast_int(value: int) -> Any:
    """Return an int as NumPy's number of the dtype that it has as a constant.

    >>> from symgraph.compat.theano.scalar.basic import autocast_int
    >>> autocast_int(9).dtype
    dtype('int8')
    """
    return np.dtype(autocast_dtype(value)).type(value)
