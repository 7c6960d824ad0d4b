"""The methods of a symbolic tensor that accumulate, search and select."""

from typing import Any

from symgraph.graph import Variable
from symgraph.tensor import accumulation, counting, indexing, masks, reduction, repeating, selection


class SelectionMethods(Variable):
    """Methods that `MethodDeclarations` lists, as `TensorOperators` are."""

    __slots__ = ()

    def cumsum(self, axis: Any = None, dtype: Any = None) -> Variable:
        """Add up the elements along an axis: each becomes the sum of those up to it.

        axis: an int; None for the flattened array.
        dtype: of the result; otherwise this one, or 64 bits for smaller integers and truth values.
        Returns this shape, or a vector for axis None. Raises ValueError for another axis.

        >>> T.constant([1, 2, 3]).cumsum().eval()
        array([1, 3, 6])
        """
        return accumulation.cumsum(self, axis, dtype)

    def cumprod(self, axis: Any = None, dtype: Any = None) -> Variable:
        """Multiply the elements along an axis: each becomes the product of those up to it.

        axis, dtype: as in `cumsum`.
        Returns this shape, or a vector for axis None. Raises ValueError for another axis.

        >>> T.constant([1, 2, 3, 4]).cumprod().eval()
        array([ 1,  2,  6, 24])
        """
        return accumulation.cumprod(self, axis, dtype)

    def ptp(self, axis: Any = None) -> Variable:
        """Compute the maximum less the minimum over the given axes.

        axis: None for all axes, an int, or a sequence of ints.
        Returns the array without those axes. Raises ValueError for an axis out of range or empty.

        >>> T.constant([1, 7, 4]).ptp().eval()
        array(6)
        """
        return reduction.ptp(self, axis)

    def compress(self, condition: Any, axis: int | None = None) -> Variable:
        """Select along an axis what a vector of truth values says: see `T.compress`.

        condition: a vector of truth values, or of numbers, of which 0 is false.
        axis: an int; None for the flattened array.
        Returns this dtype. Raises TypeError for what is no vector, ValueError for another axis.

        >>> T.constant([10, 20, 30]).compress([False, True, True]).eval()
        array([20, 30])
        """
        return selection.compress(condition, self, axis)

    def choose(self, choices: Any, mode: str = "raise") -> Variable:
        """Choose each element from one of several arrays, whose number stands here.

        choices: a sequence of arrays, or an array whose first axis counts them.
        mode: numbers that no array has 'raise', 'wrap' or 'clip'.
        Returns the common dtype of the choices. Raises TypeError, ValueError: see `T.choose`.

        >>> T.constant([1, 0]).choose([[10, 20], [30, 40]]).eval()
        array([30, 20])
        """
        return selection.choose(self, choices, mode)

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Variable:
        """Return for each value where it would be put into this sorted vector.

        v: the values, of any shape.
        side: before equal numbers, 'left', or behind them, 'right'.
        sorter: the integers that sort this vector, where it is not sorted.
        Returns int64, of the shape of v. Raises TypeError, ValueError: see `T.searchsorted`.

        >>> T.constant([1, 3, 5]).searchsorted([0, 3, 6]).eval()
        array([0, 1, 3])
        """
        return counting.searchsorted(self, v, side, sorter)

    def nonzero_values(self) -> Variable:
        """Return the elements that are not zero, in C order: a vector.

        Raises TypeError for a scalar.

        >>> T.constant([[0, 3], [5, 0]]).nonzero_values().eval()
        array([3, 5])
        """
        return masks.nonzero_values(self)

    def repeat(self, repeats: Any, axis: int | None = None) -> Variable:
        """Repeat each element along an axis.

        repeats: how often: an integer, or a vector with one for each place on the axis.
        axis: an int; None for the flattened array.
        Returns the dtype of this variable. Raises TypeError, ValueError: see `T.repeat`.

        >>> T.constant([1, 2]).repeat(2).eval()
        array([1, 1, 2, 2])
        """
        return repeating.repeat(self, repeats, axis)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> Variable:
        """Select elements by integer indices along an axis.

        indices: integers of any shape, which takes the place of the axis in the result.
        axis: an int; None for the flattened array.
        mode: what indices out of bounds do: 'raise', 'wrap' or 'clip'.
        Returns the dtype of this variable. Raises TypeError, ValueError, IndexError: see `T.take`.

        >>> T.constant([10, 20, 30]).take([2, 0]).eval()
        array([30, 10])
        """
        return indexing.take(self, indices, axis, mode)

    def set(self, y: Any) -> Variable:
        """Return what this was selected from, with y in place of the selection.

        y: what is written there; it broadcasts to this shape.
        Raises TypeError where this is no selection: see `T.set_subtensor`.

        >>> T.constant([1, 2, 3])[1:].set(0).eval()
        array([1, 0, 0])
        """
        return indexing.set_subtensor(self, y)

    def inc(self, y: Any) -> Variable:
        """Return what this was selected from, with y added to the selection.

        y: what is added there; it broadcasts to this shape.
        Raises TypeError where this is no selection: see `T.inc_subtensor`.

        >>> T.constant([1, 2, 3])[1:].inc(5).eval()
        array([1, 7, 8])
        """
        return indexing.inc_subtensor(self, y)
