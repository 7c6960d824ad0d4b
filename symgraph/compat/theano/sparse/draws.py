"""Theano's operations that draw sparse matrices anew at each call, from no stream of their own."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symgraph import sparse
from symgraph.graph import Variable
from symgraph.tensor.shared_randomstreams import RandomStreams

Drawn = Callable[..., Variable]


def _streams() -> RandomStreams:
    """Return new streams, whose seed comes from NumPy's global generator, as Theano's draws do."""
    return RandomStreams(int(np.random.randint(2**31 - 1)))


def poisson_draw(x: Any) -> Variable:
    return sparse.poisson(_streams(), x)


def multinomial_draw(n: Any, p: Any) -> Variable:
    return sparse.multinomial(_streams(), n, p)


def binomial_draw(format: str, dtype: Any) -> Drawn:
    return lambda n, p, shape: sparse.binomial(_streams(), n, p, shape, format, dtype)
