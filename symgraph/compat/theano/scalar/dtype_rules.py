"""`theano.scalar.basic`: the rules by which functions of numbers give results their types.

Each takes types of numbers and returns a tuple of one.
"""

from typing import Any

from symgraph.compat.theano.scalar.number_types import TYPES, upcast
from symgraph.graph import TensorType
from symgraph.ops.scalar import upgrade_to_float as natively_upgraded

Types = tuple[TensorType, ...]


def upcast_out(*types: TensorType) -> Types:
    """Return the type that numbers of these types have in common.

    >>> from symgraph.compat.theano.scalar.dtype_rules import upcast_out
    >>> upcast_out(T.bscalar().type, T.fscalar().type)[0].dtype
    'float32'
    """
    return (TYPES[upcast(*(kind.dtype for kind in types))],)


def upcast_out_nobool(*types: TensorType) -> Types:
    """Return the common type. Raises TypeError where that is bool.

    >>> from symgraph.compat.theano.scalar.dtype_rules import upcast_out_nobool
    >>> upcast_out_nobool(T.bscalar().type)[0].dtype
    'int8'
    """
    (found,) = upcast_out(*types)
    if found.dtype == "bool":
        raise TypeError("bool output not supported: cast an operand to an integer dtype")
    return (found,)


def upcast_out_min8(*types: TensorType) -> Types:
    """Return the common type, int8 where that is bool.

    >>> from symgraph.compat.theano.scalar.dtype_rules import upcast_out_min8
    >>> upcast_out_min8(T.scalar(dtype="bool").type)[0].dtype
    'int8'
    """
    (found,) = upcast_out(*types)
    return (TYPES["int8"] if found.dtype == "bool" else found,)


def upcast_out_no_complex(*types: TensorType) -> Types:
    """Return the common type. Raises TypeError for complex numbers.

    >>> from symgraph.compat.theano.scalar.dtype_rules import upcast_out_no_complex
    >>> upcast_out_no_complex(T.bscalar().type, T.fscalar().type)[0].dtype
    'float32'
    """
    return upcast_out(*_real(types))


def upgrade_to_float(*types: TensorType) -> Types:
    """Return the type of functions such as exp of numbers of these types.

    >>> from symgraph.compat.theano.scalar.dtype_rules import upgrade_to_float
    >>> upgrade_to_float(T.bscalar().type)[0].dtype
    'float32'
    """
    return (TYPES[natively_upgraded([kind.dtype for kind in types])],)


def upgrade_to_float_no_complex(*types: TensorType) -> Types:
    """Return the type of `upgrade_to_float`. Raises TypeError for complex numbers.

    >>> from symgraph.compat.theano.scalar.dtype_rules import upgrade_to_float_no_complex
    >>> upgrade_to_float_no_complex(T.lscalar().type)[0].dtype
    'float64'
    """
    return upgrade_to_float(*_real(types))


def upgrade_to_float64(*types: TensorType) -> Types:
    """Return the type of doubles, whatever the operands'.

    >>> from symgraph.compat.theano.scalar.dtype_rules import upgrade_to_float64
    >>> upgrade_to_float64(T.fscalar().type)[0].dtype
    'float64'
    """
    return (TYPES["float64"],)


# Theano has two names for this rule.
float_out = upgrade_to_float64


def float_out_nocomplex(*types: TensorType) -> Types:
    """Return the type of doubles. Raises TypeError for complex numbers.

    >>> from symgraph.compat.theano.scalar.dtype_rules import float_out_nocomplex
    >>> float_out_nocomplex(T.bscalar().type)[0].dtype
    'float64'
    """
    return float_out(*_real(types))


def int_out(*types: TensorType) -> Types:
    """Return the type of int64, whatever the operands'.

    >>> from symgraph.compat.theano.scalar.dtype_rules import int_out
    >>> int_out(T.fscalar().type)[0].dtype
    'int64'
    """
    return (TYPES["int64"],)


def int_out_nocomplex(*types: TensorType) -> Types:
    """Return the type of int64. Raises TypeError for complex numbers.

    >>> from symgraph.compat.theano.scalar.dtype_rules import int_out_nocomplex
    >>> int_out_nocomplex(T.fscalar().type)[0].dtype
    'int64'
    """
    return int_out(*_real(types))


def same_out(type: TensorType) -> Types:
    """Return the operand's type.

    >>> from symgraph.compat.theano.scalar.dtype_rules import same_out
    >>> same_out(T.wscalar().type)[0].dtype
    'int16'
    """
    return (type,)


