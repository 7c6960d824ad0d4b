"""The type of a tensor: dtype, and the extents that are known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgraph.graph.array_limits import check_size
from symgraph.graph.base_type import Type
from symgraph.graph.casting import PrecisionLoss, convert
from symgraph.graph.config import config
from symgraph.graph.resident import Resident
from symgraph.graph.tensor_values import approximately_equal, array_text, equal_arrays
from symgraph.graph.variable import Variable

DTYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)
FLOAT_DTYPES = ("float16", "float32", "float64")
COMPLEX_DTYPES = ("complex64", "complex128")
INTEGER_DTYPES = tuple(name for name in DTYPES if "int" in name)
DISCRETE_DTYPES = ("bool", *INTEGER_DTYPES)

_canonical: dict[Any, str] = {name: name for name in DTYPES}


def canonical_dtype(dtype: Any) -> str:
    """Return the dtype's name, of `DTYPES`; 'floatX' is the configured one. Raises TypeError."""
    try:
        return _canonical[dtype]
    except (KeyError, TypeError):
        pass
    if isinstance(dtype, str) and dtype == "floatX":
        return config.floatX
    try:
        name = np.dtype(dtype).name
    except TypeError:
        raise TypeError(f"{dtype!r} names no dtype; those known are {', '.join(DTYPES)}") from None
    if name not in _canonical:
        raise TypeError(f"no tensor has the dtype {name}; those known are {', '.join(DTYPES)}")
    return name


def _canonical_shape(shape: Iterable[Any]) -> tuple[int | None, ...]:
    extents = []
    for extent in shape:
        if extent is not None:
            if isinstance(extent, bool) or not isinstance(extent, int | np.integer) or extent < 0:
                raise TypeError(f"an extent is None or an int >= 0, not {extent!r}")
            extent = int(extent)
        extents.append(extent)
    return tuple(extents)


