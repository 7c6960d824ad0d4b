"""Dead-code elimination for loops: values that nothing needs."""

from dataclasses import replace

from symgraph.graph import Apply, FunctionGraph, Variable, toposort
from symgraph.ops import Subtensor
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.subtensor import Slice
from symgraph.rewrite.loops.scan_view import ScanView, ScanViewState, replace_outputs
from symgraph.rewrite.patterns import number_of


def _is_used(graph: FunctionGraph, variable: Variable) -> bool:
    return bool(graph.clients.get(variable))


def drop_unused(graph: FunctionGraph, node: Apply) -> bool:
    """outputs of a loop that nothing uses, and states that only they need, are not computed"""
    loop = ScanView.of(node)
    states = len(loop.states)
    stacked = [
        number
        for number in range(len(loop.stacked))
        if _is_used(graph, node.outputs[states + number])
    ]
    kept = _needed_states(graph, node, loop, stacked)
    if len(stacked) == len(loop.stacked) and len(kept) == states:
        return False
    loop.stacked = [loop.stacked[number] for number in stacked]
    loop.states = [loop.states[number] for number in kept]
    made = loop.made()
    old = [*kept, *(states + number for number in stacked), len(node.outputs) - 1]
    pairs = [(node.outputs[position], new) for position, new in zip(old, made.outputs, strict=True)]
    replace_outputs(graph, pairs)
    return True


def _needed_states(
    graph: FunctionGraph, node: Apply, loop: ScanView, stacked: list[int]
) -> list[int]:
    """Return the states used outside, or by a computation that is."""
    owner = {tap: number for number, c in enumerate(loop.states) for tap in c.taps}
    needed = {n for n in range(len(loop.states)) if _is_used(graph, node.outputs[n])}
    pending: list[Variable] = [loop.states[n].new for n in needed]
    pending += [loop.stacked[n] for n in stacked] + loop.condition
    while pending:
        found = {v for n in toposort(pending) for v in n.inputs} | set(pending)
        more = {owner[v] for v in found if v in owner} - needed
        needed |= more
        pending = [loop.states[n].new for n in more]
    return sorted(needed)


def keep_last(graph: FunctionGraph, node: Apply) -> bool:
    """a state of which only the last value is used keeps no others"""
    loop = ScanView.of(node)
    changed: dict[int, list[Variable]] = {}
    for number, carried in enumerate(loop.states):
        picks = _picks_of_last(graph, node.outputs[number])
        if carried.state.keep == "all" and picks:
            changed[number] = picks
            state = replace(carried.state, keep="last")
            loop.states[number] = ScanViewState(state, carried.taps, carried.initial, carried.new)
    if not changed:
        return False
    made = loop.made()
    steps = made.outputs[-1]
    for number, (old, new) in enumerate(zip(node.outputs, made.outputs, strict=True)):
        if number not in changed:
            replace_outputs(graph, [(old, new)])
            continue
        depth = loop.states[number].state.depth
        # After no steps there is no last value: then the index is out of bounds, as before.
        any_made = scalar_functions["gt"](steps, constant(0, "int64"))
        place = scalar_functions["switch"](
            any_made, constant(depth - 1, "int64"), constant(depth, "int64")
        )
        for pick in changed[number]:
            replace_outputs(graph, [(pick, Subtensor(("int",))(new, place))])
    return True


def _picks_of_last(graph: FunctionGraph, variable: Variable) -> list[Variable]:
    """Return the clients of a variable, if all of them select its last entry."""
    picks: list[Variable] = []
    for client, _ in graph.clients.get(variable, ()):
        if isinstance(client, str) or not isinstance(client.op, Subtensor):
            return []
        first, *rest = client.op.template
        is_last = (
            first == "int"
            and all(isinstance(entry, Slice) and entry.whole for entry in rest)
            and number_of(client.inputs[1]) == -1
        )
        if not is_last:
            return []
        picks.append(client.outputs[0])
    return picks
