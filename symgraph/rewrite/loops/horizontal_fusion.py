"""Horizontal fusion: independent loops with the same number of steps become one."""

from typing import Any

from symgraph.graph import Apply, FunctionGraph, Variable, rebuild
from symgraph.ops.scan import Scan
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import GraphPass, Record
from symgraph.rewrite.loops.scan_view import ScanView, ScanViewState, replace_outputs
from symgraph.rewrite.merging import independent


def _merge(graph: FunctionGraph, phase: str, record: Record | None) -> int:
    """independent loops over the same steps → one loop, which reads what several of them read
    only once"""
    count = 0
    while nodes := _mergeable(graph):
        if record is not None:
            record(phase, MERGE_BESIDE.name, nodes[1].outputs[0], nodes[0].outputs[0])
        _put_together(graph, nodes)
        count += 1
    return count


def _mergeable(graph: FunctionGraph) -> list[Apply]:
    """Return two or more loops that can be fused; none where there are none."""
    loops = [n for n in graph.toposort() if isinstance(n.op, Scan) and not n.op.until]
    if len(loops) < 2:
        return []
    context = RewriteContext(graph)
    alike: dict[Any, list[Apply]] = {}
    for node in loops:
        steps = node.op.parts(node.inputs).n_steps
        alike.setdefault((context.key_of(steps), node.op.truncate), []).append(node)
    for nodes in alike.values():
        for group in independent(graph, nodes):
            if len(group) > 1:
                return group
    return []


def _put_together(graph: FunctionGraph, nodes: list[Apply]) -> None:
    loops = [_anew(ScanView.of(node)) for node in nodes]
    whole = loops[0]
    for loop in loops[1:]:
        same: dict[Variable, Variable] = {}
        for mine, theirs in ((whole.sequences, loop.sequences), (whole.others, loop.others)):
            known = {given: formal for formal, given in mine}
            for formal, given in theirs:
                if given in known:
                    same[formal] = known[given]
                else:
                    mine.append((formal, given))
        loop.substitute(same)
        whole.states += loop.states
        whole.stacked += loop.stacked
    # In a graph equal expressions are merged.
    whole.rewrite(lambda body: None)
    made = whole.made()
    states = iter(made.outputs)
    stacked = iter(made.outputs[len(whole.states) :])
    for node in nodes:
        count = len(node.op.states)
        for old in node.outputs[:count]:
            replace_outputs(graph, [(old, next(states))])
        for old in node.outputs[count:-1]:
            replace_outputs(graph, [(old, next(stacked))])
        replace_outputs(graph, [(node.outputs[-1], made.outputs[-1])])


def _anew(loop: ScanView) -> ScanView:
    """Return the loop with new variables: equal bodies are one object."""
    own = {v: Variable(v.type, name=v.name, location=v.location) for v in loop.inputs}
    outputs = rebuild(loop.outputs, own)
    loop.sequences = [(own[formal], given) for formal, given in loop.sequences]
    loop.others = [(own[formal], given) for formal, given in loop.others]
    loop.states = [
        ScanViewState(c.state, [own[tap] for tap in c.taps], c.initial, outputs[c.new])
        for c in loop.states
    ]
    loop.stacked = [outputs[v] for v in loop.stacked]
    return loop


MERGE_BESIDE = GraphPass("merge_beside", _merge)