def same_out_nobool(type: TensorType) -> Types:
    """Return the operand's type. Raises TypeError for bool.

    >>> from symgraph.compat.theano.scalar.dtype_rules import same_out_nobool
    >>> same_out_nobool(T.wscalar().type)[0].dtype
    'int16'
    """
    if type.dtype == "bool":
        raise TypeError("bool input not supported: cast it to an integer dtype")
    return (type,)


def same_out_min8(type: TensorType) -> Types:
    """Return the operand's type, int8 for bool.

    >>> from symgraph.compat.theano.scalar.dtype_rules import same_out_min8
    >>> same_out_min8(T.scalar(dtype="bool").type)[0].dtype
    'int8'
    """
    return (TYPES["int8"] if type.dtype == "bool" else type,)


def same_out_nocomplex(type: TensorType) -> Types:
    """Return the operand's type. Raises TypeError for complex numbers.

    >>> from symgraph.compat.theano.scalar.dtype_rules import same_out_nocomplex
    >>> same_out_nocomplex(T.wscalar().type)[0].dtype
    'int16'
    """
    return _real((type,))


def same_out_float_only(type: TensorType) -> Types:
    """Return the operand's type. Raises TypeError for what is no float.

    >>> from symgraph.compat.theano.scalar.dtype_rules import same_out_float_only
    >>> same_out_float_only(T.fscalar().type)[0].dtype
    'float32'
    """
    if not type.dtype.startswith("float"):
        raise TypeError(f"only float type are supported, not {type.dtype}: cast the operand")
    return (type,)


def real_out(type: TensorType) -> Types:
    """Return the type of the real part of a number.

    >>> from symgraph.compat.theano.scalar.dtype_rules import real_out
    >>> real_out(T.cscalar().type)[0].dtype
    'float32'
    """
    parts = {"complex64": "float32", "complex128": "float64"}
    return (TYPES[parts.get(type.dtype, type.dtype)],)


class _Rule:
    """A rule with parameters; equal ones of one class are equal."""

    def __init__(self, *parameters: Any) -> None:
        self.parameters = parameters

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Of a pickle of symgraph's, or of Theano's, which calls the parameters differently.
        (given,) = state.values()
        self.parameters = given if isinstance(given, tuple) else (given,)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.parameters == getattr(other, "parameters", None)

    def __hash__(self) -> int:
        return hash((type(self), str(self.parameters)))

    def __str__(self) -> str:
        return f"{type(self).__name__}{{{self.parameters}}}"

    __repr__ = __str__


class transfer_type(_Rule):  # noqa: N801 - Theano's name
    """Give each result the type of one operand.

    parameters: for each result the operand's position, None for the common type, or a type.

    >>> from symgraph.compat.theano.scalar.dtype_rules import transfer_type
    >>> transfer_type(1)(T.bscalar().type, T.fscalar().type)[0].dtype
    'float32'
    """

    @property
    def transfer(self) -> tuple[Any, ...]:
        """Return what the rule was made with."""
        return self.parameters

    def __call__(self, *types: TensorType) -> list[Any]:
        (common,) = upcast_out(*types)
        return [
            common if which is None else types[which] if isinstance(which, int) else which
            for which in self.parameters
        ]


class specific_out(_Rule):  # noqa: N801 - Theano's name
    """Give results these types, whatever the operands'.

    parameters: types of numbers.

    >>> from symgraph.compat.theano.scalar.dtype_rules import specific_out
    >>> specific_out(T.bscalar().type)(T.fscalar().type)[0].dtype
    'int8'
    """

    def __call__(self, *types: TensorType) -> tuple[Any, ...]:
        return self.parameters


class unary_out_lookup(_Rule):  # noqa: N801 - Theano's name
    """Give the result the type that a table has for the operand's. Raises TypeError for others.

    parameters: a dict of types.

    >>> from symgraph.compat.theano.scalar.dtype_rules import unary_out_lookup
    >>> unary_out_lookup({T.bscalar().type: T.fscalar().type})(T.bscalar().type)[0].dtype
    'float32'
    """

    @property
    def tbl(self) -> dict[Any, Any]:
        """Return the table."""
        table: dict[Any, Any] = self.parameters[0]
        return table

    def __call__(self, *types: TensorType) -> list[Any]:
        wanted: Any = types[0] if len(types) == 1 else types
        if wanted not in self.tbl:
            raise TypeError(f"the table has no type for {wanted}")
        found = self.tbl[wanted]
        return list(found) if isinstance(found, list | tuple) else [found]


def _real(types: Types) -> Types:
    if any(kind.dtype.startswith("complex") for kind in types):
        raise TypeError("complex argument not supported: take real, imag or abs of it")
    return types
