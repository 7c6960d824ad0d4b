"""Where training stands, so that it can go on as if it had never stopped."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from symgraph import SharedVariable

from .early_stopping import StoppingRule
from .history import History

ParameterValues = dict[str, np.ndarray]


@dataclass
class Progress:
    """Hold where training stands: with this, and the same samples, it goes on as if never stopped.

    `last` are the weights and the optimiser's state behind the last epoch, `best` the weights of
    the best epoch: the last, where nothing is validated.
    """

    history: History
    rule: StoppingRule | None
    rng: np.random.Generator
    steps: int = 0
    last: ParameterValues = field(default_factory=dict)
    best: ParameterValues = field(default_factory=dict)

    def copy(self) -> "Progress":
        """Return a copy that shares nothing with this one but arrays, which are never written
        to."""
        return Progress(
            copy.deepcopy(self.history),
            copy.deepcopy(self.rule),
            copy.deepcopy(self.rng),
            self.steps,
            dict(self.last),
            dict(self.best),
        )

    def go_back_to(self, earlier: "Progress") -> None:
        """Stand where that copy stood. The history stays the same object: others hold it too."""
        history = self.history
        vars(history).update(vars(earlier.history))
        vars(self).update(vars(earlier))
        self.history = history


def values_of(variables: Sequence[SharedVariable]) -> ParameterValues:
    """Return copies of the values by the variables' names."""
    return {str(v.name): v.get_value() for v in variables}


def put_back(variables: Sequence[SharedVariable], values: ParameterValues) -> None:
    """Give each variable the value kept under its name."""
    for variable in variables:
        variable.set_value(values[str(variable.name)])
