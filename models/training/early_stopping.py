"""When to stop: rules that are told each epoch's validation error.

`record(step, error)` is told the number of steps (mini-batches) so far and the validation error,
and says whether that is the best so far; `exhausted(step)` whether training should stop.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from ..errors import ParameterError


@dataclass
class EarlyStopping:
    """Stop when patience is exhausted, which grows with improvement.

    The rule of the deep learning tutorials. At least `patience` steps (mini-batches) are made.
    Where the error falls below `improvement_threshold` times the best so far, patience becomes at
    least `patience_increase` times the steps so far.

    >>> rule = EarlyStopping(patience=10)
    >>> rule.record(8, 0.5), rule.patience
    (True, 16)
    >>> rule.record(16, 0.6), rule.exhausted(16)
    (False, True)
    """

    patience: int = 5000
    patience_increase: float = 2.0
    improvement_threshold: float = 0.995
    best: float = float("inf")

    kind: ClassVar[str] = "patience"

    def record(self, step: int, error: float) -> bool:
        if not error < self.best:
            return False
        if error < self.best * self.improvement_threshold:
            self.patience = max(self.patience, int(step * self.patience_increase))
        self.best = error
        return True

    def exhausted(self, step: int) -> bool:
        return step >= self.patience


@dataclass
class NoImprovement:
    """Stop after `max_steps` steps without an accuracy `ratio` times the best so far.

    The rule of the book's chapters 3 to 5 (`max_no_improve_steps` 3000, `improve_threthold`
    1.005). The listing there nests the keeping of weights inside the ratio test, where it would
    never happen; its commentary and its printed log keep every better accuracy, as is done here.

    >>> rule = NoImprovement(max_steps=10)
    >>> rule.record(5, 0.5), rule.exhausted(14), rule.exhausted(15)
    (True, False, True)
    """

    max_steps: int = 3000
    ratio: float = 1.005
    best: float = float("inf")
    last_improvement: int = 0

    kind: ClassVar[str] = "no_improvement"

    def record(self, step: int, error: float) -> bool:
        if not error < self.best:
            return False
        if self.best > 1 or 1 - error >= self.ratio * (1 - self.best):
            self.last_improvement = step
        self.best = error
        return True

    def exhausted(self, step: int) -> bool:
        return step - self.last_improvement >= self.max_steps


StoppingRule = EarlyStopping | NoImprovement
RULES: dict[str, type[StoppingRule]] = {rule.kind: rule for rule in (EarlyStopping, NoImprovement)}


def rule_as_dict(rule: StoppingRule) -> dict[str, Any]:
    """Return the kind and the numbers of a rule, for JSON.

    >>> rule_as_dict(NoImprovement(10))["kind"]
    'no_improvement'
    """
    return {"kind": rule.kind, **asdict(rule)}


def rule_from_dict(values: dict[str, Any]) -> StoppingRule:
    """Return the rule that `rule_as_dict` described. Raises `ParameterError` for an unknown kind.

    >>> rule_from_dict(rule_as_dict(NoImprovement(10))) == NoImprovement(10)
    True
    """
    values = dict(values)
    kind = values.pop("kind", None)
    if kind not in RULES:
        raise ParameterError(f"no stopping rule is called {kind!r}; there are {', '.join(RULES)}")
    return RULES[kind](**values)
