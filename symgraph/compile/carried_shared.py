"""Shared variables that loops carry from step to step."""

from collections.abc import Iterable

from symgraph.graph import SharedVariable, Variable
from symgraph.ops.constant import constant
from symgraph.ops.creation import Join
from symgraph.ops.scan import Scan
from symgraph.ops.shape import DimShuffle
from symgraph.ops.subtensor import Subtensor


def left_by_loops(variables: Iterable[Variable]) -> dict[SharedVariable, Variable]:
    """Return the final values of shared variables in the loops that compute any of `variables`:
    those with a default update that the loop carries from step to step, such as the state of a
    random stream after all draws in the loop."""
    found: dict[SharedVariable, Variable] = {}
    for node in {variable.owner: None for variable in variables}:
        if node is None or not isinstance(node.op, Scan):
            continue
        initials = node.op.parts(node.inputs).initials
        for initial, output in zip(initials, node.outputs, strict=False):
            carried = _carried(initial)
            if carried is not None and carried.default_update is not None:
                # After no steps it has its initial value.
                values = Join(0)(initial, output)
                found.setdefault(carried, Subtensor(("int",))(values, constant(-1, "int64")))
    return found


def _carried(initial: Variable) -> SharedVariable | None:
    """Return the shared variable that an initial value is, with an axis for steps added; None
    otherwise."""
    owner = initial.owner
    if owner is None or not isinstance(owner.op, DimShuffle):
        return None
    source = owner.inputs[0]
    is_whole = owner.op.order == ("x", *range(source.type.ndim))
    return source if is_whole and isinstance(source, SharedVariable) else None
