"""What a training run measured."""

import math
from dataclasses import dataclass, field
from typing import Any

# What may end training.
ENDS = ("epochs", "converged", "patience", "interrupt", "divergence")


@dataclass
class History:
    """Record what a training run measured, one number an epoch in each list.

    Epochs count from 1. `cost` is the mean cost of the epoch's mini-batches, `errors["training"]`
    their mean error as they passed (where the model measures one), `errors["validation"]` the error
    on the validation samples behind the epoch (only where there are any). An error is the share of
    wrong answers, the mean squared error of a regression, or bits a character of a language model;
    one that was not measured in some epochs is NaN there. `seconds` are those of each epoch,
    `compile_seconds` those before the first. `best_epoch` is the one whose weights were kept, 0 for
    those before the first was complete. `stopped_by` is "epochs", "converged", "patience",
    "interrupt" or "divergence"; None while training, or where an error ended it.

    >>> history = History()
    >>> history.add(0.5, {"training": 0.1}, seconds=1.5)
    >>> history.epochs, history.cost, history.errors
    (1, [0.5], {'training': [0.1]})
    """

    cost: list[float] = field(default_factory=list)
    errors: dict[str, list[float]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    best_epoch: int = 0
    stopped_by: str | None = None
    compile_seconds: float = 0.0

    @property
    def epochs(self) -> int:
        """How many epochs were completed."""
        return len(self.cost)

    def add(self, cost: float, errors: dict[str, float], seconds: float) -> None:
        """Append an epoch."""
        for name in {**self.errors, **errors}:
            before = self.errors.setdefault(name, [math.nan] * self.epochs)
            before.append(errors.get(name, math.nan))
        self.cost.append(cost)
        self.seconds.append(seconds)

    def as_dict(self) -> dict[str, Any]:
        """Return plain lists and numbers, for JSON; `History(**d)` makes it again."""
        return dict(vars(self))
