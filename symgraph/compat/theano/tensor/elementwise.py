"""Theano's elementwise functions: symgraph's, with Theano's names and its constants' dtypes.

In Theano these are operations, with a `scalar_op`, which `node.op` may be compared with.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from symgraph import tensor
from symgraph.compat.theano.autocast import number_beside
from symgraph.compat.theano.compile.overwriting import WRITTEN_OVER
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.compat.theano.tensor.ties import compared, is_complex, larger
from symgraph.graph import Op, TensorType, Variable
from symgraph.ops.elemwise import Elemwise
from symgraph.ops.scalar import SCALARS, upgrade_to_float

_NUMBERS = (bool, int, float, complex)
# Theano's names of functions that have another one here.
RENAMED = {
    "inv": "reciprocal",
    "fill": "second",
    "int_div": "floor_div",
    "abs_": "abs",
    "square": "sqr",
    "round_half_to_even": "round",
    "round_half_away_from_zero": "round_half_away",
    "tensor_copy": "identity",
    "bitwise_and": "and_",
    "bitwise_or": "or_",
    "bitwise_xor": "xor",
    "bitwise_not": "invert",
    "isnan_": "isnan",
    "isinf_": "isinf",
    "where": "switch",
}
NAMES = (
    "abs", "add", "and_", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "ceil", "chi2sf", "complex", "complex_from_polar", "conj", "cos", "cosh", "deg2rad",
    "eq", "erf", "erfc", "erfcinv", "erfcx", "erfinv", "exp", "exp2", "expm1", "floor",
    "floor_div", "gamma", "gammainc", "gammaincc", "gammal", "gammaln", "gammau", "ge", "gt",
    "i0", "i1", "identity", "imag", "invert", "isinf", "isnan", "iv", "j0", "j1", "jv", "le",
    "log", "log10", "log1p", "log2", "lt", "maximum", "minimum", "mod", "mul", "neg", "neq", "or_",
    "pow", "psi", "rad2deg", "real", "reciprocal", "round", "round_half_away", "second", "sgn",
    "sigmoid", "sin", "sinh", "softplus", "sqr", "sqrt", "sub", "switch", "tan", "tanh",
    "tri_gamma", "true_div", "trunc", "xlogx", "xlogy", "xor",
)  # fmt: skip


# Functions that make floats of integers in Theano.
_TO_FLOATS = frozenset({"ceil", "floor", "trunc"})


# Functions that compare complex numbers by their real parts, and then by their imaginary ones.
_COMPARISONS = frozenset({"lt", "le", "gt", "ge"})
# Functions of any number of operands that choose one.
_CHOOSING = frozenset({"maximum", "minimum"})


def _as_float(variable: Variable) -> Variable:
    dtype = variable.type.dtype
    floating = upgrade_to_float([dtype])
    return variable if dtype == floating else tensor.cast(variable, floating)


def _in_place_of(operand: Variable, made: Variable) -> Variable:
    """Return a result in the dtype of the operand that it is written over."""
    return made if made.type.dtype == operand.type.dtype else tensor.cast(made, operand.type.dtype)


class ElementwiseFunction:
    """An elementwise function of Theano's name: call it with what makes tensors.

    Numbers beside no variable are constants of the smallest dtype that holds them. It is equal to
    symgraph's operation, where one operation computes the function.

    >>> from symgraph.compat.theano.tensor.elementwise import function_named
    >>> sqrt = function_named("sqrt")
    >>> sqrt(9).dtype, sqrt(T.dscalar("x")).owner.op == sqrt
    ('float32', True)
    """

    def __init__(self, name: str, native: Callable[..., Variable]) -> None:
        self.name = self.__name__ = name
        self.native = native
        self.__doc__ = native.__doc__

    @property
    def nfunc_spec(self) -> tuple[str, int, int]:
        """Return NumPy's name of the function, and how many inputs and outputs it has."""
        return (self.name, self.scalar_op.arity, 1)

    @property
    def scalar_op(self) -> Any:
        """Return the function of numbers that is applied to each element."""
        plain = self.name.removesuffix("_inplace")
        return SCALARS[RENAMED.get(plain, plain).rstrip("_")]

    @property
    def op(self) -> Op:
        """Return the operation that computes the function."""
        return Elemwise(self.scalar_op)

    def __call__(self, *operands: Any, name: str | None = None, **keywords: Any) -> Variable:
        given = [self._operand(operand, operands) for operand in operands]
        if self.name.removesuffix("_inplace") in _TO_FLOATS:
            given = [_as_float(operand) for operand in given]
        made = self._applied(given, keywords)
        if self.name.endswith("_inplace") and made is not given[0]:
            made = _in_place_of(given[0], made)
            WRITTEN_OVER[made] = given[0]
        if name is not None:
            made.name = name
        return made

    def _applied(self, given: list[Any], keywords: dict[str, Any]) -> Variable:
        plain = self.name.removesuffix("_inplace")
        if plain in _COMPARISONS and any(map(is_complex, given)):
            return compared(plain, *map(as_tensor_variable, given))
        if plain not in _CHOOSING:
            return self.native(*given, **keywords)
        found = as_tensor_variable(given[0])
        for other in given[1:]:
            found = larger(plain, found, as_tensor_variable(other))
        return found

    @staticmethod
    def _operand(operand: Any, operands: tuple[Any, ...]) -> Any:
        if isinstance(operand, Variable):
            return operand
        if type(operand) in _NUMBERS:
            beside = next((v for v in operands if isinstance(v, Variable)), None)
            if beside is not None:
                return number_beside(beside, operand)
            return operand if type(operand) is bool else as_tensor_variable(operand)
        return as_tensor_variable(operand)

    def make_node(self, *operands: Any) -> Any:
        """Return the node that computes the function of operands."""
        return self(*operands).owner

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ElementwiseFunction):
            return self.native is other.native
        return isinstance(other, Elemwise) and other.scalar == self.scalar_op

    def __hash__(self) -> int:
        return hash(self.native)

    def __str__(self) -> str:
        # As Theano prints it, which programs look at.
        in_place = self.name.endswith("_inplace")
        return self.name if in_place else f"Elemwise{{{self.name},no_inplace}}"

    __repr__ = __str__

    def __reduce__(self) -> Any:
        return function_named, (self.name,)


