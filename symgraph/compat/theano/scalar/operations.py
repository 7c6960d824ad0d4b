"""`theano.scalar.basic`: the classes of functions of numbers, which programs derive from and test.

An object of one is called with numbers or tensors, and applies symgraph's elementwise functions:
those of its own table for Theano's classes, and for a program's subclass an `OwnScalar`.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symgraph.compat.theano.gof.utils import MethodNotDefined
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.scalar.dtype_rules import upcast_out
from symgraph.compat.theano.scalar.number_types import TYPES
from symgraph.compat.theano.scalar.own_functions import native_function
from symgraph.compat.theano.tensor.elementwise import ElementwiseFunction, function_named
from symgraph.graph import TensorType, Variable
from symgraph.ops.constant import as_tensors
from symgraph.ops.elemwise import Elemwise
from symgraph.ops.rank_alignment import pad_left
from symgraph.ops.scalar import SCALARS
from symgraph.ops.scalar import ScalarOp as NativeScalar
from symgraph.tensor import and_, cast, ge, gt, le, lt

_find, __dir__ = resolver(__name__)


class _Class(type):
    """The class of classes of functions: symgraph's functions are objects of them, too."""

    native: str
    nin: int

    def __instancecheck__(cls, instance: Any) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        if isinstance(instance, ElementwiseFunction):
            instance = instance.scalar_op
        return isinstance(instance, NativeScalar) and cls.has_native(instance)

    def has_native(cls, function: NativeScalar) -> bool:
        """Return whether one of symgraph's functions is what an object of the class computes."""
        name = function.name.partition("{")[0]
        if cls.native:
            return name == cls.native
        own = [kind for kind in CLASSES.values() if kind.native == name]
        return any(issubclass(kind, cls) for kind in own)


class ScalarOp(metaclass=_Class):
    """Declare a function of numbers, as a program for Theano does.

    - `impl(*numbers)` returns its value, or with `nout` values a tuple;
    - `output_types_preference(*types)` returns the types of the results: see `dtype_rules`;
    - `grad(inputs, output_gradients)`, or `L_op(inputs, outputs, output_gradients)`, returns a
      derivative for each input;
    - `nfunc_spec = (name, nin, nout)` names a function of NumPy or SciPy that computes arrays.

    It is called with what makes tensors, or given to `Elemwise`; both apply it to each element, in
    Python within compiled functions. `c_code` is never used.

    >>> from symgraph.compat.theano.scalar.operations import ScalarOp
    >>> from symgraph.compat.theano.scalar.dtype_rules import same_out
    >>> class Doubled(ScalarOp):
    ...     def impl(self, x):
    ...         return 2 * x
    ...     def grad(self, inputs, output_gradients):
    ...         return [2 * output_gradients[0]]
    >>> Doubled(same_out)([1.0, 2.0]).eval()
    array([2., 4.])
    """

    nin = -1
    nout = 1
    native: ClassVar[str] = ""
    name: str | None = None

    def __init__(self, output_types_preference: Any = None, name: str | None = None) -> None:
        self.name = name
        if output_types_preference is not None:
            if not callable(output_types_preference):
                raise TypeError(
                    "Expected a callable for the 'output_types_preference' argument to"
                    f" {type(self)}. (got: {output_types_preference})"
                )
            self.output_types_preference = output_types_preference

    def output_types(self, types: Sequence[TensorType]) -> Sequence[TensorType]:
        """Return the types of the results for operands of these types."""
        rule = getattr(self, "output_types_preference", None)
        if rule is None:
            raise NotImplementedError(f"Cannot calculate the output types for {self}")
        found: Sequence[TensorType] = rule(*types)
        if not isinstance(found, list | tuple) or len(found) != self.nout:
            raise TypeError(
                f"output_types_preference of {self} should return a list or a tuple of"
                f" {self.nout} types, not {found!r}"
            )
        return found

    def impl(self, *numbers: Any) -> Any:
        """Return the value for numbers. A subclass says what that is."""
        raise MethodNotDefined("impl", type(self), type(self).__name__)

    def grad(self, inputs: Any, output_gradients: Any) -> Any:
        """Return the derivatives by the operands. A subclass says what they are."""
        raise MethodNotDefined("grad", type(self), type(self).__name__)

    def L_op(self, inputs: Any, outputs: Any, output_gradients: Any) -> Any:
        """Return the derivatives by the operands, from `grad`."""
        return self.grad(inputs, output_gradients)

    def make_node(self, *inputs: Any) -> Any:
        """Return the node that computes the function of inputs."""
        found = self(*inputs)
        return (found[0] if isinstance(found, list) else found).owner

    def __call__(self, *inputs: Any, name: str | None = None, return_list: bool = False) -> Any:
        """Apply the function to each element of what makes tensors.

        inputs: tensors, arrays, numbers, which broadcast. name: of the result, if there is one.
        return_list: whether the result is a list in any case.
        """
        if self.nin >= 0 and len(inputs) != self.nin:
            raise TypeError(
                f"Wrong number of inputs for {self}.make_node (got {len(inputs)}({inputs}),"
                f" expected {self.nin})"
            )
        given = list(as_tensors(*(ElementwiseFunction._operand(v, inputs) for v in inputs)))
        found = self._applied(given)
        if name is not None:
            found[0].name = name
        return found if return_list or len(found) != 1 else found[0]

    def _applied(self, given: list[Any]) -> list[Variable]:
        operands = pad_left(given)
        functions = [native_function(self, k, len(operands)) for k in range(self.nout)]
        return [Elemwise(function)(*operands) for function in functions]

    def __eq__(self, other: object) -> bool:
        rule = "output_types_preference"
        return type(self) is type(other) and getattr(self, rule, None) == getattr(other, rule, None)

    def __hash__(self) -> int:
        return hash((type(self), getattr(self, "output_types_preference", 0)))

    def __str__(self) -> str:
        if self.name:
            return self.name
        hidden = ("name", "output_types_preference")
        own = [f"{key}={value}" for key, value in vars(self).items() if key not in hidden]
        return f"{type(self).__name__}{{{', '.join(own)}}}" if own else type(self).__name__

    __repr__ = __str__


