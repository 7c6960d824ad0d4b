"""The log of rewriting, step by step, as data to print and to browse."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from symgraph.debug import pprint
from symgraph.graph import (
    Constant,
    FunctionGraph,
    SourceLocation,
    Variable,
    config,
    graph_inputs,
)
from symgraph.rewrite import rewrite_graph

# Longer expressions are truncated where a step is printed.
WIDTH = 160


@dataclass(frozen=True)
class RewriteStep:
    """One replacement: the phase and the rule, what was replaced by what, and the user's line."""

    phase: str
    rule: str
    before: str
    after: str
    location: SourceLocation | None

    def __str__(self) -> str:
        line = f"{self.phase}, {self.rule}: {_cut(self.before)} → {_cut(self.after)}"
        return line if self.location is None else f"{line}\n    from {self.location}"


class RewriteLog(tuple[RewriteStep, ...]):
    """The steps of one rewriting, in order. Prints one after the other."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "nothing was rewritten"

    def of(self, *names: str) -> "RewriteLog":
        """Return the steps of these rules or phases only."""
        return RewriteLog(step for step in self if step.rule in names or step.phase in names)

    def counts(self) -> dict[str, int]:
        """Return how often each rule was applied, the most frequent first."""
        return dict(Counter(step.rule for step in self).most_common())


def explain(outputs: Sequence[Variable]) -> RewriteLog:
    """Rewrite a copy of the graph that computes `outputs`, under the current flags
    (`optimizer_excluding`, `optimizer_including`), and return each step."""
    inputs = [v for v in graph_inputs(outputs) if not isinstance(v, Constant)]
    steps: list[RewriteStep] = []

    def record(phase: str, rule: str, before: Variable, after: Variable) -> None:
        steps.append(
            RewriteStep(phase, rule, str(pprint(before)), str(pprint(after)), before.location)
        )

    exclude, include = named_rules()
    rewrite_graph(FunctionGraph(inputs, list(outputs)), exclude, record, include)
    return RewriteLog(steps)


def named_rules() -> tuple[list[str], list[str]]:
    """Return the names of rules and phases that the flags exclude, and those they include."""
    flags = config.optimizer_excluding, config.optimizer_including
    exclude, include = (list(filter(None, names.split(":"))) for names in flags)
    return exclude, include


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