@cache
def function_named(name: str) -> ElementwiseFunction:
    """Return the elementwise function of Theano's name. Raises AttributeError where there is none.

    >>> from symgraph.compat.theano.tensor.elementwise import function_named
    >>> function_named("inv")
    Elemwise{inv,no_inplace}
    """
    plain = name.removesuffix("_inplace")
    return ElementwiseFunction(name, getattr(tensor, RENAMED.get(plain, plain)))


class OwnElementwise(ElementwiseFunction):
    """The elementwise function of a `ScalarOp`, of Theano's classes or a program's own.

    of: the function of numbers.

    >>> from symgraph.compat.theano.scalar.basic import GammaLn, upgrade_to_float
    >>> from symgraph.compat.theano.tensor.elementwise import OwnElementwise
    >>> OwnElementwise(GammaLn(upgrade_to_float, name="of_mine"))([1.0, 2.0]).eval()
    array([0., 0.])
    """

    def __init__(self, of: Any) -> None:
        super().__init__(str(of), of)
        self.of = of

    @property
    def nfunc_spec(self) -> Any:
        """Return what the class says of a function of arrays; None where it says nothing."""
        return getattr(self.native, "nfunc_spec", None)

    @property
    def scalar_op(self) -> Any:
        """Return the function of numbers."""
        return self.native

    @property
    def op(self) -> Op:
        """Return the operation that computes the function of the operands that the class names."""
        node: Any = self.of.make_node(*map(_free, range(self.of.nin)))
        return node.op

    def __call__(self, *operands: Any, name: str | None = None, **keywords: Any) -> Any:
        return self.native(*operands, name=name, **keywords)

    def make_node(self, *operands: Any) -> Any:
        """Return the node that computes the function of operands."""
        return self.of.make_node(*operands)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OwnElementwise):
            return bool(self.native == other.native)
        return isinstance(other, Elemwise) and getattr(other.scalar, "of", None) == self.native

    def __hash__(self) -> int:
        return hash(self.native)

    def __reduce__(self) -> Any:
        return OwnElementwise, (self.native,)


def _free(number: int) -> Variable:
    return TensorType("float64", ())(f"x{number}")


def function_of(scalar_op: Any) -> ElementwiseFunction:
    """Return the elementwise function of a function of numbers, as `theano.scalar` has it.

    scalar_op: one of these, or an elementwise function, which is returned as it is.
    Raises TypeError for what is none.

    >>> from symgraph.compat.theano.tensor.elementwise import function_named, function_of
    >>> function_of(function_named("add"))
    Elemwise{add,no_inplace}
    """
    if isinstance(scalar_op, ElementwiseFunction):
        return scalar_op
    if hasattr(scalar_op, "output_types"):
        return OwnElementwise(scalar_op)
    name = getattr(scalar_op, "name", None)
    if not isinstance(name, str):
        raise TypeError(f"Elemwise applies functions of theano.scalar, not {scalar_op!r}")
    return function_named(name)
