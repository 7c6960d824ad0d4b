"""The methods of a symbolic tensor that reduce it, or ask where its elements are not zero."""

from typing import Any

from symgraph.graph import Variable
from symgraph.tensor import diagonals, masks, reduction


class ReductionMethods(Variable):
    """Methods that `MethodDeclarations` lists, as `TensorOperators` are."""

    __slots__ = ()

    def sum(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
    ) -> Variable:
        """Compute the sum of the elements over the given axes.

        axis: None for all axes, an int, or a sequence of ints.
        dtype: of the result; otherwise this one, or 64 bits for smaller integers and truth values.
        keepdims: whether the axes stay, with extent 1.
        acc_dtype: in which the sum is computed: see `T.sum`.
        Returns the array without those axes. Raises ValueError for an axis out of range.

        >>> T.constant([[1, 2], [3, 4]]).sum(axis=0).eval()
        array([4, 6])
        """
        return reduction.sum(self, axis, dtype, keepdims, acc_dtype)

    def prod(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
    ) -> Variable:
        """Compute the product of the elements over the given axes.

        axis, dtype, keepdims, acc_dtype: as in `sum`.
        Returns the array without those axes. Raises ValueError for an axis out of range.

        >>> T.constant([[1, 2], [3, 4]]).prod(axis=1).eval()
        array([ 2, 12])
        """
        return reduction.prod(self, axis, dtype, keepdims, acc_dtype)

    def mean(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
    ) -> Variable:
        """Compute the mean of the elements over the given axes.

        axis, keepdims, acc_dtype: as in `sum`. dtype: of the result; otherwise this one, or
            float64 for integers.
        Returns the array without those axes. Raises ValueError for an axis out of range.

        >>> T.constant([[1, 2], [3, 4]]).mean(axis=0).eval()
        array([2., 3.])
        """
        return reduction.mean(self, axis, dtype, keepdims, acc_dtype)

    def var(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Variable:
        """Compute the variance of the elements over the given axes.

        axis, keepdims: as in `sum`.
        ddof: the sum of squares is divided by the number of elements less ddof.
        Returns the array without those axes, of integers in float64. Raises ValueError for an axis
        out of range.

        >>> T.constant([1.0, 2.0, 3.0, 4.0]).var().eval()
        array(1.25)
        """
        return reduction.var(self, axis, ddof, keepdims=keepdims)

    def std(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Variable:
        """Compute the standard deviation of the elements over the given axes: the root of `var`.

        axis, ddof, keepdims: as in `var`.
        Returns the array without those axes. Raises ValueError for an axis out of range.

        >>> T.constant([1.0, 3.0]).std().eval()
        array(1.)
        """
        return reduction.std(self, axis, ddof, keepdims=keepdims)

    def norm(self, L: Any = None, axis: Any = None, keepdims: bool = False) -> Variable:
        """Compute a vector norm over the given axes: sum(|x| ** L) ** (1 / L).

        L: the order, 2 unless given: see `T.norm`.
        axis, keepdims: as in `sum`.
        Returns floats, the array without those axes. Raises ValueError for another order or axis.

        >>> T.constant([3.0, 4.0]).norm().eval()
        array(5.)
        """
        return reduction.norm(self, L, axis, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """Compute the maximum of the elements over the given axes; nan where there is one.

        axis, keepdims: as in `sum`.
        Returns the array without those axes. Raises ValueError for an axis out of range or empty.

        >>> T.constant([[1, 5], [3, 4]]).max(axis=0).eval()
        array([3, 5])
        """
        return reduction.max(self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """Compute the minimum of the elements over the given axes; nan where there is one.

        axis, keepdims: as in `sum`.
        Returns the array without those axes. Raises ValueError for an axis out of range or empty.

        >>> T.constant([[1, 5], [3, 4]]).min(axis=0).eval()
        array([1, 4])
        """
        return reduction.min(self, axis, keepdims)

    def nonzero(self, return_matrix: bool = False) -> Any:
        """Return the indices of the elements that are not zero, in C order.

        return_matrix: whether the index vectors are returned as rows of one int64 matrix.
        Returns a tuple of int64 vectors, one for each axis. Raises TypeError for a scalar.

        >>> T.constant([[0, 3], [5, 0]]).nonzero(return_matrix=True).eval()
        array([[0, 1],
               [1, 0]])
        """
        return masks.nonzero(self, return_matrix)

    def argmax(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """Return the index of the first maximum over the given axes.

        axis, keepdims: as for `symgraph.tensor.argmax`.
        Returns int64. Raises ValueError for an axis out of range or empty.

        >>> T.constant([[1, 5], [7, 4]]).argmax(axis=1).eval()
        array([1, 0])
        """
        return reduction.argmax(self, axis, keepdims)

    def argmin(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """Return the index of the first minimum over the given axes.

        axis, keepdims: as for `symgraph.tensor.argmin`.
        Returns int64. Raises ValueError for an axis out of range or empty.

        >>> T.constant([[1, 5], [7, 4]]).argmin(axis=1).eval()
        array([0, 1])
        """
        return reduction.argmin(self, axis, keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """Test whether all elements over the given axes are true, that is not zero.

        axis, keepdims: as in `sum`.
        Returns truth values, dtype bool. Raises ValueError for an axis out of range.

        >>> T.constant([[True, False], [True, True]]).all(axis=1).eval()
        array([False,  True])
        """
        return reduction.all(self, axis, keepdims)

    def any(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """Test whether any element over the given axes is true, that is not zero.

        axis, keepdims: as in `sum`.
        Returns truth values, dtype bool. Raises ValueError for an axis out of range.

        >>> T.constant([[True, False], [False, False]]).any(axis=1).eval()
        array([ True, False])
        """
        return reduction.any(self, axis, keepdims)

    def trace(self, offset: Any = 0, axis1: int = 0, axis2: int = 1) -> Variable:
        """Compute the sum of a diagonal of the matrices on two axes.

        offset, axis1, axis2: which diagonal, as in `diagonal`.
        Returns the array without those axes. Raises as `diagonal` does.

        >>> T.constant([[1, 2], [3, 4]]).trace().eval()
        array(5)
        """
        return diagonals.trace(self, offset, axis1, axis2)
