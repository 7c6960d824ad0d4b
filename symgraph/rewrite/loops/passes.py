"""The passes over a graph that make its loops smaller, in the order in which they run.

Each looks at every scan once; what one leaves to do the next ones do.
"""

from collections.abc import Callable

from symgraph.graph import Apply, FunctionGraph
from symgraph.ops.scan import Scan
from symgraph.rewrite.engine import GraphPass, Record
from symgraph.rewrite.loops.accumulation import sum_products_behind
from symgraph.rewrite.loops.beside import MERGE_BESIDE
from symgraph.rewrite.loops.invariant import move_invariant
from symgraph.rewrite.loops.kept import drop_unused, keep_last
from symgraph.rewrite.loops.remembered import keep_computed
from symgraph.rewrite.loops.stacks import compute_ahead, compute_behind
from symgraph.rewrite.loops.twins import MERGE_TWINS


def loop_pass(name: str, function: Callable[[FunctionGraph, Apply], bool]) -> GraphPass:
    """A function that changes one loop of a graph, and says whether it did, as a pass."""

    def over_all(graph: FunctionGraph, phase: str, record: Record | None) -> int:
        count = 0
        for node in graph.toposort():
            if not isinstance(node.op, Scan):
                continue
            if not any(output in graph.clients for output in node.outputs):
                continue
            before = node.outputs[0]
            if function(graph, node):
                count += 1
                if record is not None:
                    record(phase, name, before, before)
        return count

    over_all.__doc__ = function.__doc__
    return GraphPass(name, over_all)


PASSES = (
    MERGE_TWINS,
    loop_pass("drop_unused", drop_unused),
    loop_pass("keep_computed", keep_computed),
    loop_pass("move_invariant", move_invariant),
    loop_pass("compute_ahead", compute_ahead),
    loop_pass("compute_behind", compute_behind),
    loop_pass("sum_products_behind", sum_products_behind),
    loop_pass("drop_what_became_unused", drop_unused),
    loop_pass("keep_last", keep_last),
    MERGE_BESIDE,
)
