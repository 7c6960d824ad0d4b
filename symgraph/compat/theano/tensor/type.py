"""`theano.tensor.type`: `TensorType` with Theano's arguments."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from symgraph.compat.theano.aliases import AliasOfState
from symgraph.compat.theano.lookup import resolver
from symgraph.graph import TensorType as NativeType

__getattr__, __dir__ = resolver(__name__)


class TensorType(metaclass=AliasOfState):
    """Represent arrays of one dtype and rank: symgraph's type, of Theano's arguments.

    dtype: its name. broadcastable: for each axis whether its extent is 1.
    name, sparse_grad: Theano's, which make no difference. shape: symgraph's, in place of
        broadcastable.

    >>> from symgraph.compat.theano.tensor.type import TensorType
    >>> TensorType("float64", [np.bool_(False), True], name="row").shape
    (None, 1)
    """

    native = NativeType
    # Whether `filter` refuses infinite values and nan; a program may set it.
    filter_checks_isfinite = False

    @staticmethod
    def values_eq(a: Any, b: Any, force_same_dtype: bool = True) -> bool:
        """Test whether two arrays are equal, nan to nan; by `force_same_dtype` in dtype, too."""
        a, b = np.asarray(a), np.asarray(b)
        if a.shape != b.shape or (force_same_dtype and a.dtype != b.dtype):
            return False
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))

    @staticmethod
    def values_eq_approx(a: Any, b: Any, *args: Any, **kwargs: Any) -> bool:
        """Test whether two arrays are equal but for rounding: see the function of this name."""
        return values_eq_approx(a, b, *args, **kwargs)

    @classmethod
    def make(
        cls,
        dtype: Any,
        broadcastable: Iterable[Any] | None = None,
        name: str | None = None,
        sparse_grad: bool = False,
        *,
        shape: Iterable[int | None] | None = None,
    ) -> NativeType:
        """Return the type."""
        if shape is not None:
            return NativeType(dtype, shape)
        if broadcastable is None:
            raise TypeError("TensorType takes a broadcastable pattern: one flag for each axis")
        return NativeType(dtype, broadcastable=[bool(flag) for flag in broadcastable])


def values_eq_approx(
    a: Any,
    b: Any,
    allow_remove_inf: bool = False,
    allow_remove_nan: bool = False,
    rtol: float | None = None,
    atol: float | None = None,
) -> bool:
    """Test whether two arrays are equal but for rounding: see `TensorType.values_eq_approx`.

    >>> from symgraph.compat.theano.tensor.type import values_eq_approx
    >>> values_eq_approx(np.ones(2), np.ones(2) + 1e-14)
    True
    """
    a = np.asarray(a)
    kind = NativeType(a.dtype, (None,) * a.ndim)
    if allow_remove_inf and a.dtype.kind == "f" and a.shape == np.shape(b):
        # Whatever is where `a` is infinite, also infinity of the other sign.
        b = np.where(np.isinf(a), a, b)
    return bool(kind.values_eq_approx(a, b, allow_remove_inf, allow_remove_nan, rtol, atol))


def values_eq_approx_remove_inf(a: Any, b: Any) -> bool:
    """Test as `values_eq_approx`, leaving out where only `a` is infinite."""
    return values_eq_approx(a, b, True)


def values_eq_approx_remove_nan(a: Any, b: Any) -> bool:
    """Test as `values_eq_approx`, leaving out where only `a` is nan."""
    return values_eq_approx(a, b, False, True)


def values_eq_approx_remove_inf_nan(a: Any, b: Any) -> bool:
    """Test as `values_eq_approx`, leaving out where only `a` is infinite or nan."""
    return values_eq_approx(a, b, True, True)


def values_eq_approx_always_true(a: Any, b: Any) -> bool:
    """Return True: for values that nobody compares."""
    return True
