"""Forward accumulation: tangents propagate from the inputs of a graph to its outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

from symgraph.gradient.arguments import (
    as_points,
    as_variables,
    check_choices,
    disconnected,
    like,
)
from symgraph.gradient.cotangents import (
    describe,
    fit,
    fit_point,
    is_discrete,
    is_null,
    zeros_like,
)
from symgraph.gradient.errors import NullTypeGradError
from symgraph.gradient.reverse import (
    backpropagate,
    leading_to,
    prepared,
    undefined_derivative,
)
from symgraph.graph import (
    Apply,
    NotDifferentiable,
    Op,
    Variable,
    clone_replace,
    one_location,
    toposort,
)
from symgraph.ops.inner_graph import InnerGraphOp
from symgraph.ops.scan_parts import added


def Rop(
    f: Variable | Sequence[Variable],
    wrt: Variable | Sequence[Variable],
    eval_points: Variable | Sequence[Variable | None],
    disconnected_outputs: str = "raise",
    return_disconnected: str = "zero",
) -> Any:
    """Compute the product of a Jacobian and a vector, by forward accumulation.

    f: a variable of floats, or a list of them.
    wrt: one variable, or a list of them, which move independently of one another.
    eval_points: the vector: for each variable an array of its rank and shape; None stands for zero.
    disconnected_outputs: where an output depends on none of `wrt`: 'raise' DisconnectedInputError,
        'warn' or 'ignore'.
    return_disconnected: what stands for such an output: 'zero', 'none' or 'disconnected'.
    Returns how f changes when the variables move in that direction, in the form and the shapes of
    f. Raises TypeError and ValueError for points that do not fit. Cost: a few times that of f.

    >>> x = T.dvector("x")
    >>> sg.Rop((x ** 2).sum(), x, T.constant([1.0, 10.0])).eval({x: [3.0, 4.0]})
    array(86.)
    """
    check_choices(
        disconnected_outputs=disconnected_outputs, return_disconnected=return_disconnected
    )
    outputs, variables = as_variables(f, "f"), as_variables(wrt)
    points = as_points(eval_points)
    if len(variables) != len(points):
        raise ValueError(f"Rop: {len(variables)} variables in wrt but {len(points)} eval_points")
    directions: dict[Variable, Variable | None] = {}
    for variable, point in zip(variables, points, strict=True):
        if is_discrete(variable):
            raise TypeError(f"Rop: {describe(variable)} holds integers: nothing can move it")
        fitted = None if point is None else fit_point(point, variable, "eval_points")
        sofar = directions.get(variable)
        directions[variable] = fitted if sofar is None or fitted is None else added(sofar, fitted)
    nodes = toposort(outputs, stop_at=directions)
    with one_location():
        tangents = push_forward(prepared(nodes, {*outputs, *directions}), directions)
    moving = leading_to(nodes, directions)
    results: list[Variable | None] = []
    for output in outputs:
        value = tangents.get(output)
        if value is not None and is_null(value):
            raise NullTypeGradError(
                f"the forward derivative of {describe(output)} is undefined: {value.type.reason}"
            )
        if value is None and output in moving:
            value = zeros_like(output)
        elif value is None:
            message = (
                f"{describe(output)} does not depend on {', '.join(map(str, variables))}."
                " To get zeros instead, pass disconnected_outputs='ignore'"
            )
            value = disconnected(output, message, disconnected_outputs, return_disconnected)
        results.append(value)
    return like(f, results)


def push_forward(
    nodes: Sequence[Apply], directions: Mapping[Variable, Variable | None]
) -> dict[Variable, Variable]:
    """Return the tangents of all variables of `nodes` (in order) that are not zero everywhere."""
    tangents = {v: direction for v, direction in directions.items() if direction is not None}
    for node in nodes:
        if not any(variable in tangents for variable in node.inputs):
            continue
        for variable, tangent in zip(node.outputs, _tangents(node, tangents), strict=True):
            if variable not in directions and tangent is not None and not is_discrete(variable):
                tangents[variable] = tangent
    return tangents


def _tangents(node: Apply, known: Mapping[Variable, Variable]) -> Sequence[Variable | None]:
    inputs = [known.get(variable) for variable in node.inputs]
    undefined = next((t for t in inputs if is_null(t)), None)
    if undefined is not None:
        return [undefined] * len(node.outputs)
    if all(is_discrete(variable) for variable in node.outputs):
        return [None] * len(node.outputs)
    try:
        if isinstance(node.op, InnerGraphOp):
            results = node.op.forward(node, inputs, through_body)
        elif type(node.op).jvp is Op.jvp:
            results = transposed_twice(node, inputs)
        else:
            results = node.op.jvp(node, inputs)
    except NotDifferentiable as error:
        return [undefined_derivative(node, str(error))] * len(node.outputs)
    return [
        t if t is None or is_null(t) or is_discrete(variable) else fit(t, variable, node.op)
        for variable, t in zip(node.outputs, results, strict=True)
    ]


def through_body(
    outputs: Sequence[Variable], directions: Mapping[Variable, Variable | None]
) -> list[Variable | None]:
    """Return the tangents of outputs of an op's body (None: zero) for these tangents of its
    inputs."""
    nodes = prepared(toposort(outputs), {*outputs, *directions})
    tangents = push_forward(nodes, directions)
    return [None if is_discrete(output) else tangents.get(output) for output in outputs]


def transposed_twice(node: Apply, tangents: Sequence[Variable | None]) -> list[Variable | None]:
    """Return the jvp of an op that declares only its vjp, by applying the vjp twice.

    u -> vjp(u) is linear; its own vjp is the Jacobian itself. Where u still appears there it does
    not affect the result, so the node's outputs may replace it.
    """
    dummies = [None if is_discrete(output) else output.type() for output in node.outputs]
    terms = node.op.vjp(node, dummies)
    seeds: dict[Variable, Variable] = {}
    for term, tangent, variable in zip(terms, tangents, node.inputs, strict=True):
        if term is None or tangent is None:
            continue
        if is_null(term):
            raise NotDifferentiable(term.type.reason)
        seed = fit(tangent, variable, node.op)
        seeds[term] = seed if term not in seeds else added(seeds[term], seed)
    moved = [dummy for dummy in dummies if dummy is not None]
    sweep = backpropagate(seeds, moved, constants=[*node.inputs, *node.outputs])
    stand_ins = {d: o for d, o in zip(dummies, node.outputs, strict=True) if d is not None}
    return [
        None
        if dummy is None or dummy not in sweep.total
        else clone_replace([sweep.total[dummy]], stand_ins)[0]
        for dummy in dummies
    ]
