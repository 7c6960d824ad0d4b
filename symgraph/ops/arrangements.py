"""Random choices among several categories: single draws, counts of draws, and random orders."""

import math
from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply, Extent, NotDifferentiable, Op, TensorType, Variable
from symgraph.ops.constant import constant, number
from symgraph.ops.distributions import JUMPS, ElementBits, positive
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.philox import low_words, philox_low
from symgraph.ops.random import STATE, RandomOp, next_state
from symgraph.ops.rejection import binomial_sample, positive53
from symgraph.ops.scalar_table import gt, log, switch
from symgraph.ops.shape import extents_of
from symgraph.ops.sorting import ArgSort
from symgraph.ops.subtensor import Subtensor

Extents = Sequence[tuple[Extent, ...]]


def _refuse(what: str, parameter: str) -> NotDifferentiable:
    return NotDifferentiable(f"samples of {what} have no derivative by {parameter}: {JUMPS}")


class Categorical(Op):
    """The first category at which the cumulative sum of probabilities exceeds u times their whole
    sum.

    Inputs are uniform numbers u and the probabilities, along an additional last axis; the result is
    int64. The leading extents of both are equal.
    """

    def make_node(self, u: Variable, pvals: Variable) -> Apply:
        node = super().make_node(u, pvals)
        set_keys(node.outputs[0], extent_keys(u))
        return node

    def output_types(self, u: Variable, pvals: Variable) -> Sequence[TensorType]:
        if pvals.type.ndim != u.type.ndim + 1 or pvals.type.dtype != u.type.dtype:
            raise TypeError(f"multinomial: {pvals} ({pvals.type}) does not fit {u} ({u.type})")
        if np.dtype(u.type.dtype).kind != "f":
            raise TypeError(f"multinomial: probabilities are real numbers, not {pvals.type}")
        if pvals.type.shape[-1] == 0:
            raise ValueError("multinomial: there are no categories")
        return [u.type.clone(dtype="int64")]

    def perform(self, node: Apply, u: np.ndarray, pvals: np.ndarray) -> tuple[np.ndarray, ...]:
        if u.shape != pvals.shape[:-1]:
            raise ValueError(f"multinomial: probabilities of shape {pvals.shape} for {u.shape}")
        count = pvals.shape[-1]
        if count == 0:
            raise ValueError("multinomial: there are no categories")
        work = pvals.astype("float64")
        # One after the other, as in compiled loops, so that rounding agrees.
        sums = np.cumsum(work, axis=-1)
        limit = u.astype("float64") * sums[..., -1]
        chosen = (sums <= limit[..., None]).sum(axis=-1)
        return (np.asarray(np.minimum(chosen, count - 1), "int64"),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0]]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        raise _refuse("multinomial", "pvals")

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None]


class Multinomial(RandomOp):
    """The number of times that each category occurs in `n` attempts.

    Inputs are the state, n (float64) and probabilities (float64) along an additional last axis. The
    counts are binomial numbers, each among the attempts that the categories before it left:
    category k of row r takes its bits from the counter c + r K + k.
    """

    def output_types(self, state: Variable, n: Variable, pvals: Variable) -> Sequence[TensorType]:
        if pvals.type.ndim != n.type.ndim + 1:
            raise TypeError(f"multinomial: {pvals} ({pvals.type}) does not fit {n} ({n.type})")
        if not n.type.dtype == pvals.type.dtype == "float64":
            raise TypeError("multinomial: n and pvals are computed with in float64")
        if pvals.type.shape[-1] == 0:
            raise ValueError("multinomial: there are no categories")
        return [STATE, pvals.type.clone(dtype="int64")]

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        set_keys(node.outputs[1], extent_keys(inputs[2]))
        return node

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        state, n, pvals = values
        if n.shape != pvals.shape[:-1]:
            raise ValueError(f"multinomial: probabilities of shape {pvals.shape} for {n.shape}")
        count = pvals.shape[-1]
        rows = pvals.reshape(-1, count)
        result = np.empty(rows.shape, "int64")
        left, rest = n.ravel().copy(), np.zeros(len(rows))
        for k in range(count):
            rest = rest + rows[:, k]
        first = state[1] + np.arange(len(rows), dtype="uint64") * np.uint64(count)
        for k in range(count):
            with np.errstate(all="ignore"):
                p = np.where(rest > 0, np.clip(rows[:, k] / rest, 0, 1), 0.0)
            drawn = binomial_sample(state[0], first + np.uint64(k), np.uint64(0), left, p)
            # The last category takes all that is left, even where rounding left a little of the
            # sum.
            drawn = left if k == count - 1 else drawn
            result[:, k] = np.where(np.isnan(drawn), -1, drawn)
            left, rest = left - drawn, rest - rows[:, k]
        return (_advanced(state, pvals.size), result.reshape(pvals.shape))

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [(2,), shapes[2]]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        raise _refuse("multinomial", "pvals")

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None, None]


class Shuffle(RandomOp):
    """Random orders of the indices of the last axis of `weights`: inputs are the state and weights.
    For equally likely orders `Permutation` serves, which needs no sorting.

    Index i stands before j with probability w_i / (w_i + w_j); so the first m of them are m
    successive choices without replacement in proportion to the weights. Implemented by sorting
    exponential numbers divided by the weights (Efraimidis and Spirakis, Inf. Process. Lett. 97
    (2006)), which have 64 bits. Weights of 0 come last.
    """

    def output_types(self, state: Variable, weights: Variable) -> Sequence[TensorType]:
        if weights.type.ndim < 1 or weights.type.dtype != "float64":
            raise TypeError(f"choice: no weights of type {weights.type}")
        return [STATE, weights.type.clone(dtype="int64")]

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        set_keys(node.outputs[1], extent_keys(inputs[1]))
        return node

    def expand(self, node: Apply) -> list[Variable]:
        """Return the next state, and the argsort of expressions of the positions."""
        state, weights = node.inputs
        extents = extents_of(weights)
        key, first = (Subtensor(("int",))(state, constant(i)) for i in (0, 1))
        bits = ElementBits(key, first, tuple(extents))
        waited = -log(positive(philox_low(*bits.own(), bits.part(0)), "float64")) / weights
        ordered = switch(gt(weights, number(0.0, "float64", bits.ndim)), waited, math.inf)
        return [next_state(state, extents), ArgSort()(ordered)]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        state, weights = values
        counters = state[1] + np.arange(weights.size, dtype="uint64").reshape(weights.shape)
        bits = low_words(state[0], counters, np.uint64(0))
        with np.errstate(all="ignore"):
            waited = np.where(weights > 0, -np.log(positive53(bits)) / weights, np.inf)
        order = np.argsort(waited, axis=-1, kind="stable")
        return (_advanced(state, weights.size), order.astype("int64", copy=False))

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [(2,), shapes[1]]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        raise _refuse("choice", "p")

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None, None]


def _advanced(state: np.ndarray, count: int) -> np.ndarray:
    """Return the state after `count` numbers."""
    return np.array([state[0], state[1] + np.uint64(count)], "uint64")
