"""Draws of random numbers from a state that is a value: NumPy's RandomState or Generator."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, Op, TensorType, Type, Variable
from symgraph.graph.other_types import GeneratorType, NoneTypeT, RandomStateType
from symgraph.ops.constant import as_tensor

# A draw: the name of a method of both classes, or a function of the generator, the parameters and
# `size`, a tuple or None.
Draw = str | Callable[..., Any]


class RandomFunction(Op):
    """Draw from a state: the inputs are the state, a size (a vector of integers, or None) and the
    parameters; the outputs are the next state and the numbers drawn.

    fn: a method of NumPy's generators by its name, called with the parameters and `size`; or a
        function of the generator, the parameters and `size`.
    outtype: the type of the numbers. ndim_added: how many axes they have behind those of `size`.
    The state given is not changed.
    """

    __props__: tuple[str, ...] = ("fn", "outtype", "ndim_added")

    def __init__(self, fn: Draw, outtype: TensorType, ndim_added: int = 0) -> None:
        if not (isinstance(fn, str) or callable(fn)):
            raise TypeError(f"RandomFunction takes a function or the name of one, not {fn!r}")
        self.fn = fn
        self.outtype = outtype
        self.ndim_added = ndim_added

    def __str__(self) -> str:
        name = self.fn if isinstance(self.fn, str) else getattr(self.fn, "__name__", repr(self.fn))
        return f"RandomFunction{{{name}}}"

    __repr__ = __str__

    def make_node(self, *inputs: Any) -> Apply:
        state, size, *parameters = inputs
        if not isinstance(getattr(state, "type", None), RandomStateType | GeneratorType):
            raise TypeError(
                f"{self} draws from the state of a generator, not from {state}; write"
                " shared(numpy.random.RandomState(seed)), or see T.shared_randomstreams"
            )
        if not (isinstance(size, Variable) and isinstance(size.type, NoneTypeT)):
            size = as_tensor(size)
            if size.type.ndim != 1 or np.dtype(size.type.dtype).kind not in "iu":
                raise TypeError(f"{self}: the size is a vector of integers, not a {size.type}")
        return super().make_node(state, size, *map(as_tensor, parameters))

    def output_types(self, *inputs: Variable) -> Sequence[Type]:
        return [inputs[0].type, self.outtype]

    def perform(self, node: Apply, state: Any, size: Any, *parameters: np.ndarray) -> Any:
        state = node.inputs[0].type.copy_value(state)
        shape = None if size is None else tuple(map(int, size))
        drawn = np.asarray(self.drawn(state, parameters, shape)).astype(self.outtype.dtype)
        if drawn.ndim != self.outtype.ndim:
            raise ValueError(
                f"{self} gave {drawn.ndim} dimensions, shape {drawn.shape}, where"
                f" {self.outtype.ndim} were expected"
            )
        return state, drawn

    def drawn(
        self, state: Any, parameters: Sequence[np.ndarray], size: tuple[int, ...] | None
    ) -> Any:
        """Return the numbers, drawn from a state, which changes."""
        if isinstance(self.fn, str):
            return getattr(state, self.fn)(*parameters, size=size)
        return self.fn(state, *parameters, size=size)


# --- functions of a generator, named as in `symgraph.tensor.raw_random` ---


def random_integers(state: Any, low: np.ndarray, high: np.ndarray, size: Any) -> Any:
    """Draw integers from `low` to `high`, both included, one after the other."""
    draw = _integers(state)
    if not low.ndim and not high.ndim:
        return draw(int(low), int(high) + 1, size)
    shape = np.broadcast_shapes(low.shape, high.shape) if size is None else size
    lows, highs = np.broadcast_to(low, shape), np.broadcast_to(high, shape)
    out = np.empty(shape, "int64")
    for at in np.ndindex(*shape):
        out[at] = draw(int(lows[at]), int(highs[at]) + 1)
    return out


def _integers(state: Any) -> Callable[..., Any]:
    if isinstance(state, np.random.Generator):
        return state.integers
    return lambda *given: state.randint(*given, dtype="int64")


def choice(state: Any, a: np.ndarray, replace: np.ndarray, p: Any, size: Any) -> Any:
    """Choose entries of the vector `a`, or integers below the number `a`."""
    values = a if a.ndim else int(a)
    return state.choice(values, size, bool(replace), p if p.size else None)


def permutation(state: Any, n: np.ndarray, size: Any) -> Any:
    """Draw permutations of the integers below `n`."""
    shape = size or ()
    out = np.empty((*shape, int(n)), "int64")
    for at in np.ndindex(*shape):
        out[at] = state.permutation(int(n))
    return out


def multinomial(state: Any, n: np.ndarray, pvals: np.ndarray, size: Any) -> Any:
    """Draw counts of the categories along the last axis of `pvals` in `n` experiments each."""
    shape = np.broadcast_shapes(n.shape, pvals.shape[:-1]) if size is None else size
    counts = np.broadcast_to(n, shape)
    chances = np.broadcast_to(pvals.astype("float64"), (*shape, pvals.shape[-1]))
    out = np.empty(chances.shape, "int64")
    for at in np.ndindex(*shape):
        out[at] = state.multinomial(int(counts[at]), chances[at])
    return out
