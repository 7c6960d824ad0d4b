"""`theano.tensor.raw_random`: draws from a state that is a value, in Theano's forms."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.compat.theano.lookup import resolver
from symgraph.graph import Apply, Constant, TensorType, Variable
from symgraph.graph.other_types import NoneConst
from symgraph.ops import raw_random as draws
from symgraph.ops.constant import as_tensor
from symgraph.ops.shape import known_extent
from symgraph.tensor import raw_random as natively
from symgraph.tensor.sizes import common_extents

_find, __dir__ = resolver(
    __name__, "symgraph.tensor.raw_random", "symgraph.graph.other_types", "symgraph.ops.raw_random"
)


class _Kind(type):
    """The class of a class of which those are that its native base has made, too."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, draws.RandomFunction)


class RandomFunction(draws.RandomFunction, metaclass=_Kind):
    """Draw from a state by a function of Theano's form: see `symgraph.ops.raw_random`.

    fn: the name of a method of NumPy's RandomState; or a function of the state, the parameters and
        the size, the last of them by position. An empty size is that of the parameters.
    outtype, ndim_added: the type of the numbers, and how many axes they have besides those of the
        size.
    inplace: Theano's; the state that is given is left as it is in any case.

    >>> from symgraph.compat.theano.tensor.raw_random import RandomFunction
    >>> draw = RandomFunction(np.random.RandomState.uniform, T.dvector().type)
    >>> draw(sg.shared(np.random.RandomState(1)), (3,), 2.0, 2.0)[1].eval()
    array([2., 2., 2.])
    """

    __props__ = ("fn", "outtype", "inplace", "ndim_added")

    def __init__(
        self, fn: draws.Draw, outtype: TensorType, inplace: bool = False, ndim_added: int = 0
    ) -> None:
        super().__init__(fn, outtype, ndim_added)
        self.inplace = inplace
        if inplace:
            self.destroy_map = {0: [0]}

    def make_node(self, *inputs: Any) -> Apply:
        state, size, *parameters = inputs
        size = as_tensor(np.asarray(size, "int64") if isinstance(size, tuple | list) else size)
        if isinstance(size, Constant) and not size.data.size:
            size = NoneConst
        return super().make_node(state, size, *parameters)

    def drawn(
        self, state: Any, parameters: Sequence[np.ndarray], size: tuple[int, ...] | None
    ) -> Any:
        """Return the numbers, drawn from a state, which changes."""
        function = getattr(np.random.RandomState, self.fn) if isinstance(self.fn, str) else self.fn
        numbers = np.asarray(function(state, *parameters, size))
        if size is None:
            # NumPy gives a number for parameters of no axes.
            return numbers.reshape((1,) * self.outtype.ndim) if not numbers.ndim else numbers
        if numbers.shape[: numbers.ndim - self.ndim_added] != size:
            raise ValueError(
                f"{self} gave numbers of shape {numbers.shape}, where the size is {size} and"
                f" ndim_added is {self.ndim_added}"
            )
        return numbers


def choice(
    random_state: Variable,
    size: Any = None,
    a: Any = 2,
    replace: Any = True,
    p: Any = None,
    ndim: int | None = None,
    dtype: Any = "int64",
) -> list[Variable]:
    """Choose entries of a vector: see `symgraph.tensor.raw_random.choice`.

    p: the probability of each entry; equal ones for None, 0 and an empty list.
    The others are those of symgraph's.

    >>> from symgraph.compat.theano.tensor.raw_random import choice
    >>> choice(sg.shared(np.random.RandomState(1)), (2,), [7, 7], True, 0)[1].eval()
    array([7, 7])
    """
    given = p if isinstance(p, Variable | np.ndarray) else p or None
    return natively.choice(random_state, size, a, replace, given, ndim, dtype)


def choice_helper(random_state: Any, a: np.ndarray, replace: Any, p: Any, size: Any) -> Any:
    """Choose entries of the vector `a`, or integers below the number `a`, of equal probabilities
    where `p` is empty."""
    return draws.choice(random_state, np.asarray(a), replace, np.asarray(p), size)


def permutation_helper(random_state: Any, n: np.ndarray, shape: Any) -> Any:
    """Draw permutations of the integers below `n`."""
    return draws.permutation(random_state, n, shape)


def multinomial_helper(random_state: Any, n: np.ndarray, pvals: np.ndarray, size: Any) -> Any:
    """Draw counts of the categories along the last axis of `pvals`, in `n` experiments each."""
    return draws.multinomial(random_state, n, pvals, size)


def random_integers_helper(random_state: Any, low: np.ndarray, high: np.ndarray, size: Any) -> Any:
    """Draw integers from `low` to `high`, both included, one after the other."""
    return draws.random_integers(random_state, low, high, size)


def _infer_ndim_bcast(
    ndim: int | None, shape: Any, *args: Any
) -> tuple[int, Variable, tuple[bool, ...]]:
    """Return the number of axes of a size, the size as a vector, and for each axis whether its
    extent is known to be 1. Programs that draw from distributions of their own import it."""
    extents = common_extents(shape, [as_tensor(value) for value in args], ndim, "random numbers")
    vector = as_tensor(extents) if extents else as_tensor(np.zeros(0, "int64"))
    return len(extents), vector, tuple(known_extent(extent) == 1 for extent in extents)


def __getattr__(name: str) -> Any:
    return _find(name)
