"""Forward accumulation: derivatives along one direction."""

from collections.abc import Sequence
from typing import Any

from symgraph.graph import Variable, toposort
from symgraph.gradient.reverse import DisconnectedInputError
from symgraph.ops.constant import as_tensor, constant
from symgraph.ops.scalar_table import cast, second


def Rop(
    f: Variable | Sequence[Variable],
    wrt: Variable | Sequence[Variable],
    eval_points: Variable | Sequence[Variable],
    disconnected_outputs: str = "raise",
) -> Any:
    """The Jacobian of `f` by `wrt` times `eval_points`, which have the shapes of `wrt`.

    Raises DisconnectedInputError for an output that depends on none of `wrt`, unless
    `disconnected_outputs` is 'ignore', which gives zeros.
    """
    outputs = list(f) if isinstance(f, list | tuple) else [f]
    variables = list(wrt) if isinstance(wrt, list | tuple) else [wrt]
    points = list(eval_points) if isinstance(eval_points, list | tuple) else [eval_points]
    if len(variables) != len(points):
        raise ValueError(f"Rop: {len(points)} points are given for {len(variables)} variables")
    tangents: dict[Variable, Variable] = {}
    for variable, point in zip(variables, map(as_tensor, points), strict=True):
        if point.type.ndim != variable.type.ndim:
            raise TypeError(
                f"Rop: the point {point} ({point.type}) has not the rank of {variable}"
                f" ({variable.type})"
            )
        tangents[variable] = cast(point, variable.type.dtype)
    for node in toposort(outputs, stop_at=tangents):
        given = [tangents.get(variable) for variable in node.inputs]
        if any(tangent is not None for tangent in given):
            for variable, tangent in zip(node.outputs, node.op.jvp(node, given), strict=True):
                if tangent is not None:
                    tangents.setdefault(variable, tangent)
    results = []
    for output in outputs:
        if output not in tangents:
            if disconnected_outputs != "ignore":
                raise DisconnectedInputError(
                    f"{output} ({output.type}) depends on none of"
                    f" {', '.join(map(str, variables))}; created at {output.place}"
                )
            tangents[output] = second(output, constant(0, output.type.dtype))
        results.append(tangents[output])
    return results if isinstance(f, list | tuple) else results[0]
