"""Noise that is added while a network learns."""

import numpy as np

import symgraph.tensor as T
from symgraph import RandomStreams, SharedVariable, Variable


def dropped_out(x: Variable, share: float, streams: RandomStreams) -> Variable:
    """x with each element left out with probability `share`, and the others larger, so that sums
    stay what they are in the mean (N. Srivastava et al., JMLR 15, 2014)."""
    if not share:
        return x
    dtype = x.type.dtype
    # Of this dtype whatever `config.floatX` is, so that the same numbers are drawn.
    likely = T.constant(np.asarray(1 - share, dtype))
    return x * streams.binomial(size=x.shape, p=likely, dtype=dtype) / likely


def states_of(streams: RandomStreams) -> tuple[SharedVariable, ...]:
    """The states of the streams so far, named, so that files can keep them."""
    states = tuple(state for state, _ in streams.updates())
    for number, state in enumerate(states):
        state.name = f"stream{number}"
    return states
