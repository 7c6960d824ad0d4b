"""Merging of loops that differ only in which values they keep."""

from collections.abc import Sequence
from typing import Any

from symgraph.graph import Apply, FunctionGraph, Variable, at_location
from symgraph.ops import Join, Subtensor
from symgraph.ops.constant import constant
from symgraph.ops.scan import Scan
from symgraph.ops.scan_parts import ScanState
from symgraph.ops.subtensor import Slice
from symgraph.rewrite.engine import GraphPass, Record
from symgraph.rewrite.loops.scan_view import replace_outputs


def _merge(graph: FunctionGraph, phase: str, record: Record | None) -> int:
    """loops of which one keeps the last values of a state and the other all (as the derivative
    needs them) → the latter, and the last of the values it keeps"""
    groups: dict[Any, list[Apply]] = {}
    for node in graph.toposort():
        if isinstance(node.op, Scan):
            op = node.op
            taps = tuple(state.taps for state in op.states)
            key = (op.body, op.sequences, taps, op.until, op.truncate, node.inputs)
            groups.setdefault(key, []).append(node)
    count = 0
    for nodes in groups.values():
        if len(nodes) < 2 or not all(n.outputs[0] in graph.clients for n in nodes):
            continue
        if record is not None:
            record(phase, MERGE_EQUAL_SCANS.name, nodes[1].outputs[0], nodes[0].outputs[0])
        _replace(graph, nodes)
        count += 1
    return count


def _replace(graph: FunctionGraph, nodes: Sequence[Apply]) -> None:
    first: Scan = nodes[0].op
    states = [
        ScanState(state.taps, "all" if any(k.keep == "all" for k in kept) else "last")
        for state, *kept in zip(first.states, *(n.op.states for n in nodes), strict=True)
    ]
    op = Scan(first.body, first.sequences, states, first.until, first.truncate, first.name)
    with at_location(nodes[0].location):
        whole = op.make_node(*nodes[0].inputs)
        initials = op.parts(whole.inputs).initials
        for node in nodes:
            made = list(whole.outputs)
            for number, state in enumerate(node.op.states):
                if state.keep != states[number].keep:
                    made[number] = _last(initials[number], made[number], state.depth)
            replace_outputs(graph, list(zip(node.outputs, made, strict=True)))


def _last(initial: Variable, made: Variable, depth: int) -> Variable:
    history = Join(0)(initial, made)
    last: Variable = Subtensor((Slice(start=True),))(history, constant(-depth, "int64"))
    return last


MERGE_EQUAL_SCANS = GraphPass("merge_equal_scans", _merge)
