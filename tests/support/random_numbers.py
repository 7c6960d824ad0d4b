"""Drawing numbers in tests: from a new stream of a fixed seed, on a back end."""

from collections.abc import Callable
from typing import Any

import numpy as np

import symgraph as sg
from support.back_ends import TESTED
from symgraph.graph import Variable

SEED = 20
MODES = TESTED
# A test with a fixed seed fails always or never: it may be as strict as one in so many is.
RARE = 1e-4

# Functions of the scalar table of which each result is random, or made so: they are tested here.
RANDOM_SCALARS = {
    "draw_binomial", "draw_log_gamma", "draw_poisson", "normal_quantile", "philox_high",
    "philox_low", "random_word32", "random_word64",
}  # fmt: skip

Make = Callable[[sg.RandomStreams], Variable]


def compiled(make: Make, seed: int = SEED, mode: str = "llvm") -> Any:
    return sg.function([], make(sg.RandomStreams(seed)), mode=mode)


def drawn(make: Make, seed: int = SEED, mode: str = "llvm") -> np.ndarray:
    """The first numbers of what `make` makes of streams."""
    return compiled(make, seed, mode)()
