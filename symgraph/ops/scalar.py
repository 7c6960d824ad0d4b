"""Scalar functions: NumPy implementation, dtype and derivative in one declaration.

The table itself is in `scalar_table`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from symgraph.graph import (
    COMPLEX_DTYPES,
    DISCRETE_DTYPES,
    FLOAT_DTYPES,
    NotDifferentiable,
    Variable,
    config,
    convert,
)

# contribution(multiply, cotangent, inputs, output): the cotangent times one partial derivative.
# The product is linear in the cotangent, so it serves the jvp as well: with a tangent instead.
Multiply = Callable[[Any, Any], Any]
Contribution = Callable[[Multiply, Any, Sequence[Variable], Variable], Any]
# Two contributions of a function of complex numbers that is not analytic: to the cotangent of an
# operand, and to the tangent of the result.
BothWays = tuple[Contribution, Contribution]


@dataclass(frozen=True)
class Undefined:
    """In the place of a contribution: there is a derivative, but none that we can express."""

    why: str


@dataclass(frozen=True)
class OperandKinds:
    """The kinds of dtype (NumPy's letters) that a function accepts, and why not others."""

    kinds: str
    otherwise: str


NUMBERS = OperandKinds("biufc", "")
REALS = OperandKinds("biuf", "it is defined for real numbers only")
ORDERED = OperandKinds("biuf", "complex numbers have no order")
SIGNED = OperandKinds(
    "iufc", "truth values have no sign; use xor or invert, or cast them to integers"
)
BITS = OperandKinds("biu", "only integers and truth values have bits")
TO_REALS = OperandKinds("biuf", "take real, imag, abs or angle of a complex number")


@dataclass(frozen=True, eq=False)
class ScalarOp:
    """A function of numbers, applied elementwise by `Elemwise`.

    `result` gives the output's dtype from the inputs'; the NumPy implementation `numpy` is called
    with inputs cast to `operand(dtypes)`, which must be of the kinds in `takes`. `contributions`
    holds one derivative per input: None where it is zero everywhere, `Undefined` where it cannot be
    expressed; it is None as a whole where there is no derivative at all. `not_analytic` has what
    takes their place where numbers are complex and the derivative is no complex number. An
    `associative` function of two operands may have more. One that `masks` sets cotangents of values
    that it does not choose to zero. `expression` writes the function in terms of others, for
    targets that have no code for it; it is given the operands. `symbol` and `precedence` are for
    printing.
    """

    name: str
    arity: int
    numpy: Callable[..., Any] = field(repr=False)
    result: Callable[[Sequence[str]], str] = field(repr=False)
    contributions: tuple[Contribution | Undefined | None, ...] | None = field(repr=False)
    operand: Callable[[Sequence[str]], Sequence[str]] = field(repr=False)
    takes: OperandKinds = field(default=NUMBERS, repr=False)
    not_analytic: tuple[BothWays, ...] | None = field(default=None, repr=False)
    associative: bool = field(default=False, repr=False)
    masks: bool = field(default=False, repr=False)
    expression: Callable[..., Variable] | None = field(default=None, repr=False)
    symbol: str | None = None
    precedence: int = 100

    def __str__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScalarOp) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> Any:
        return scalar_named, (self.name,)

    def output_dtype(self, dtypes: Sequence[str]) -> str:
        """Return the output dtype for operands of these dtypes. Raises TypeError."""
        for dtype in self.operand(dtypes):
            if np.dtype(dtype).kind not in self.takes.kinds:
                common = "" if dtype in dtypes else f", in common {dtype}"
                raise TypeError(
                    f"{self.name} of {' and '.join(dtypes)}{common}: {self.takes.otherwise}"
                )
        return self.result(dtypes)

    def contribution(
        self,
        position: int,
        multiply: Multiply,
        moved: Variable,
        inputs: Sequence[Variable],
        output: Variable,
        reverse: bool,
    ) -> Variable | None:
        """Return the cotangent (in `reverse`) or tangent times the derivative by input `position`;
        None where that is zero. Raises NotDifferentiable where it is undefined.

        The cotangent of a complex number a + ib is that of a plus i times that of b, so a
        derivative that is a complex number acts on cotangents by its conjugate.
        """
        if self.contributions is None:
            raise NotDifferentiable(f"{self.name} has no derivative")
        rule = self.contributions[position]
        if isinstance(rule, Undefined):
            raise NotDifferentiable(rule.why)
        if rule is None:
            return None
        if any(is_complex(variable) for variable in (*inputs, output)):
            if self.not_analytic is not None:
                rule = self.not_analytic[position][0 if reverse else 1]
            elif reverse:
                return rule(lambda g, d: multiply(g, conjugate(d)), moved, inputs, output)
        return rule(multiply, moved, inputs, output)


def is_complex(variable: Any) -> bool:
    """Return whether a variable holds complex numbers; numbers of Python count as real."""
    return isinstance(variable, Variable) and variable.type.dtype in COMPLEX_DTYPES


def conjugate(x: Any) -> Any:
    """Return the complex conjugate; real numbers as they are."""
    return scalar_functions["conj"](x) if is_complex(x) else x


def as_derivative_of(x: Variable, derivative: Variable) -> Variable:
    """Return a cotangent in the dtype of x: a real x moves a complex result along one direction
    only, so the real part of its cotangent counts."""
    if is_complex(derivative) and not is_complex(x):
        derivative = scalar_functions["real"](derivative)
    if derivative.type.dtype == x.type.dtype:
        return derivative
    return scalar_functions["cast"](derivative, x.type.dtype)


