"""The methods of a symbolic tensor, and the operators beyond arithmetic."""

from collections.abc import Iterator
from typing import Any

from symgraph.graph import SharedVariable, Variable, tell_methods
from symgraph.ops import scalar_table as s
from symgraph.ops.broadcast import count_of
from symgraph.ops.shape import extents_of
from symgraph.tensor import (
    diagonals,
    indexing,
    linalg,
    manipulation,
    masks,
    numpy_protocols,
    reduction,
    repeating,
    reshaping,
    sorting,
    streams,
)


class TensorOperators(Variable):
    """The methods of a tensor, as `symgraph.graph.Variable` declares them; `install` adds them."""

    __slots__ = ()

    @property
    def shape(self) -> Any:
        """The extents as an int64 vector; one of them, `x.shape[0]`, reads no values."""
        return manipulation.shape(self)

    @property
    def size(self) -> Variable:
        """The number of elements. MemoryError, when the function runs, where there are more than
        any machine holds."""
        return count_of(extents_of(self))

    @property
    def rng(self) -> SharedVariable:
        """The state of the random stream that the value is drawn from. Raises AttributeError where
        there is none, or several."""
        return streams.stream_of(self)

    @property
    def update(self) -> tuple[SharedVariable, Variable]:
        """The state `rng` and what a draw makes of it."""
        state = self.rng
        return state, state.default_update  # type: ignore[return-value]

    @property
    def T(self) -> Variable:
        return manipulation.transpose(self)

    @property
    def real(self) -> Variable:
        return s.real(self)

    @property
    def imag(self) -> Variable:
        return s.imag(self)

    def __bool__(self) -> bool:
        raise TypeError(
            f"{self} is symbolic and has no truth value before it is computed; choose with"
            " switch(condition, a, b), compare variables with eq(a, b) or `is`"
        )

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError(f"{self} ({self.type}) is a scalar and has no length")
        length = self.type.shape[0]
        if length is None:
            raise TypeError(f"the length of {self} ({self.type}) is not known; use x.shape[0]")
        return length

    def __iter__(self) -> Iterator[Variable]:
        try:
            length = len(self)
        except TypeError as error:
            raise TypeError(f"cannot iterate: {error}") from None
        return (indexing.getitem(self, position) for position in range(length))

    def __contains__(self, value: Any) -> bool:
        # Python would ask by iteration and ==, which compares variables by identity.
        raise TypeError(
            f"{self} is symbolic, so what it contains is not known before it is computed; write"
            " any(eq(x, value))"
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **keywords: Any) -> Any:
        return numpy_protocols.of_ufunc(ufunc, method, operands, keywords)

    def __array_function__(self, function: Any, types: Any, operands: Any, keywords: Any) -> Any:
        return numpy_protocols.of_function(function, operands, keywords)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(numpy_protocols.is_symbolic(self))

    def __getitem__(self, index: Any) -> Variable:
        return indexing.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            f"{self} is symbolic and cannot be assigned to; write"
            " y = set_subtensor(x[index], value)"
        )

    def __float__(self) -> float:
        raise TypeError(f"{self} is symbolic; its value is {self}.eval()")

    __int__ = __index__ = __complex__ = __float__

    def __matmul__(self, other: Any) -> Variable:
        return linalg.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Variable:
        return linalg.matmul(other, self)

    def dot(self, other: Any) -> Variable:
        return linalg.dot(self, other)

    def dimshuffle(self, *order: Any) -> Variable:
        return manipulation.dimshuffle(self, *order)

    def transpose(self, *axes: Any) -> Variable:
        return manipulation.transpose(self, *axes)

    def reshape(self, *shape: Any, ndim: int | None = None) -> Variable:
        if not shape:
            raise TypeError(f"reshape of {self} ({self.type}): a shape is needed, () for a scalar")
        given = list(shape)
        if len(given) == 2 and _is_shape(given[0]):
            # Theano's order: the shape, and behind it ndim.
            ndim = given.pop()
        return reshaping.reshape(self, given[0] if len(given) == 1 else given, ndim)

    def flatten(self, ndim: int = 1) -> Variable:
        return reshaping.flatten(self, ndim)

    def ravel(self) -> Variable:
        return reshaping.ravel(self)

    def squeeze(self, axis: Any = None) -> Variable:
        return manipulation.squeeze(self, axis)

    def swapaxes(self, axis1: int, axis2: int) -> Variable:
        return manipulation.swapaxes(self, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Variable:
        return repeating.repeat(self, repeats, axis)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> Variable:
        return indexing.take(self, indices, axis, mode)

    def sort(self, axis: int | None = -1, kind: str = "quicksort", order: None = None) -> Variable:
        return sorting.sort(self, axis, kind, order)

    def argsort(
        self, axis: int | None = -1, kind: str = "quicksort", order: None = None
    ) -> Variable:
        return sorting.argsort(self, axis, kind, order)

    def diagonal(self, offset: Any = 0, axis1: int = 0, axis2: int = 1) -> Variable:
        return diagonals.diagonal(self, offset, axis1, axis2)

    def trace(self, offset: Any = 0, axis1: int = 0, axis2: int = 1) -> Variable:
        return diagonals.trace(self, offset, axis1, axis2)

    def astype(self, dtype: Any) -> Variable:
        """Converted to the dtype, as by `cast`."""
        return s.cast(self, dtype)

    def copy(self) -> Variable:
        return s.identity(self)

    def fill(self, value: Any) -> Variable:
        return s.second(self, value)

    def clip(self, low: Any, high: Any) -> Variable:
        return s.clip(self, low, high)

    def round(self) -> Variable:
        return s.round(self)

    def conj(self) -> Variable:
        return s.conj(self)

    def sum(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Variable:
        return reduction.sum(self, axis, dtype, keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Variable:
        return reduction.prod(self, axis, dtype, keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Variable:
        return reduction.mean(self, axis, dtype, keepdims)

    def var(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Variable:
        return reduction.var(self, axis, ddof, keepdims=keepdims)

    def std(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Variable:
        return reduction.std(self, axis, ddof, keepdims=keepdims)

    def norm(self, L: Any = None, axis: Any = None, keepdims: bool = False) -> Variable:
        return reduction.norm(self, L, axis, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Variable:
        return reduction.max(self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Variable:
        return reduction.min(self, axis, keepdims)

    def nonzero(self, return_matrix: bool = False) -> Any:
        return masks.nonzero(self, return_matrix)

    def argmax(self, axis: Any = None, keepdims: bool = False) -> Variable:
        return reduction.argmax(self, axis, keepdims)

    def argmin(self, axis: Any = None, keepdims: bool = False) -> Variable:
        return reduction.argmin(self, axis, keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Variable:
        return reduction.all(self, axis, keepdims)

    def any(self, axis: Any = None, keepdims: bool = False) -> Variable:
        return reduction.any(self, axis, keepdims)


def _is_shape(value: Any) -> bool:
    return isinstance(value, list | tuple) or (isinstance(value, Variable) and value.ndim == 1)


def install() -> None:
    """Give variables these methods. Called once, when `symgraph.tensor` is imported."""
    for name, value in vars(TensorOperators).items():
        if name not in ("__slots__", "__module__", "__doc__", "__annotations__"):
            setattr(Variable, name, value)
    tell_methods(Variable)