@dataclass(frozen=True, slots=True, init=False)
class TensorType(Type):
    """Represent arrays of one dtype and rank.

    dtype: its name, or "floatX".
    shape: each extent, None where it is known only when a function runs.
    broadcastable: Theano's older form of the shape: True for an extent of 1, False for unknown.
    Called with a name, a type makes a variable. Raises TypeError for what names no dtype or is no
    shape, MemoryError for extents that no array can have, ValueError for too many of them.

    >>> T.TensorType("int32", (None, 3))("x").type.shape
    (None, 3)
    """

    dtype: str
    shape: tuple[int | None, ...]

    def __init__(
        self,
        dtype: Any,
        shape: Iterable[int | None] | None = None,
        *,
        broadcastable: Iterable[bool] | None = None,
    ) -> None:
        if (shape is None) == (broadcastable is None):
            raise TypeError("TensorType takes either a shape or a broadcastable pattern")
        if broadcastable is not None:
            shape = tuple(1 if flag else None for flag in broadcastable)
        extents = tuple(shape or ())
        if extents and all(isinstance(extent, bool) for extent in extents):
            # Theano's positional form: TensorType('float64', (False, True)).
            extents = tuple(1 if flag else None for flag in extents)
        object.__setattr__(self, "dtype", canonical_dtype(dtype))
        object.__setattr__(self, "shape", _canonical_shape(extents))
        check_size(self.shape, self.dtype)

    @property
    def ndim(self) -> int:
        """Return the number of dimensions, an int.

        >>> T.TensorType("int32", (None, 3)).ndim
        2
        """
        return len(self.shape)

    @property
    def broadcastable(self) -> tuple[bool, ...]:
        """Return for each axis whether its extent is known to be 1, a tuple of bools.

        >>> T.TensorType("int32", (None, 1)).broadcastable
        (False, True)
        """
        return tuple(extent == 1 for extent in self.shape)

    def clone(self, dtype: Any = None, shape: Iterable[int | None] | None = None) -> "TensorType":
        """Return a type of another dtype or shape.

        dtype, shape: those of this type unless given.
        Raises as the class does.

        >>> T.TensorType("int32", (None, 3)).clone(dtype="float64").dtype
        'float64'
        """
        return TensorType(
            self.dtype if dtype is None else dtype, self.shape if shape is None else shape
        )

    def is_super(self, other: Type) -> bool:
        """Test whether every value of another type is a value of this one.

        other: a type.
        Returns a bool: whether dtype and rank agree and every extent known here is known to be the
            same.

        >>> T.TensorType("int32", (None,)).is_super(T.TensorType("int32", (3,)))
        True
        """
        return (
            isinstance(other, TensorType)
            and self.dtype == other.dtype
            and self.ndim == other.ndim
            and all(
                mine is None or mine == theirs
                for mine, theirs in zip(self.shape, other.shape, strict=True)
            )
        )

    def takes_safely(self, dtype: str) -> bool:
        """Test whether numbers of another dtype can be cast to this one without loss.

        dtype: its name.
        Returns a bool.

        >>> T.TensorType("float64", ()).takes_safely("int32")
        True
        """
        return np.can_cast(dtype, self.dtype, "safe")

    def agrees_with(self, other: Type) -> bool:
        """Test whether a value may be of this type and of another one.

        other: a type.
        Returns a bool: whether dtype and rank agree, and no extent is known to be two different
            ones.

        >>> T.TensorType("int32", (None, 3)).agrees_with(T.TensorType("int32", (2, None)))
        True
        """
        return (
            isinstance(other, TensorType)
            and self.dtype == other.dtype
            and self.ndim == other.ndim
            and all(
                mine is None or theirs is None or mine == theirs
                for mine, theirs in zip(self.shape, other.shape, strict=True)
            )
        )

    def __str__(self) -> str:
        kind = {0: "scalar", 1: "vector", 2: "matrix"}.get(self.ndim, f"{self.ndim}d")
        if all(extent is None for extent in self.shape):
            return f"{self.dtype} {kind}"
        extents = ", ".join("?" if extent is None else str(extent) for extent in self.shape)
        return f"{self.dtype} {kind} ({extents})"

    def filter(
        self, value: Any, *, strict: bool = False, allow_downcast: bool | None = None
    ) -> np.ndarray:
        """Convert a value to an array of this type.

        value: an array, a number or nested lists of them.
        strict: whether only an array of the very dtype is taken. Otherwise values are cast where
            nothing is lost.
        allow_downcast: True casts always, and None also rounds a Python float to floatX.
        Returns a NumPy array. Raises TypeError for a dtype or rank, ValueError for an extent.

        >>> T.TensorType("float64", (None,)).filter([1, 2])
        array([1., 2.])
        """
        if isinstance(value, Variable):
            raise TypeError(
                f"expected a value of type {self}, got the symbolic variable {value};"
                " a compiled function takes arrays (to replace a variable use givens)"
            )
        array: Any
        if isinstance(value, np.ndarray | Resident) and self._is_plain(value):
            array = value
        elif strict:
            raise TypeError(
                f"strict: expected a numpy.ndarray of dtype {self.dtype}, got {_describe(value)}"
            )
        else:
            array = self._cast(value, allow_downcast)
        self._check_shape(array)
        plain: np.ndarray = array
        return plain

    def _is_plain(self, value: "np.ndarray | Resident") -> bool:
        """Return whether a value has the very dtype, and is no array of a subclass."""
        plain = type(value) is np.ndarray or isinstance(value, Resident)
        return plain and value.dtype.name == self.dtype and value.dtype.isnative

    def _cast(self, value: Any, allow_downcast: bool | None) -> np.ndarray:
        if isinstance(value, np.ndarray) and hasattr(value, "mask"):
            raise TypeError(
                f"expected {self}, got a masked array, whose mask would be lost; fill it first"
            )
        try:
            array = np.asarray(value)
        except ValueError as error:
            raise TypeError(f"expected {self}, got a ragged sequence: {error}") from None
        if array.dtype.kind not in "biufc":
            why = "fits no dtype" if type(value) is int else "holds no numbers"
            raise TypeError(f"expected {self}, got {_describe(value)}, which {why}")
        if array.dtype.name == self.dtype:
            return array.astype(self.dtype, copy=False)
        rounds_python_float = (
            allow_downcast is None and type(value) is float and self.dtype == config.floatX
        )
        if allow_downcast or rounds_python_float or np.can_cast(array.dtype, self.dtype, "safe"):
            return convert(array, self.dtype)
        is_python = not isinstance(value, np.ndarray | np.generic)
        if is_python and _holds_exactly(array, self.dtype):
            return convert(array, self.dtype)
        raise PrecisionLoss(
            f"expected dtype {self.dtype}, got {_describe(value)}, and casting would lose"
            f" precision; write numpy.asarray(value).astype('{self.dtype}') to have it nevertheless"
        )

    def _check_shape(self, array: np.ndarray) -> None:
        if array.ndim != self.ndim:
            raise TypeError(
                f"expected {self.ndim} dimension{'s' if self.ndim != 1 else ''} ({self}),"
                f" got {array.ndim}: shape {array.shape}"
            )
        for axis, (expected, got) in enumerate(zip(self.shape, array.shape, strict=True)):
            if expected is not None and expected != got:
                raise ValueError(
                    f"expected extent {expected} on axis {axis} ({self}), got shape {array.shape}"
                )

    # --- values: see `Type` ---

    def values_eq(self, a: np.ndarray, b: np.ndarray) -> bool:
        """Test whether two arrays have the same shape, dtype and elements.

        a, b: arrays of this type.
        Returns a bool; nan counts as equal to itself.

        >>> T.dvector().type.values_eq(np.array([1.0, np.nan]), np.array([1.0, np.nan]))
        True
        """
        return equal_arrays(a, b)

    def values_eq_approx(
        self,
        a: np.ndarray,
        b: np.ndarray,
        allow_remove_inf: bool = False,
        allow_remove_nan: bool = False,
        rtol: float | None = None,
        atol: float | None = None,
    ) -> bool:
        """Test whether two arrays are of one shape and dtype, and equal but for rounding.

        a, b: arrays of this type.
        allow_remove_inf, allow_remove_nan: whether places where only `a` is infinite, or nan, are
            left out of the comparison.
        rtol, atol: the relative and the absolute tolerance; unless given 1e-5 and 1e-8 for doubles,
            and 1e-3 and 1e-4 for smaller floats.
        Returns a bool; nan counts as equal to itself.

        >>> T.dvector().type.values_eq_approx(np.ones(2), np.ones(2) + 1e-14)
        True
        """
        return approximately_equal(a, b, allow_remove_inf, allow_remove_nan, rtol, atol)

    def copy_value(self, value: np.ndarray) -> np.ndarray:
        return value.copy()

    def own_value(self, filtered: np.ndarray, given: Any) -> np.ndarray:
        borrowed = filtered is given or filtered.base is not None
        return filtered.copy() if borrowed else filtered

    def fixed_value(self, value: Any) -> np.ndarray:
        array = self.filter(np.asarray(value), strict=True)
        if array.flags.writeable or array.base is not None:
            array = array.copy()
            array.flags.writeable = False
        return array

    def value_key(self, value: np.ndarray) -> Any:
        return (value.dtype.str, value.shape, value.tobytes())

    def value_text(self, value: np.ndarray) -> str:
        return array_text(value, str(self))