class UnaryScalarOp(ScalarOp):
    """Declare a function of one number: see `ScalarOp`."""

    nin = 1


class BinaryScalarOp(ScalarOp):
    """Declare a function of two numbers: see `ScalarOp`."""

    nin = 2


class LogicalComparison(BinaryScalarOp):
    """Declare a function of two numbers that is true or false: see `ScalarOp`."""

    def output_types(self, types: Sequence[TensorType]) -> Sequence[TensorType]:
        """Return the type of truth values."""
        return [TYPES["bool"]]

    def grad(self, inputs: Any, output_gradients: Any) -> Any:
        """Return zeros."""
        return [x.zeros_like() for x in inputs]


class FixedLogicalComparison(UnaryScalarOp):
    """Declare a function of one number that is true or false: see `ScalarOp`."""

    output_types = LogicalComparison.output_types
    grad = LogicalComparison.grad


class UnaryBitOp(UnaryScalarOp):
    """Declare a function of the bits of an integer: see `ScalarOp`."""

    def output_types(self, types: Sequence[TensorType]) -> Sequence[TensorType]:
        """Return the common type. Raises TypeError for what has no bits."""
        if any(kind.dtype.startswith(("float", "complex")) for kind in types):
            raise TypeError(f"{self} takes integers, not {types}")
        return upcast_out(*types)

    grad = LogicalComparison.grad


class BinaryBitOp(BinaryScalarOp):
    """Declare a function of the bits of two integers: see `ScalarOp`."""

    output_types = UnaryBitOp.output_types
    grad = LogicalComparison.grad


class _OfTheTable(ScalarOp):
    """A function that symgraph's table has, of the name `native`."""

    def _applied(self, given: list[Any]) -> list[Variable]:
        if type(self) not in CLASSES.values():
            # A program's subclass, which may have another value or derivative.
            return super()._applied(given)
        made = function_named(self.native)(*given)
        if hasattr(self, "output_types_preference"):
            types = [TensorType(v.type.dtype, ()) for v in pad_left(given)]
            (wanted,) = self.output_types(types)
            made = made if made.type.dtype == wanted.dtype else cast(made, wanted.dtype)
        return [made]

    def impl(self, *numbers: Any) -> Any:
        """Return the value for numbers."""
        if self.native in SCALARS:
            return SCALARS[self.native].numpy(*map(np.asarray, numbers))
        return function_named(self.native)(*map(np.asarray, numbers)).eval()

    def L_op(self, inputs: Any, outputs: Any, output_gradients: Any) -> Any:
        """Return the derivatives by the operands."""
        if type(self).grad is not ScalarOp.grad:
            return self.grad(inputs, output_gradients)
        if self.native not in SCALARS:
            return super().L_op(inputs, outputs, output_gradients)
        function, (g,) = SCALARS[self.native], output_gradients
        return [
            function.contribution(k, lambda a, b: a * b, g, inputs, outputs[0], reverse=True)
            for k in range(len(inputs))
        ]


