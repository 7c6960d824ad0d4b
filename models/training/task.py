"""What the training loop needs of a model, and whom it tells of its progress."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgraph import SharedVariable

from .history import History

# Called after each epoch; and before the first, with an empty history. One that has a method
# `within` is told of each mini-batch too: how many of the epoch's are done, of how many, and their
# mean cost.
Callback = Callable[[History], None]
Within = Callable[[int, int, float], None]


@dataclass
class TrainingTask:
    """Hold what the loop needs of a model.

    `step(rows)` trains on the samples numbered `rows` and returns their cost, and their error where
    it measures one, in one native call; `validate()` is the error on the validation samples, None
    where there are none.
    """

    step: Callable[[np.ndarray], Sequence[Any]]
    validate: Callable[[], float] | None
    parameters: Sequence[SharedVariable]
    # The optimiser's state.
    state: Sequence[SharedVariable]
    n_samples: int
    batch_size: int
    learning_rate: float
    # Training has converged where so many epochs make the cost less by no more than this; 0: never.
    tol: float = 0.0
