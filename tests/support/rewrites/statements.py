"""Statements about rewriting: *this expression becomes that one*, *these rules are applied*."""

from collections.abc import Sequence

from symgraph.debug import debugprint
from symgraph.graph import FunctionGraph, Variable, equal_computations, graph_inputs
from symgraph.rewrite import rewrite_graph


def rewritten(
    *outputs: Variable, exclude: Sequence[str] = ()
) -> tuple[list[Variable], list[str], FunctionGraph]:
    """The outputs of the rewritten graph, the names of the rules in order, and the graph."""
    inputs = [v for v in graph_inputs(outputs) if not hasattr(v, "data")]
    graph = FunctionGraph(inputs, outputs)
    applied: list[str] = []
    rewrite_graph(graph, exclude, lambda phase, rule, *_: applied.append(rule))
    graph.check_integrity()
    return graph.outputs, applied, graph


def rewrites_to(
    before: Variable | Sequence[Variable], after: Variable | Sequence[Variable]
) -> None:
    """Fail unless rewriting makes `after` of `before`, to the last node."""
    before = [before] if isinstance(before, Variable) else list(before)
    after = [after] if isinstance(after, Variable) else list(after)
    found, applied, _ = rewritten(*before)
    # Merged as the rewritten graph is.
    inputs = [v for v in graph_inputs([*before, *after]) if not hasattr(v, "data")]
    expected = FunctionGraph(inputs, after).outputs
    if not equal_computations(found, expected):
        shown = [str(debugprint(v, file="str")) for v in (*found, *expected)]
        raise AssertionError("\n".join([f"by {applied}:", *shown]))