def _describe(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic):
        return f"{type(value).__name__} of dtype {value.dtype} and shape {value.shape}"
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 40 else text[:37] + '...'}"


def _holds_exactly(array: np.ndarray, dtype: str) -> bool:
    """Return whether every number is exactly representable in `dtype`. Complex numbers never count
    as real ones."""
    kinds = array.dtype.kind, np.dtype(dtype).kind
    if kinds[0] in "iu" and kinds[1] in "iu":
        bounds = np.iinfo(dtype)
        return array.size == 0 or (
            int(array.min()) >= bounds.min and int(array.max()) <= bounds.max
        )
    if kinds[0] == "c" and kinds[1] != "c":
        return False
    with np.errstate(all="ignore"):
        back = array.astype(dtype).astype(array.dtype)
    return bool(np.array_equal(back, array, equal_nan=kinds[0] in "fc"))


@dataclass(frozen=True, slots=True)
class NullType(Type):
    """The type of a derivative that does not exist; `reason` says why."""

    reason: str

    def __str__(self) -> str:
        return f"undefined ({self.reason})"


def broadcast_static(shapes: Sequence[tuple[int | None, ...]]) -> tuple[int | None, ...]:
    """Return NumPy's broadcast of known and unknown extents; ValueError where it provably fails."""
    ndim = max(map(len, shapes), default=0)
    padded = [(1,) * (ndim - len(shape)) + tuple(shape) for shape in shapes]
    result: list[int | None] = []
    for axis in range(ndim):
        extents = {shape[axis] for shape in padded}
        fixed = {extent for extent in extents if extent is not None and extent != 1}
        if len(fixed) > 1:
            raise ValueError(
                "shapes do not broadcast: " + ", ".join(str(shape) for shape in shapes)
            )
        if fixed:
            result.append(fixed.pop())
        else:
            result.append(None if None in extents else 1)
    return tuple(result)
