"""The jvp of a loop: a loop over values and their tangents together."""

from collections.abc import Mapping, Sequence

from symgraph.graph import Apply, NotDifferentiable, NullType, Variable
from symgraph.ops.inner_graph import InnerGraph, PushForward
from symgraph.ops.scan_parts import ScanState, is_float, like
from symgraph.ops.scan_structure import ScanStructure
from symgraph.ops.subtensor import zeros_like


def dual_scan(
    op: ScanStructure, node: Apply, tangents: Sequence[Variable | None], push_forward: PushForward
) -> list[Variable | None]:
    """Return the output tangents; see `InnerGraphOp.forward`."""
    parts, formals = op.parts(tangents), op.formals()
    values = op.parts(node.inputs)
    given = dict(
        zip((*formals.sequences, *formals.others), (*parts.sequences, *parts.others), strict=True)
    )
    moving = {
        formal: like(formal, "tangent") for formal, tangent in given.items() if tangent is not None
    }
    duals, found = _moving_states(op, tangents, moving, push_forward)
    results, stacked = _stacked_tangents(op, node, duals, found)
    order = sorted(duals)
    if not order and not stacked:
        return results
    sequences = [v for v in formals.sequences if v in moving]
    loop = type(op)(
        _dual_body(op, moving, duals, found, stacked),
        op.sequences + len(sequences),
        [*(ScanState(s.taps, "last") for s in op.states), *(op.states[n] for n in order)],
        op.until,
        op.truncate,
        f"tangents of {op.name}" if op.name else "tangents",
    )
    starts = [
        zeros_like(values.initials[n]) if parts.initials[n] is None else parts.initials[n]
        for n in order
    ]
    outputs = loop.make_node(
        values.n_steps,
        *values.sequences,
        *(given[v] for v in sequences),
        *values.initials,
        *starts,
        *values.others,
        *(given[v] for v in formals.others if v in moving),
    ).outputs
    for position, output in zip([*order, *stacked], outputs[len(op.states) :], strict=False):
        results[position] = output
    return results


def _stacked_tangents(
    op: ScanStructure,
    node: Apply,
    duals: Mapping[int, Sequence[Variable]],
    found: Sequence[Variable | None],
) -> tuple[list[Variable | None], list[int]]:
    """Return the output tangents that are already decided, zero or undefined, and the positions of
    the stacked outputs that have tangents. Raises NotDifferentiable for a state whose tangent is
    undefined."""
    results: list[Variable | None] = [None] * len(node.outputs)
    stacked = []
    for position, tangent in enumerate(found):
        undefined = tangent is not None and isinstance(tangent.type, NullType)
        if position < len(op.states):
            if undefined and position in duals:
                raise NotDifferentiable(tangent.type.reason)  # type: ignore[union-attr]
        elif undefined:
            results[position] = tangent
        elif tangent is not None:
            stacked.append(position)
    return results, stacked


def _dual_body(
    op: ScanStructure,
    moving: Mapping[Variable, Variable],
    duals: Mapping[int, Sequence[Variable]],
    found: Sequence[Variable | None],
    stacked: Sequence[int],
) -> InnerGraph:
    """Return the body extended by tangents: the tangents follow the values that they belong to."""
    formals, order, count = op.formals(), sorted(duals), len(op.states)
    new = [found[n] if found[n] is not None else zeros_like(op.body.outputs[n]) for n in order]
    condition = [] if op.condition is None else [op.condition]
    return InnerGraph(
        [
            *formals.sequences,
            *(moving[v] for v in formals.sequences if v in moving),
            *(v for taps in formals.taps for v in taps),
            *(v for n in order for v in duals[n]),
            *formals.others,
            *(moving[v] for v in formals.others if v in moving),
        ],
        [*op.body.outputs[:count], *new, *(found[p] for p in stacked), *condition],  # type: ignore[list-item]
    )


def _moving_states(
    op: ScanStructure,
    tangents: Sequence[Variable | None],
    moving: Mapping[Variable, Variable],
    push_forward: PushForward,
) -> tuple[dict[int, list[Variable]], list[Variable | None]]:
    """Return the tangents of the taps of the states that have one, and those of the body's outputs.

    A state has a tangent if its initial value has one, or if its new value depends on something
    that has one; found by iteration to a fixed point.
    """
    formals, count = op.formals(), len(op.states)
    initials = op.parts(tangents).initials
    active = {number for number, tangent in enumerate(initials) if tangent is not None}
    while True:
        duals = {number: [like(v, "tangent") for v in formals.taps[number]] for number in active}
        directions: dict[Variable, Variable | None] = dict(moving)
        for number, taps in duals.items():
            directions.update(zip(formals.taps[number], taps, strict=True))
        found = push_forward(op.body.outputs[: count + op.stacked], directions)
        outputs = op.body.outputs[:count]
        started = {n for n, v in enumerate(outputs) if found[n] is not None and is_float(v)}
        if started <= active:
            return duals, found
        active |= started
