"""Theano's classes of functions of numbers, and of what gives these their dtype.

`isinstance(node.op.scalar_op, theano.scalar.Add)` is true of the function of symgraph that does the
same. A call returns that function, whatever its arguments.
"""

from typing import Any

from symgraph.compat.theano.aliases import Alias
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.elementwise import RENAMED, ElementwiseFunction, function_named
from symgraph.graph import TensorType
from symgraph.ops.scalar import SCALARS, ScalarOp, promote, upgrade_to_float

_find, __dir__ = resolver(__name__)

# By the class in Theano, the name of the function.
FUNCTIONS = {
    "AND": "and_", "Abs": "abs_", "Add": "add", "Angle": "angle", "ArcCos": "arccos",
    "ArcCosh": "arccosh", "ArcSin": "arcsin", "ArcSinh": "arcsinh", "ArcTan": "arctan",
    "ArcTan2": "arctan2", "ArcTanh": "arctanh", "Ceil": "ceil", "Chi2SF": "chi2sf", "Clip": "clip",
    "Complex": "complex", "ComplexFromPolar": "complex_from_polar", "Conj": "conj", "Cos": "cos",
    "Cosh": "cosh", "Deg2Rad": "deg2rad", "EQ": "eq", "Erf": "erf", "Erfc": "erfc",
    "Erfcinv": "erfcinv", "Erfcx": "erfcx", "Erfinv": "erfinv", "Exp": "exp", "Exp2": "exp2",
    "Expm1": "expm1", "Floor": "floor", "GE": "ge", "GT": "gt", "Gamma": "gamma",
    "GammaInc": "gammainc", "GammaIncC": "gammaincc", "GammaL": "gammal", "GammaLn": "gammaln",
    "GammaU": "gammau", "I0": "i0", "I1": "i1", "Identity": "identity", "Imag": "imag",
    "IntDiv": "int_div", "Inv": "inv", "Invert": "invert", "IsInf": "isinf", "IsNan": "isnan",
    "Iv": "iv", "J0": "j0", "J1": "j1", "Jv": "jv", "LE": "le", "LT": "lt", "Log": "log",
    "Log10": "log10", "Log1p": "log1p", "Log2": "log2", "Maximum": "maximum",
    "Minimum": "minimum", "Mod": "mod", "Mul": "mul", "NEQ": "neq", "Neg": "neg", "OR": "or_",
    "Pow": "pow", "Psi": "psi", "Rad2Deg": "rad2deg", "Real": "real",
    "RoundHalfAwayFromZero": "round_half_away_from_zero",
    "RoundHalfToEven": "round_half_to_even", "ScalarSigmoid": "sigmoid",
    "ScalarSoftplus": "softplus", "Second": "second", "Sgn": "sgn", "Sin": "sin",
    "Sinh": "sinh", "Sqr": "sqr", "Sqrt": "sqrt", "Sub": "sub", "Switch": "switch",
    "Tan": "tan", "Tanh": "tanh", "TriGamma": "tri_gamma", "TrueDiv": "true_div",
    "Trunc": "trunc", "XOR": "xor", "XlogX": "xlogx", "XlogY0": "xlogy",
}  # fmt: skip


class ScalarClass(Alias):
    """The class of Theano's classes of functions of numbers."""

    function: str

    def is_one(self, instance: Any) -> bool:
        """Return whether an object is the function, of numbers or of the elements of tensors."""
        if isinstance(instance, ElementwiseFunction):
            instance = instance.scalar_op
        name = RENAMED.get(self.function, self.function)
        same = SCALARS.get(name.rstrip("_"), SCALARS.get(name))
        return isinstance(instance, ScalarOp) and instance == same

    def make(self, *args: Any, **kwargs: Any) -> ElementwiseFunction:
        """Return the function."""
        return function_named(self.function)


