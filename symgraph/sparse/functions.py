"""Functions of the entries of a sparse matrix.

Those called structured leave the places without entries as they are, though the function of zero
is not zero; of the others it is.
"""

from collections.abc import Callable
from typing import Any

import symgraph.tensor as T
from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike

from .constructors import as_sparse_variable
from .operations.elementwise import on_entries

_UNARY = """Compute {what} of each entry of a sparse matrix.

    x: a sparse matrix.
    Returns a matrix with entries where x has, of the dtype of `T.{tensor}`. Derivative:
    {derivative}, structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.{name}(sg.sparse.as_csr([[0.0, {entry}]])).eval().data
    array([{result}])
    """
_WITH_NUMBER = """Compute {what} of each entry of a sparse matrix and a number.

    x: a sparse matrix. y: a scalar.
    Returns a matrix with entries where x has. Derivative: {derivative}, structured. Raises
    TypeError for what is not sparse.

    >>> sg.sparse.{name}(sg.sparse.as_csr([[0.0, 2.0]]), 3.0).eval().data
    array([{result}])
    """


def structured_monoid(tensor_op: Callable[..., Any]) -> Callable[..., Any]:
    """Return a decorator that makes a function of tensors one of the entries of a sparse matrix.

    tensor_op: a function of a vector, and of further arguments, which keeps its shape.
    Returns a decorator, which takes a function for its name and docstring. Its result has the
    derivative of `tensor_op`, structured.

    >>> @sg.sparse.structured_monoid(T.cosh)
    ... def structured_cosh(x):
    ...     "Compute the hyperbolic cosine of each entry."
    >>> structured_cosh(sg.sparse.as_csr([[0.0, 2.0]])).eval().nnz
    1
    """

    def decorate(named: Callable[..., Any]) -> Callable[..., Any]:
        def function(x: Any, *others: Any) -> Variable:
            return on_entries(tensor_op, as_sparse_variable(x), *others)

        return _called(function, named.__name__, named.__doc__)

    return decorate


def _called(function: Any, name: str, doc: str | None) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _unary(
    name: str, tensor: str, what: str, derivative: str, entry: float, result: str
) -> Callable[[Any], Variable]:
    """Return a function of entries; `result` is what it prints for one entry."""
    operation = getattr(T, tensor)

    def function(x: Any) -> Variable:
        return on_entries(operation, as_sparse_variable(x))

    told = {"what": what, "tensor": tensor, "derivative": derivative, "entry": entry}
    made: Callable[[Any], Variable] = _called(
        function, name, _UNARY.format(name=name, result=result, **told)
    )
    return made


def _with_number(
    name: str, tensor: str, what: str, derivative: str, result: str
) -> Callable[[Any, TensorLike], Variable]:
    """Return a function of entries and a number; `result` is what it prints for 2 and 3."""
    operation = getattr(T, tensor)

    def function(x: Any, y: TensorLike) -> Variable:
        return on_entries(operation, as_sparse_variable(x), y)

    made: Callable[[Any, TensorLike], Variable] = _called(
        function,
        name,
        _WITH_NUMBER.format(name=name, what=what, derivative=derivative, result=result),
    )
    return made


structured_exp = _unary(
    "structured_exp", "exp", "the exponential", "the exponential", 0.5, "1.64872127"
)
structured_log = _unary("structured_log", "log", "the logarithm", "1 / x", 2.0, "0.69314718")
structured_sigmoid = _unary(
    "structured_sigmoid", "sigmoid", "the logistic function", "s * (1 - s)", 2.0, "0.88079708"
)
sqr = _unary("sqr", "sqr", "the square", "2 * x", 2.0, "4.")
sqrt = _unary("sqrt", "sqrt", "the square root", "0.5 / sqrt(x)", 4.0, "2.")
sin = _unary("sin", "sin", "the sine", "the cosine", 0.5, "0.47942554")
tan = _unary("tan", "tan", "the tangent", "1 + tan(x)**2", 0.5, "0.54630249")
arcsin = _unary("arcsin", "arcsin", "the inverse sine", "1 / sqrt(1 - x**2)", 0.5, "0.52359878")
arctan = _unary("arctan", "arctan", "the inverse tangent", "1 / (1 + x**2)", 0.5, "0.46364761")
sinh = _unary("sinh", "sinh", "the hyperbolic sine", "the hyperbolic cosine", 0.5, "0.52109531")
arcsinh = _unary(
    "arcsinh", "arcsinh", "the inverse hyperbolic sine", "1 / sqrt(1 + x**2)", 0.5, "0.48121183"
)
tanh = _unary("tanh", "tanh", "the hyperbolic tangent", "1 - tanh(x)**2", 0.5, "0.46211716")
arctanh = _unary(
    "arctanh", "arctanh", "the inverse hyperbolic tangent", "1 / (1 - x**2)", 0.5, "0.54930614"
)
rint = _unary("rint", "round", "the nearest integer", "zero", 1.7, "2.")
ceil = _unary("ceil", "ceil", "the next integer above", "zero", 1.2, "2.")
floor = _unary("floor", "floor", "the next integer below", "zero", 1.7, "1.")
trunc = _unary("trunc", "trunc", "the integer part", "zero", 1.7, "1.")
sgn = _unary("sgn", "sgn", "the sign", "zero", -2.0, "-1.")
absolute = _unary("absolute", "abs", "the absolute value", "the sign", -2.0, "2.")
deg2rad = _unary("deg2rad", "deg2rad", "the radians of the degrees", "pi / 180", 90.0, "1.57079633")
rad2deg = _unary("rad2deg", "rad2deg", "the degrees of the radians", "180 / pi", 0.5, "28.64788976")
log1p = _unary("log1p", "log1p", "log(1 + x)", "1 / (1 + x)", 0.5, "0.40546511")
expm1 = _unary("expm1", "expm1", "exp(x) - 1", "exp(x)", 0.5, "0.64872127")
conj = _unary("conj", "conj", "the complex conjugate", "1 for real numbers", 2.0, "2.")
structured_add = _with_number("structured_add", "add", "the sum", "1", "5.")
structured_minimum = _with_number(
    "structured_minimum", "minimum", "the smaller one", "1 where it is the entry", "2."
)
structured_maximum = _with_number(
    "structured_maximum", "maximum", "the larger one", "1 where it is the entry", "3."
)
structured_pow = _with_number("structured_pow", "pow", "the power", "y * x**(y - 1)", "8.")

__all__ = [
    "absolute",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "ceil",
    "conj",
    "deg2rad",
    "expm1",
    "floor",
    "log1p",
    "rad2deg",
    "rint",
    "sgn",
    "sin",
    "sinh",
    "sqr",
    "sqrt",
    "structured_add",
    "structured_exp",
    "structured_log",
    "structured_maximum",
    "structured_minimum",
    "structured_monoid",
    "structured_pow",
    "structured_sigmoid",
    "tan",
    "tanh",
    "trunc",
]
