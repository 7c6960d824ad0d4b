"""Capture of the body of a loop as a closed graph, with its free variables as additional inputs."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from symgraph.compile.carried_shared import left_by_loops
from symgraph.compile.updates import fit_update, new_value
from symgraph.graph import (
    Constant,
    MissingInputError,
    SharedVariable,
    TensorType,
    Variable,
    ancestors,
    rebuild,
    toposort,
)
from symgraph.ops.inner_graph import InnerGraph
from symgraph.ops.random import RandomOp, drawn_from, is_stream
from symgraph.ops.scan_parts import stand_in
from symgraph.ops.shape import ShapeOf


class Captured(NamedTuple):
    """A body, and the surrounding variables that its last inputs stand for."""

    body: InnerGraph
    others: list[Variable]


def capture(
    formals: Sequence[Variable],
    outputs: Sequence[Variable],
    stands_for: dict[SharedVariable, Variable],
) -> Captured:
    """Return the body that computes `outputs` from `formals`.

    Subexpressions that depend on no formal are computed outside and become inputs after the
    formals. Constants, and expressions of constants alone, stay inside. Extents of inputs are taken
    from these inputs, so that the arrays that have them are kept. `stands_for`: shared variables
    that formals replace.
    """
    others = outside(outputs, {*formals, *stands_for})
    replaced: dict[Variable, Variable] = dict(stands_for)  # type: ignore[arg-type]
    found = set(others)
    asked = [v for v in others if _asks_one_of(v, found)]
    others = [v for v in others if v not in asked]
    for variable in others:
        replaced[variable] = stand_in(variable)
    for variable in asked:
        node = variable.owner
        assert node is not None
        replaced[variable] = node.op(replaced[node.inputs[0]])
    mapping = rebuild(outputs, replaced)
    inner = [replaced[variable] for variable in others]
    return Captured(InnerGraph([*formals, *inner], [mapping[v] for v in outputs]), others)


def _asks_one_of(variable: Variable, others: Collection[Variable]) -> bool:
    node = variable.owner
    return node is not None and isinstance(node.op, ShapeOf) and node.inputs[0] in others


def outside(outputs: Sequence[Variable], varying: Collection[Variable]) -> list[Variable]:
    """Return the variables that `outputs` need, do not depend on `varying`, and are not computed
    from constants alone: the first such on every path back."""
    depends = set(varying)
    fixed: set[Variable] = set()
    found: dict[Variable, None] = {}

    def note(variables: Iterable[Variable]) -> None:
        for variable in variables:
            known = variable in depends or variable in fixed
            if not known and not isinstance(variable, Constant):
                found.setdefault(variable)

    for node in toposort(outputs, stop_at=depends.copy()):
        if any(variable in depends for variable in node.inputs):
            depends.update(node.outputs)
            note(node.inputs)
        elif all(isinstance(v, Constant) or v in fixed for v in node.inputs):
            fixed.update(node.outputs)
    note(outputs)
    return list(found)


def updated_in_step(
    roots: Sequence[Variable],
    explicit: dict[SharedVariable, Variable],
    formals: Sequence[Variable],
    before: int,
    title: str,
) -> dict[SharedVariable, Variable]:
    """Return the new values of all shared variables that a step updates: explicit updates, and the
    default updates of those that it uses. Of random streams only those drawn from inside the
    step, see `drawn_inside`. Raises TypeError."""
    updates: dict[SharedVariable, Variable] = {}
    pending = list(explicit.items())
    seen: set[Variable] = set(explicit)
    roots = list(roots)
    while True:
        for target, value in pending:
            if not isinstance(target.type, TensorType):
                raise TypeError(
                    f"{title}: a loop carries tensors from step to step, and {target} is a"
                    f" {target.type}; update it outside, or draw from T.shared_randomstreams"
                )
            try:
                updates[target] = fit_update(target, new_value(target, value))
            except TypeError as error:
                said = str(error).removeprefix("function: ")
                raise TypeError(f"{title}: {said}") from None
        used = ancestors([*roots, *updates.values()])
        drawn = drawn_inside(used, formals, before)
        pending = [
            (v, drawn.get(v, v.default_update))
            for v in used
            if isinstance(v, SharedVariable)
            and v not in seen
            and v.default_update is not None
            and (v in drawn or not is_stream(v))
        ]
        if not pending:
            return updates
        seen.update(v for v, _ in pending)


def drawn_inside(
    used: Sequence[Variable], formals: Collection[Variable], before: int
) -> dict[SharedVariable, Variable]:
    """Return the streams from which a step draws, with the states after it. `used`: all variables
    that the step needs, inputs before what is computed from them.

    A draw is inside where its stream was made by the step (its number is not below `before`), or
    where the numbers drawn, or how many, depend on the step's `formals`, as in a clone of a graph
    written outside. Any other draw belongs to the surrounding graph: all steps share it.
    """
    depends = set(formals)
    left = left_by_loops(used)
    found: dict[SharedVariable, Variable] = {}
    for node in dict.fromkeys(v.owner for v in used if v.owner is not None):
        if not depends.isdisjoint(node.inputs):
            depends.update(node.outputs)
        state = node.inputs[0] if isinstance(node.op, RandomOp) else None
        if state is None or state in left or not isinstance(state, SharedVariable):
            continue
        if state.number >= before and state.default_update is not None:
            found[state] = state.default_update
        elif node.outputs[0] in depends:
            found.setdefault(state, node.outputs[0])
    known = set(used)
    for state, value in left.items():
        varies = not depends.isdisjoint(ancestors([value], stop_at=known))
        if varies or state.number >= before or not is_stream(state):
            found[state] = value
    return found


def check_strict(captured: Iterable[Variable], allowed: Collection[Variable], title: str) -> None:
    """Raise MissingInputError for captured variables that are not among `non_sequences`."""
    leaves = [
        v
        for v in ancestors(captured, stop_at=allowed)
        if v.owner is None and v not in allowed and not isinstance(v, Constant)
    ]
    if leaves:
        # For a stream, users know the variable drawn from it.
        drawn = [(v, drawn_from(v)) for v in leaves]
        shown = [v if found is None else found for v, found in drawn]
        listed = ", ".join(f"{v} ({v.type}, made at {v.location})" for v in shown)
        told = f"{title}: strict=True, but fn uses {listed}, which non_sequences does not hold"
        raise MissingInputError(shown[0], message=told)
