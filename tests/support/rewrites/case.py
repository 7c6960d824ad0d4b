"""The form of a rule's examples: an expression, what it becomes, and on what it is tried."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symgraph.graph import TensorType, Variable

KINDS = {"f": None, "i": "int64", "b": "bool"}


@dataclass(frozen=True)
class Case:
    """`rule` makes `after` of `before` (both are functions of the inputs), alone or after others.

    Inputs have the names of the function's parameters, and the given shapes; `kinds` has a letter
    for each: f (float32 and float64 are tried), i or b. Their types know the extents if `known`.
    Without `after` only the rule's name is looked for. `better` rules are tried on small numbers
    only, others on infinities and nan too; where `positive`, on numbers above 0.
    """

    rule: str
    shapes: Sequence[tuple[int, ...]]
    before: Callable[..., Variable]
    after: Callable[..., Variable] | None = None
    kinds: str = ""
    known: bool = False
    better: bool = False
    positive: bool = False

    def inputs(self, dtype: str) -> list[Variable]:
        names = list(inspect.signature(self.before).parameters)[: len(self.shapes)]
        kinds = self.kinds or "f" * len(self.shapes)
        return [
            TensorType(KINDS[kind] or dtype, shape if self.known else (None,) * len(shape))(name)
            for name, kind, shape in zip(names, kinds, self.shapes, strict=True)
        ]
