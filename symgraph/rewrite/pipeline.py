"""The phases of rewriting and their rules, which are included and excluded by name.

1. canonicalize: merging, folding, and one form for expressions that have several equivalent ones;
2. stabilize: replaces expressions whose values or derivatives overflow or cancel as written;
3. specialize: the cheapest form, which earlier rules need not recognise;
4. loops: what need not be repeated in each step moves out of the loop;
5. blas: matrix products that scale and add;
6. shapes: removes computations of which only the shape is used.

Each runs first on the bodies of loops and branches (which excluding "bodies" prevents).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import starmap
from typing import Any, NamedTuple

from symgraph.graph import FunctionGraph, LazyModule, Pass, Watch, run_passes
from symgraph.rewrite import branch_folding, inlining, loops
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import GraphPass, Record, RuleSet, apply_rules
from symgraph.rewrite.failed_rules import skip_rule
from symgraph.rewrite.inner_graphs import Equal, rewrite_bodies
from symgraph.rewrite.overflow_warnings import telling_once
from symgraph.rewrite.rules import (
    algebra,
    blas,
    canonical,
    conditions,
    convolutions,
    determinants,
    dots,
    factors,
    joins,
    lifting,
    masks,
    normalised,
    powers,
    products,
    quotients,
    reductions,
    scatter,
    shapes,
    sorting,
    stability,
    useless,
)

BODIES = "bodies"

difflib = LazyModule("difflib")


class Phase(NamedTuple):
    """A phase: passes over the whole graph, then rules until none applies any more. `contract`:
    what holds for the graph afterwards."""

    name: str
    rules: tuple[Any, ...]
    passes: tuple[GraphPass, ...] = ()
    contract: str = ""


@cache
def phases() -> tuple[Phase, ...]:
    """Return all phases, in order. Built when first asked for, because building patterns takes
    time."""
    always = (
        *useless.RULES,
        *convolutions.USELESS,
        *algebra.IDENTITIES,
        *canonical.RULES,
        *conditions.RULES,
        *powers.RULES,
        *determinants.RULES,
        *products.NORMALISED,
        *lifting.RULES,
        *joins.RULES,
        *masks.RULES,
        *reductions.RULES,
        *scatter.WRITES,
    )
    specialised = (
        *algebra.SPECIALISED,
        *canonical.SPECIALISED,
        *powers.SPECIALISED,
        *determinants.SPECIALISED,
        *dots.RULES,
        *factors.RULES,
        *scatter.UPDATES,
        *convolutions.RULES,
        *sorting.RULES,
    )
    return (
        Phase(BODIES, ()),
        Phase(
            "canonicalize",
            always,
            (*inlining.PASSES, *shapes.INFERRED, *branch_folding.PASSES),
            "Merge equal nodes, fold constants, and say in one way what can be said in several. "
            "Takes the graph as it was built.",
        ),
        Phase(
            "stabilize",
            (
                *always,
                *stability.RULES,
                *powers.STABLE,
                *determinants.STABLE,
                *products.RULES,
                *scatter.RULES,
                *quotients.RULES,
                *normalised.RULES,
            ),
            contract="Replace expressions whose values or derivatives overflow or cancel as they "
            "are written. Takes a canonical graph, which it stays.",
        ),
        Phase(
            "specialize",
            (*always, *specialised),
            (*shapes.INFERRED, *branch_folding.PASSES),
            "Find the cheapest form of each expression, which the rules before need not know.",
        ),
        Phase(
            "loops",
            (*always, *scatter.UPDATES),
            loops.PASSES,
            "Move out of loops what a step need not do.",
        ),
        Phase(
            "blas",
            (*always, *dots.RULES, *factors.RULES, *blas.RULES),
            contract="Form matrix products that scale and add. Nothing behind them takes products "
            "apart.",
        ),
        Phase(
            "shapes",
            (*useless.NUMBERS, *algebra.IDENTITIES),
            shapes.PASSES,
            "Drop what is computed for its shape alone.",
        ),
    )


def rule_names() -> list[str]:
    """Return the names of all rules and of the phases, by which they are excluded."""
    return [
        name
        for phase in phases()
        for name in (phase.name, *(r.name for r in (*phase.passes, *phase.rules)))
    ]


@dataclass(frozen=True)
class Pipeline:
    """A selection of rules: all but those excluded by their names or their phases' names; from an
    excluded phase, those included by their own names.

    Raises ValueError for a name that no rule has.
    """

    exclude: frozenset[str] = field(default_factory=frozenset)
    include: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        known = rule_names()
        for name in sorted((self.exclude | self.include) - set(known)):
            near = difflib.get_close_matches(name, known, 3)
            hint = f"; near are {', '.join(near)}" if near else ""
            told = ", ".join(phase.name for phase in phases())
            raise ValueError(
                f"no rewriting rule or phase is called {name!r}{hint}; the phases are {told}"
            )

    def run(
        self,
        graph: FunctionGraph,
        record: Record | None = None,
        equal: Equal = (),
        watch: Watch[FunctionGraph] | None = None,
    ) -> int:
        """Rewrite the graph in place; return the number of replacements. `equal`: keys of extents
        that are equal for a reason outside the graph. `watch` observes the phases, each as a
        pass."""
        context = RewriteContext(graph, equal)
        counts: list[int] = []

        def pass_for(phase: Phase, rules: RuleSet) -> Pass[FunctionGraph]:
            def run(graph: FunctionGraph) -> None:
                counts.append(self._run(phase, rules, graph, context, record))

            return Pass(phase.name, run, phase.contract)

        passes = starmap(pass_for, _included(self.exclude, self.include))
        with telling_once():
            run_passes(list(passes), graph, watch)
        return sum(counts)

    def _run(
        self,
        phase: Phase,
        rules: RuleSet,
        graph: FunctionGraph,
        context: RewriteContext,
        record: Record | None,
    ) -> int:
        """Run one phase, first within the bodies of loops and branches."""

        def within(body: FunctionGraph, same: Equal) -> int:
            return self._run(phase, rules, body, RewriteContext(body, same), record)

        count = 0 if BODIES in self.exclude else rewrite_bodies(graph, within)
        for step in phase.passes:
            try:
                count += step(graph, phase.name, record)
            except Exception as error:
                skip_rule(step.name, None, error)
        return count + apply_rules(graph, rules, phase.name, record, context)


@cache
def _included(
    exclude: frozenset[str], include: frozenset[str]
) -> tuple[tuple[Phase, RuleSet], ...]:
    """Return the phases that run, with their remaining passes and rules."""
    included = []
    for phase in phases():

        def runs(name: str, phase: str = phase.name) -> bool:
            return name in include or not (name in exclude or phase in exclude)

        rules = tuple(rule for rule in phase.rules if runs(rule.name))
        passes = tuple(step for step in phase.passes if runs(step.name))
        if rules or passes:
            kept = Phase(phase.name, rules, passes, phase.contract)
            included.append((kept, RuleSet(rules)))
    return tuple(included)


def rewrite_graph(
    graph: FunctionGraph,
    exclude: Iterable[str] = (),
    record: Record | None = None,
    include: Iterable[str] = (),
    watch: Watch[FunctionGraph] | None = None,
) -> int:
    """Run the pipeline on a function graph; see `Pipeline`. `record` is called for each step,
    `watch` observes the phases."""
    pipeline = Pipeline(frozenset(exclude), frozenset(include))
    return pipeline.run(graph, record, watch=watch)
