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
    numpy_protocols,
    reshaping,
    sorting,
    streams,
)
from symgraph.tensor.elementwise_methods import ElementwiseMethods
from symgraph.tensor.reduction_methods import ReductionMethods
from symgraph.tensor.selection_methods import SelectionMethods


class TensorOperators(Variable):
    """The methods of a tensor, as `MethodDeclarations` lists them; `install` adds them."""

    __slots__ = ()

    @property
    def shape(self) -> Any:
        """Return the extents as an int64 vector; one of them, `x.shape[0]`, reads no values.

        >>> x = T.dmatrix("x")
        >>> x.shape.eval({x: np.zeros((2, 3))})
        array([2, 3])
        """
        return manipulation.shape(self)

    @property
    def size(self) -> Variable:
        """Return the number of elements, an int64 scalar.

        Raises MemoryError, when the function runs, where there are more than any machine holds.

        >>> x = T.dmatrix("x")
        >>> x.size.eval({x: np.zeros((2, 3))})
        array(6)
        """
        return count_of(extents_of(self))

    @property
    def rng(self) -> SharedVariable:
        """Return the state of the random stream that the value is drawn from, a shared variable.

        Raises AttributeError where there is none, or several.

        >>> sg.RandomStreams(1).uniform((2,)).rng.get_value().dtype
        dtype('uint64')
        """
        return streams.stream_of(self)

    @property
    def update(self) -> tuple[SharedVariable, Variable]:
        """Return the state `rng` and what a draw makes of it, a pair for the updates of a function.

        Raises AttributeError where the value is drawn from no stream, or from several.

        >>> state, following = sg.RandomStreams(1).uniform((2,)).update
        >>> state.default_update is following
        True
        """
        state = self.rng
        return state, state.default_update  # type: ignore[return-value]

    @property
    def T(self) -> Variable:
        """Return the variable with its axes reversed, a view: see `T.transpose`.

        >>> T.constant([[1, 2], [3, 4]]).T.eval()
        array([[1, 3],
               [2, 4]])
        """
        return manipulation.transpose(self)

    @property
    def real(self) -> Variable:
        """Return the real part of each element: see `T.real`.

        >>> T.constant([1 + 2j]).real.eval()
        array([1.])
        """
        return s.real(self)

    @property
    def imag(self) -> Variable:
        """Return the imaginary part of each element: see `T.imag`.

        >>> T.constant([1 + 2j]).imag.eval()
        array([2.])
        """
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

    def __complex__(self) -> complex:
        return self.__float__()

    def __int__(self) -> int:
        return int(self.__float__())

    def __index__(self) -> int:
        return self.__int__()

    def __matmul__(self, other: Any) -> Variable:
        return linalg.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Variable:
        return linalg.matmul(other, self)

    def dot(self, other: Any) -> Variable:
        """Compute the product with another array, as `numpy.dot` does.

        other: an array of any rank.
        Returns the common dtype. Raises ValueError where shapes do not fit: see `T.dot`.

        >>> T.constant([[1, 2], [3, 4]]).dot([1, 1]).eval()
        array([3, 7])
        """
        return linalg.dot(self, other)

    def dimshuffle(self, *order: Any) -> Variable:
        """Permute the axes, insert axes of extent 1 ('x') and drop those that are not named.

        order: for each axis of the result an axis of this variable, or 'x' for a new one.
        Returns a view. Raises TypeError, ValueError: see `T.dimshuffle`.

        >>> T.constant([1, 2]).dimshuffle(0, "x").eval()
        array([[1],
               [2]])
        """
        return manipulation.dimshuffle(self, *order)

    def transpose(self, *axes: Any) -> Variable:
        """Reverse the axes, or permute them into the given order.

        axes: a permutation of the axes, as separate arguments or as one sequence.
        Returns a view. Raises ValueError for what is no permutation: see `T.transpose`.

        >>> T.constant([[1, 2], [3, 4]]).transpose(1, 0).eval()
        array([[1, 3],
               [2, 4]])
        """
        return manipulation.transpose(self, *axes)

    def reshape(self, *shape: Any, ndim: int | None = None) -> Variable:
        """Give the elements, in C order, another shape.

        shape: extents as separate arguments, as one sequence or as an integer vector; one may be
            -1.
        ndim: the number of extents, needed where the shape is a vector of unknown length.
        Returns the dtype of this variable. Raises TypeError without a shape, ValueError where the
        numbers of elements differ, here or when the function runs: see `T.reshape`.

        >>> T.constant([1, 2, 3, 4]).reshape(2, -1).eval()
        array([[1, 2],
               [3, 4]])
        """
        if not shape:
            raise TypeError(f"reshape of {self} ({self.type}): a shape is needed, () for a scalar")
        given = list(shape)
        if len(given) == 2 and _is_shape(given[0]):
            # Theano's order: the shape, and behind it ndim.
            ndim = given.pop()
        return reshaping.reshape(self, given[0] if len(given) == 1 else given, ndim)

    def flatten(self, ndim: int = 1) -> Variable:
        """Join the last axes to one, so that `ndim` of them remain.

        ndim: 1 for a vector.
        Returns the elements in C order. Raises ValueError for more dimensions than there are.

        >>> T.constant([[1, 2], [3, 4]]).flatten().eval()
        array([1, 2, 3, 4])
        """
        return reshaping.flatten(self, ndim)

    def ravel(self) -> Variable:
        """Return all elements as a vector, in C order.

        >>> T.constant([[1, 2], [3, 4]]).ravel().eval()
        array([1, 2, 3, 4])
        """
        return reshaping.ravel(self)

    def squeeze(self, axis: Any = None) -> Variable:
        """Drop axes of extent 1.

        axis: an int, or several; None for all the axes known to have extent 1.
        Returns a view. Raises ValueError where an axis has another extent: see `T.squeeze`.

        >>> T.constant([[1, 2]]).squeeze(0).eval()
        array([1, 2])
        """
        return manipulation.squeeze(self, axis)

    def swapaxes(self, axis1: int, axis2: int) -> Variable:
        """Exchange two axes.

        axis1, axis2: the axes; negative ones count from the last.
        Returns a view. Raises ValueError for axes that are not there.

        >>> T.constant([[1, 2], [3, 4]]).swapaxes(0, 1).eval()
        array([[1, 3],
               [2, 4]])
        """
        return manipulation.swapaxes(self, axis1, axis2)

    def sort(self, axis: int | None = -1, kind: str = "quicksort", order: None = None) -> Variable:
        """Sort the elements along an axis: smallest first, nan last.

        axis: an int; None for the flattened array.
        kind, order: NumPy's; see `T.argsort`.
        Returns the dtype of this variable. Raises ValueError for another axis, kind or order.

        >>> T.constant([3, 1, 2]).sort().eval()
        array([1, 2, 3])
        """
        return sorting.sort(self, axis, kind, order)

    def argsort(
        self, axis: int | None = -1, kind: str = "quicksort", order: None = None
    ) -> Variable:
        """Return the indices, int64, that sort the elements along an axis.

        axis: an int; None for the flattened array.
        kind, order: NumPy's; see `T.argsort`.
        Raises ValueError for another axis, kind or order.

        >>> T.constant([3, 1, 2]).argsort().eval()
        array([1, 2, 0])
        """
        return sorting.argsort(self, axis, kind, order)

    def diagonal(self, offset: Any = 0, axis1: int = 0, axis2: int = 1) -> Variable:
        """Return the diagonals of the matrices on two axes, as the last axis of the result.

        offset: which diagonal: 0 for the main one, positive above it.
        axis1, axis2: the axes on which the matrices lie.
        Raises TypeError for fewer than two dimensions, ValueError for equal axes.

        >>> T.constant([[1, 2], [3, 4]]).diagonal().eval()
        array([1, 4])
        """
        return diagonals.diagonal(self, offset, axis1, axis2)


def _is_shape(value: Any) -> bool:
    return isinstance(value, list | tuple) or (isinstance(value, Variable) and value.ndim == 1)


METHODS = (TensorOperators, ElementwiseMethods, ReductionMethods, SelectionMethods)


def install() -> None:
    """Give variables these methods. Called once, when `symgraph.tensor` is imported."""
    for methods in METHODS:
        for name, value in vars(methods).items():
            if name not in ("__slots__", "__module__", "__doc__", "__annotations__"):
                setattr(Variable, name, value)
    tell_methods(Variable)