class Cast(UnaryScalarOp):
    """Convert numbers to a type.

    o_type: the type of the result.

    >>> from symgraph.compat.theano.scalar.operations import Cast
    >>> Cast(T.fscalar().type)(2).dtype
    'float32'
    """

    native = "cast"

    def __init__(self, o_type: TensorType, name: str | None = None) -> None:
        super().__init__(None, name)
        self.o_type = o_type

    def __str__(self) -> str:
        return f"Cast{{{self.o_type.dtype}}}"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def clone_float32(self) -> "Cast":
        """Return the conversion to float32 in the place of one to float16."""
        return Cast(TYPES["float32"]) if self.o_type.dtype == "float16" else self

    def _applied(self, given: list[Any]) -> list[Variable]:
        return [cast(given[0], self.o_type.dtype)]


class InRange(LogicalComparison):
    """Tell whether a number is within bounds; its derivative is zero.

    openlow, openhi: whether the bounds themselves are outside.

    >>> from symgraph.compat.theano.scalar.operations import InRange
    >>> InRange(True, False)([1.0, 2.0, 3.0], 1.0, 3.0).eval()
    array([False,  True,  True])
    """

    nin = 3

    def __init__(self, openlow: bool, openhi: bool) -> None:
        super().__init__()
        self.openlow, self.openhi = openlow, openhi

    def _applied(self, given: list[Any]) -> list[Variable]:
        x, low, high = given
        return [and_((gt if self.openlow else ge)(x, low), (lt if self.openhi else le)(x, high))]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InRange) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((InRange, self.openlow, self.openhi))


# By base class, the names of Theano's classes and of symgraph's functions.
_TABLE: dict[Any, str] = {
    UnaryScalarOp: (
        "Abs:abs Angle:angle ArcCos:arccos ArcCosh:arccosh ArcSin:arcsin ArcSinh:arcsinh"
        " ArcTan:arctan ArcTanh:arctanh Ceil:ceil Conj:conj Cos:cos Cosh:cosh Deg2Rad:deg2rad"
        " Erf:erf Erfc:erfc Erfcinv:erfcinv Erfcx:erfcx Erfinv:erfinv Exp:exp Exp2:exp2"
        " Expm1:expm1 Floor:floor Gamma:gamma GammaLn:gammaln I0:i0 I1:i1 Identity:identity"
        " Imag:imag Inv:reciprocal J0:j0 J1:j1 Log:log Log10:log10 Log1p:log1p Log2:log2 Neg:neg"
        " Psi:psi Rad2Deg:rad2deg Real:real RoundHalfAwayFromZero:round_half_away"
        " RoundHalfToEven:round ScalarSigmoid:sigmoid ScalarSoftplus:softplus"
        " Sgn:sgn Sin:sin Sinh:sinh Sqr:sqr Sqrt:sqrt Tan:tan Tanh:tanh"
        " TriGamma:tri_gamma Trunc:trunc XlogX:xlogx"
    ),
    BinaryScalarOp: (
        "ArcTan2:arctan2 Complex:complex ComplexFromPolar:complex_from_polar"
        " Chi2SF:chi2sf GammaInc:gammainc GammaIncC:gammaincc GammaL:gammal"
        " GammaU:gammau IntDiv:floor_div Iv:iv Jv:jv Maximum:maximum"
        " Minimum:minimum Mod:mod Pow:pow Second:second Sub:sub TrueDiv:true_div XlogY0:xlogy"
    ),
    LogicalComparison: "LT:lt GT:gt LE:le GE:ge EQ:eq NEQ:neq",
    FixedLogicalComparison: "IsNan:isnan IsInf:isinf",
    UnaryBitOp: "Invert:invert",
    BinaryBitOp: "OR:or_ XOR:xor AND:and_",
    ScalarOp: "Add:add Mul:mul Clip:clip Switch:switch",
}


def _classes() -> dict[str, Any]:
    found: dict[str, Any] = {"Cast": Cast}
    for base, entries in _TABLE.items():
        for entry in entries.split():
            name, native = entry.split(":")
            words = f"Stands for symgraph's function `{native}` of numbers: see `ScalarOp`."
            namespace = {"native": native, "__doc__": words, "__module__": __name__}
            bases = (_OfTheTable,) if base is ScalarOp else (_OfTheTable, base)
            found[name] = _Class(name, bases, namespace)
    return found


CLASSES: dict[str, Any] = _classes()
globals().update(CLASSES)
inopenrange, inclosedrange = InRange(True, True), InRange(False, False)


def __getattr__(name: str) -> Any:
    return _find(name)