def _class(name: str, function: str) -> Any:
    told = f"Stands for symgraph's function that does what Theano's {name} does."
    namespace = {"native": ScalarOp, "function": function, "__doc__": told}
    return ScalarClass(name, (), {**namespace, "__module__": __name__})


class Cast(metaclass=Alias):
    """Stands for conversions of numbers to a dtype.

    o_type: the type. name: Theano's.

    >>> from symgraph.compat.theano.scalar.classes import Cast
    >>> Cast(T.bscalar().type)(T.dscalar("x")).dtype
    'int8'
    """

    native = ScalarOp

    @classmethod
    def make(cls, o_type: TensorType, name: str | None = None) -> Any:
        """Return the function."""
        return lambda x: function_named("identity")(x).astype(o_type.dtype)

    @classmethod
    def is_one(cls, instance: Any) -> bool:
        """Return whether an object converts numbers."""
        return isinstance(instance, ScalarOp) and instance.name.startswith("cast")


class transfer_type:  # noqa: N801 - Theano's name
    """Return types of inputs as those of outputs.

    transfer: for each output the position of the input.

    >>> from symgraph.compat.theano.scalar.classes import transfer_type
    >>> transfer_type(1)(T.bscalar().type, T.dscalar().type)[0].dtype
    'float64'
    """

    def __init__(self, *transfer: int) -> None:
        self.transfer = transfer

    def __call__(self, *types: TensorType) -> list[TensorType]:
        return [types[position] for position in self.transfer]


class specific_out:  # noqa: N801 - Theano's name
    """Return these types as those of outputs, whatever the inputs are.

    spec: the types.

    >>> from symgraph.compat.theano.scalar.classes import specific_out
    >>> specific_out(T.bscalar().type)(T.dscalar().type)[0].dtype
    'int8'
    """

    def __init__(self, *spec: TensorType) -> None:
        self.spec = spec

    def __call__(self, *types: TensorType) -> tuple[TensorType, ...]:
        return self.spec


def same_out(type: TensorType) -> list[TensorType]:
    """Return the type of the input as that of the output.

    >>> from symgraph.compat.theano.scalar.classes import same_out
    >>> same_out(T.bscalar().type)[0].dtype
    'int8'
    """
    return [type]


def upcast_out(*types: TensorType) -> list[TensorType]:
    """Return the type that holds the numbers of all these types.

    >>> from symgraph.compat.theano.scalar.classes import upcast_out
    >>> upcast_out(T.bscalar().type, T.wscalar().type)[0].dtype
    'int16'
    """
    return [TensorType(promote([type.dtype for type in types]), ())]


def upgrade_to_float64(*types: TensorType) -> list[TensorType]:
    """Return the type of float64, or of complex128 for complex numbers.

    >>> from symgraph.compat.theano.scalar.classes import upgrade_to_float64
    >>> upgrade_to_float64(T.fscalar().type)[0].dtype
    'float64'
    """
    return [TensorType(promote(["float64", upgrade_to_float([t.dtype for t in types])]), ())]


def int_out(*types: TensorType) -> list[TensorType]:
    """Return the type of int64.

    >>> from symgraph.compat.theano.scalar.classes import int_out
    >>> int_out(T.fscalar().type)[0].dtype
    'int64'
    """
    return [TensorType("int64", ())]


def float_out(*types: TensorType) -> list[TensorType]:
    """Return the type of float64.

    >>> from symgraph.compat.theano.scalar.classes import float_out
    >>> float_out(T.fscalar().type)[0].dtype
    'float64'
    """
    return [TensorType("float64", ())]


same_out_nobool = same_out_nocomplex = same_out_float_only = same_out_min8 = same_out
upcast_out_nobool = upcast_out_min8 = upcast_out_no_complex = upcast_out
CLASSES: dict[str, Any] = {name: _class(name, function) for name, function in FUNCTIONS.items()}
globals().update(CLASSES)


def __getattr__(name: str) -> Any:
    return _find(name)
