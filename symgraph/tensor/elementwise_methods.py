"""The methods of a symbolic tensor that compute something of each element."""

from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.tensor import creation, known
from symgraph.tensor.elementwise import rounding


class ElementwiseMethods(Variable):
    """Methods that `MethodDeclarations` lists, as `TensorOperators` are."""

    __slots__ = ()

    def exp(self) -> Variable:
        """Compute e to the power of each element: see `T.exp`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1.0]).exp().eval()
        array([1.        , 2.71828183])
        """
        return s.exp(self)

    def exp2(self) -> Variable:
        """Compute 2 to the power of each element: see `T.exp2`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 3.0]).exp2().eval()
        array([1., 8.])
        """
        return s.exp2(self)

    def expm1(self) -> Variable:
        """Compute exp(x) - 1 of each element, also near 0 to all digits: see `T.expm1`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1e-10]).expm1().eval()
        array([0.e+00, 1.e-10])
        """
        return s.expm1(self)

    def log(self) -> Variable:
        """Compute the natural logarithm of each element: see `T.log`.

        Returns this shape, of integers floats.

        >>> T.constant([1.0, 2.0]).log().eval()
        array([0.        , 0.69314718])
        """
        return s.log(self)

    def log2(self) -> Variable:
        """Compute the logarithm to base 2 of each element: see `T.log2`.

        Returns this shape, of integers floats.

        >>> T.constant([1.0, 8.0]).log2().eval()
        array([0., 3.])
        """
        return s.log2(self)

    def log10(self) -> Variable:
        """Compute the logarithm to base 10 of each element: see `T.log10`.

        Returns this shape, of integers floats.

        >>> T.constant([1.0, 100.0]).log10().eval()
        array([0., 2.])
        """
        return s.log10(self)

    def log1p(self) -> Variable:
        """Compute log(1 + x) of each element, also near 0 to all digits: see `T.log1p`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1e-10]).log1p().eval()
        array([0.e+00, 1.e-10])
        """
        return s.log1p(self)

    def sqrt(self) -> Variable:
        """Compute the square root of each element: see `T.sqrt`.

        Returns this shape, of integers floats.

        >>> T.constant([4.0, 9.0]).sqrt().eval()
        array([2., 3.])
        """
        return s.sqrt(self)

    def sin(self) -> Variable:
        """Compute the sine of each element, an angle in radians: see `T.sin`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1.0]).sin().eval()
        array([0.        , 0.84147098])
        """
        return s.sin(self)

    def cos(self) -> Variable:
        """Compute the cosine of each element, an angle in radians: see `T.cos`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1.0]).cos().eval()
        array([1.        , 0.54030231])
        """
        return s.cos(self)

    def tan(self) -> Variable:
        """Compute the tangent of each element, an angle in radians: see `T.tan`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1.0]).tan().eval()
        array([0.        , 1.55740772])
        """
        return s.tan(self)

    def arcsin(self) -> Variable:
        """Compute the angle, in radians, of which each element is the sine: see `T.arcsin`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1.0]).arcsin().eval()
        array([0.        , 1.57079633])
        """
        return s.arcsin(self)

    def arccos(self) -> Variable:
        """Compute the angle, in radians, of which each element is the cosine: see `T.arccos`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1.0]).arccos().eval()
        array([1.57079633, 0.        ])
        """
        return s.arccos(self)

    def arctan(self) -> Variable:
        """Compute the angle, in radians, of which each element is the tangent: see `T.arctan`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1.0]).arctan().eval()
        array([0.        , 0.78539816])
        """
        return s.arctan(self)

    def sinh(self) -> Variable:
        """Compute the hyperbolic sine of each element: see `T.sinh`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1.0]).sinh().eval()
        array([0.        , 1.17520119])
        """
        return s.sinh(self)

    def cosh(self) -> Variable:
        """Compute the hyperbolic cosine of each element: see `T.cosh`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1.0]).cosh().eval()
        array([1.        , 1.54308063])
        """
        return s.cosh(self)

    def tanh(self) -> Variable:
        """Compute the hyperbolic tangent of each element: see `T.tanh`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1.0]).tanh().eval()
        array([0.        , 0.76159416])
        """
        return s.tanh(self)

    def arcsinh(self) -> Variable:
        """Compute the inverse hyperbolic sine of each element: see `T.arcsinh`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 1.0]).arcsinh().eval()
        array([0.        , 0.88137359])
        """
        return s.arcsinh(self)

    def arccosh(self) -> Variable:
        """Compute the inverse hyperbolic cosine of each element: see `T.arccosh`.

        Returns this shape, of integers floats.

        >>> T.constant([1.0, 2.0]).arccosh().eval()
        array([0.       , 1.3169579])
        """
        return s.arccosh(self)

    def arctanh(self) -> Variable:
        """Compute the inverse hyperbolic tangent of each element: see `T.arctanh`.

        Returns this shape, of integers floats.

        >>> T.constant([0.0, 0.5]).arctanh().eval()
        array([0.        , 0.54930614])
        """
        return s.arctanh(self)

    def deg2rad(self) -> Variable:
        """Convert degrees to radians: see `T.deg2rad`.

        Returns this shape, of integers floats. Raises TypeError for complex numbers.

        >>> T.constant([0.0, 180.0]).deg2rad().eval()
        array([0.        , 3.14159265])
        """
        return s.deg2rad(self)

    def rad2deg(self) -> Variable:
        """Convert radians to degrees: see `T.rad2deg`.

        Returns this shape, of integers floats. Raises TypeError for complex numbers.

        >>> T.constant([0.0, 1.0]).rad2deg().eval()
        array([ 0.        , 57.29577951])
        """
        return s.rad2deg(self)

    def ceil(self) -> Variable:
        """Round each element up to an integer: see `T.ceil`.

        Returns this shape and dtype. Raises TypeError for complex numbers.

        >>> T.constant([1.2, -1.2]).ceil().eval()
        array([ 2., -1.])
        """
        return s.ceil(self)

    def floor(self) -> Variable:
        """Round each element down to an integer: see `T.floor`.

        Returns this shape and dtype. Raises TypeError for complex numbers.

        >>> T.constant([1.2, -1.2]).floor().eval()
        array([ 1., -2.])
        """
        return s.floor(self)

    def trunc(self) -> Variable:
        """Round each element towards zero: see `T.trunc`.

        Returns this shape and dtype. Raises TypeError for complex numbers.

        >>> T.constant([1.8, -1.8]).trunc().eval()
        array([ 1., -1.])
        """
        return s.trunc(self)

    def round(self, mode: str = "half_to_even") -> Variable:
        """Round each element to the nearest integer, halves to the even one.

        mode: 'half_to_even'; or 'half_away_from_zero'.
        Returns this shape and dtype. Raises TypeError for complex numbers, ValueError for another
        mode.

        >>> T.constant([0.5, 1.5, -1.2]).round().eval()
        array([ 0.,  2., -1.])
        """
        return rounding.round(self, mode)

    def clip(self, low: Any, high: Any) -> Variable:
        """Limit each element to the interval from low to high: see `T.clip`.

        low, high: real numbers; shapes broadcast.
        Returns the common dtype. Raises TypeError for complex numbers.

        >>> T.constant([-2.0, 0.5, 2.0]).clip(-1.0, 1.0).eval()
        array([-1. ,  0.5,  1. ])
        """
        return s.clip(self, low, high)

    def conj(self) -> Variable:
        """Compute the complex conjugate of each element.

        Returns this shape and dtype.

        >>> T.constant([1 + 2j]).conj().eval()
        array([1.-2.j])
        """
        return s.conj(self)

    def astype(self, dtype: Any) -> Variable:
        """Convert each element to another dtype: see `T.cast`.

        dtype: the name of a dtype, or "floatX".
        Returns this very variable where it has the dtype. Raises TypeError for what names no dtype.

        >>> T.constant([1.7, -1.7]).astype("int32").eval()
        array([ 1, -1], dtype=int32)
        """
        return s.cast(self, dtype)

    def copy(self, name: str | None = None) -> Variable:
        """Return another variable with the same values, which can have a name of its own.

        name: what the new variable is called.

        >>> T.constant([1, 2]).copy().eval()
        array([1, 2])
        """
        other = s.identity(self)
        other.name = name
        return other

    def fill(self, value: Any) -> Variable:
        """Return an array of this shape, filled with a value, of whose dtype it is.

        value: a number or an array that broadcasts to the shape.

        >>> T.constant([1, 2, 3]).fill(0.5).eval()
        array([0.5, 0.5, 0.5])
        """
        return s.second(self, value)

    def conjugate(self) -> Variable:
        """Compute the complex conjugate of each element, as `conj` does.

        Returns this shape and dtype.

        >>> T.constant([1 + 2j]).conjugate().eval()
        array([1.-2.j])
        """
        return s.conj(self)

    def zeros_like(self, dtype: Any = None) -> Variable:
        """Return zeros of this shape: see `T.zeros_like`.

        dtype: that of this variable unless given.

        >>> T.constant([1.5, 2.5]).zeros_like().eval()
        array([0., 0.])
        """
        return creation.zeros_like(self, dtype)

    def ones_like(self, dtype: Any = None) -> Variable:
        """Return ones of this shape: see `T.ones_like`.

        dtype: that of this variable unless given.

        >>> T.constant([1.5, 2.5]).ones_like().eval()
        array([1., 1.])
        """
        return creation.ones_like(self, dtype)

    def get_scalar_constant_value(self) -> np.ndarray:
        """Return the number that the variable is known to have in all its places.

        Returns an array without axes. Raises ValueError where there is none: see
        `T.get_scalar_constant_value`.

        >>> (T.constant(2) + 5).get_scalar_constant_value()
        array(7)
        """
        return known.get_scalar_constant_value(self)

    # What Python's `round` and the functions of `math` ask for.

    def __round__(self, digits: None = None) -> Variable:
        if digits is not None:
            raise TypeError(f"round of {self} ({self.type}) takes no number of digits, {digits!r}")
        return s.round(self)

    def __ceil__(self) -> Variable:
        return s.ceil(self)

    def __floor__(self) -> Variable:
        return s.floor(self)

    def __trunc__(self) -> Variable:
        return s.trunc(self)
