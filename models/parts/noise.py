"""Noise that is added while a network learns."""

import numpy as np

import symgraph.tensor as T
from symgraph import RandomStreams, SharedVariable, Variable


def dropped_out(x: Variable, share: float, streams: RandomStreams) -> Variable:
    """Leave out each element of x with probability `share`, and make the others larger.

    Sums stay what they are in the mean (N. Srivastava et al., JMLR 15, 2014). `streams` draw what
    is left out.

    >>> import numpy as np, symgraph as sg, symgraph.tensor as T
    >>> streams = sg.RandomStreams(0)
    >>> noisy = dropped_out(T.constant(np.ones(1000)), 0.5, streams)
    >>> sorted(set(sg.function([], noisy, updates=streams.updates())().tolist()))
    [0.0, 2.0]
    """
    if not share:
        return x
    dtype = x.type.dtype
    # Of this dtype whatever `config.floatX` is, so that the same numbers are drawn.
    likely = T.constant(np.asarray(1 - share, dtype))
    return x * streams.binomial(size=x.shape, p=likely, dtype=dtype) / likely


def states_of(streams: RandomStreams) -> tuple[SharedVariable, ...]:
    """Return the states of the streams so far, named, so that files can keep them.

    >>> import symgraph as sg
    >>> streams = sg.RandomStreams(0)
    >>> drawn = streams.uniform(size=(2,))
    >>> [state.name for state in states_of(streams)]
    ['stream0']
    """
    states = tuple(state for state, _ in streams.updates())
    for number, state in enumerate(states):
        state.name = f"stream{number}"
    return states