def promote(dtypes: Sequence[str]) -> str:
    """Return NumPy's common dtype; with `cast_policy=floatX` integers never widen a float."""
    return _promote(tuple(dtypes), config.cast_policy)


@cache
def _promote(dtypes: tuple[str, ...], policy: str) -> str:
    if policy == "floatX":
        dtypes = tuple(dtype for dtype in dtypes if np.dtype(dtype).kind in "fc") or dtypes
    return str(np.result_type(*dtypes))


def upgrade_to_float(dtypes: Sequence[str]) -> str:
    """Return the dtype of functions such as exp, by Theano's rule: small integers give float32,
    others float64."""
    if not any(dtype in _FLOATING for dtype in dtypes):
        dtypes = [_FLOAT_OF[dtype] for dtype in dtypes]
    return promote(dtypes)


_FLOATING = {*FLOAT_DTYPES, *COMPLEX_DTYPES}
_FLOAT_OF = {
    dtype: "float32" if np.dtype(dtype).itemsize <= 2 else "float64" for dtype in DISCRETE_DTYPES
}


def divide_dtype(dtypes: Sequence[str]) -> str:
    common = promote(dtypes)
    return common if np.dtype(common).kind in "fc" else config.floatX


def always_bool(dtypes: Sequence[str]) -> str:
    return "bool"


def arithmetic(dtypes: Sequence[str]) -> str:
    """Return the common dtype, in which bools count as int8: NumPy's rule for //, % and **."""
    common = promote(dtypes)
    return "int8" if common == "bool" else common


def real_part(dtypes: Sequence[str]) -> str:
    return {"complex64": "float32", "complex128": "float64"}.get(dtypes[0], dtypes[0])


def complex_of(dtypes: Sequence[str]) -> str:
    return "complex64" if upgrade_to_float(dtypes) in ("float16", "float32") else "complex128"


def pick_last_two(dtypes: Sequence[str]) -> str:
    return promote(dtypes[1:])


def all_alike(dtypes: Sequence[str]) -> Sequence[str]:
    """Return the dtypes of the operands in a usual entry of the table: the common one for each."""
    return (promote(dtypes),) * len(dtypes)


SCALARS: dict[str, ScalarOp] = {}
# The public functions by name, filled by `symgraph.ops.elemwise`; shape rules and derivatives of
# other files need a few.
scalar_functions: dict[str, Callable[..., Variable]] = {}


def declare(
    name: str,
    numpy: Callable[..., Any],
    contributions: Sequence[Contribution | Undefined | None] | None,
    *,
    arity: int | None = None,
    result: Callable[[Sequence[str]], str] = promote,
    operand: Callable[[Sequence[str]], Sequence[str]] | None = None,
    takes: OperandKinds = NUMBERS,
    not_analytic: Sequence[BothWays] | None = None,
    associative: bool = False,
    masks: bool = False,
    expression: Callable[..., Variable] | None = None,
    symbol: str | None = None,
    precedence: int = 100,
) -> ScalarOp:
    """Enter a scalar function into the table. Operands are cast to the result's dtype unless
    `operand` says otherwise."""
    if arity is None:
        assert contributions is not None, f"{name}: neither an arity nor derivatives"
        arity = len(contributions)
    if operand is None:
        if result in (promote, arithmetic, upgrade_to_float, divide_dtype):

            def operand(dtypes: Sequence[str]) -> Sequence[str]:
                return (result(dtypes),) * len(dtypes)

        else:
            operand = all_alike
    rules = None if contributions is None else tuple(contributions)
    scalar = ScalarOp(
        name,
        arity,
        numpy,
        result,
        rules,
        operand,
        takes,
        None if not_analytic is None else tuple(not_analytic),
        associative,
        masks,
        expression,
        symbol,
        precedence,
    )
    SCALARS[name] = scalar
    return scalar


def cast_to(dtype: str) -> ScalarOp:
    """Return the scalar function that converts to `dtype`, as `convert` does; complex numbers are
    not converted to real ones."""
    name = f"cast{{{dtype}}}"
    if name not in SCALARS:
        declare(
            name,
            lambda x: convert(x, dtype),
            [_cast_contribution],
            result=lambda dtypes: dtype,
            operand=tuple,
            takes=NUMBERS if np.dtype(dtype).kind in "bc" else TO_REALS,
        )
    return SCALARS[name]


# A fused multiply-add: the product is rounded or not, as suits the target. Lowering introduces it
# where nothing else uses the product.
declare(
    "multiply_add",
    lambda a, b, c: a * b + c,
    None,
    arity=3,
    takes=OperandKinds("f", "only floats are rounded"),
)


def _cast_contribution(
    multiply: Multiply, cotangent: Any, inputs: Sequence[Variable], output: Variable
) -> Any:
    source = np.dtype(inputs[0].type.dtype).kind
    target = np.dtype(output.type.dtype).kind
    return cotangent if source in "fc" and target in "fc" else None


def scalar_named(name: str) -> ScalarOp:
    """Return the table's entry; `cast{dtype}` is made when first asked for."""
    if name.startswith("cast{"):
        return cast_to(name[5:-1])
    return SCALARS[name]
