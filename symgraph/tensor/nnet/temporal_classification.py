"""Connectionist temporal classification: the cost of label sequences that are not aligned."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.loops import scan
from symgraph.ops.constant import TensorLike, as_tensor, constant
from symgraph.ops.scalar_table import cast, eq, logaddexp, maximum, neq, switch
from symgraph.ops.shape import extents_of
from symgraph.tensor.creation import arange, full, zeros, zeros_like
from symgraph.tensor.indexing import getitem
from symgraph.tensor.manipulation import concatenate, dimshuffle, stack
from symgraph.tensor.nnet.functions import logsoftmax
from symgraph.tensor.reduction import sum
from symgraph.tensor.reshaping import reshape, specify_shape
from symgraph.tensor.sorting import argsort


def ctc(activations: TensorLike, labels: TensorLike, input_lengths: TensorLike) -> Variable:
    """Compute -log of the probability of label sequences, summed over all their alignments.

    An alignment has a symbol or a blank at each time; equal neighbours count as one symbol, and
    then blanks are left out.
    activations: floats (time, batch, symbols), before the softmax over symbols; symbol 0 is the
        blank.
    labels: integers (batch, labels), the wanted sequences; negative numbers are padding.
    input_lengths: integers (batch,): how many times of each sequence count.
    Returns floats (batch,): inf, with the derivative 0, where a sequence is too long for its times.
    Raises TypeError for other ranks and dtypes, ValueError where the batches differ, here or when
    the function runs, which raises IndexError for a label that is no symbol. Derivatives of all
    orders, by activations. Cost: time * batch * (2 * labels + 1) steps. Source: Graves, Fernandez,
    Gomez and Schmidhuber 2006, with logarithms of the forward variables.

    >>> T.nnet.ctc(np.zeros((2, 1, 3)), [[1]], [2]).eval()
    array([1.09861229])
    """
    x, wanted, lengths = _arguments(activations, labels, input_lengths)
    times, batch, _ = extents_of(x)
    wanted, count = _without_padding(wanted)
    states = _with_blanks(wanted)
    rows = dimshuffle(arange(batch), 0, "x")
    seen = getitem(logsoftmax(x), (slice(None), rows, states))
    # A symbol may follow another one without a blank between, unless they are equal.
    own = states[:, 2:]
    jumps = concatenate([zeros((batch, 2), "bool"), neq(own, states[:, :-2]) & neq(own, 0)], axis=1)
    # Of no labels there is one state.
    jumps = specify_shape(jumps[:, : extents_of(states)[1]], extents_of(states))
    none = constant(-np.inf, x.type.dtype)
    # Before the first time all probability is in the first blank.
    first = switch(eq(arange(extents_of(states)[1]), 0), constant(0, x.type.dtype), none)
    before = full(extents_of(states), none, x.type.dtype)
    before = switch(eq(zeros_like(states), 0), dimshuffle(first, "x", 0), before)

    def step(t: Variable, emitted: Variable, reached: Variable) -> Variable:
        moved = logaddexp(reached, _shifted(reached, 1))
        moved = logaddexp(moved, switch(jumps, _shifted(reached, 2), none))
        return switch(dimshuffle(t < lengths, 0, "x"), emitted + moved, reached)

    found, _ = scan(step, sequences=[arange(times), seen], outputs_info=[before])
    # Of no times there is no last one.
    last = concatenate([dimshuffle(before, "x", 0, 1), found], axis=0)[-1]
    every = arange(batch)
    ended = getitem(last, (every, 2 * count))
    on_symbol = getitem(last, (every, maximum(2 * count - 1, 0)))
    total = logaddexp(ended, switch(count > 0, on_symbol, none))
    costs = switch(total > -np.inf, -total, constant(np.inf, x.type.dtype))
    return cast(costs, as_tensor(activations).type.dtype)


def _arguments(activations: Any, labels: Any, input_lengths: Any) -> list[Variable]:
    """The arguments as variables whose batches agree; float16 is computed in float32."""
    named = (
        ("activations", activations, 3, "f", "floats (time, batch, symbols)"),
        ("labels", labels, 2, "iu", "integers (batch, labels)"),
        ("input_lengths", input_lengths, 1, "iu", "integers (batch,)"),
    )
    found = []
    for name, value, ndim, kinds, meaning in named:
        variable = as_tensor(value)
        if variable.type.ndim != ndim or np.dtype(variable.type.dtype).kind not in kinds:
            raise TypeError(f"ctc: {name} are {meaning}, not {variable} ({variable.type})")
        found.append(variable)
    x, wanted, lengths = found
    if x.type.dtype == "float16":
        x = cast(x, "float32")
    batch = extents_of(x)[1]
    return [x, specify_shape(wanted, [batch, None]), specify_shape(lengths, [batch])]


def _without_padding(labels: Variable) -> tuple[Variable, Variable]:
    """The labels of each row, moved to its front, and how many they are; zeros follow."""
    padding = labels < 0
    count = sum(~padding, axis=1)
    order = argsort(cast(padding, "int8"), axis=1)
    rows = dimshuffle(arange(extents_of(labels)[0]), 0, "x")
    return maximum(cast(getitem(labels, (rows, order)), "int64"), 0), count


def _with_blanks(labels: Variable) -> Variable:
    """The symbols of the states: a blank before each label and one behind the last."""
    batch, count = extents_of(labels)
    pairs = reshape(stack([zeros_like(labels), labels], axis=2), (batch, 2 * count))
    return concatenate([pairs, zeros((batch, 1), labels.type.dtype)], axis=1)


def _shifted(reached: Variable, by: int) -> Variable:
    """The logarithms of the states so many before, of none that of zero."""
    batch, states = extents_of(reached)
    none = full((batch, by), constant(-np.inf, reached.type.dtype), reached.type.dtype)
    return concatenate([none, reached], axis=1)[:, :states]


__all__ = ["ctc"]
