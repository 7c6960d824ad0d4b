"""Derivatives as expressions: `grad` of a scalar cost, and `Lop`, a vector times a Jacobian."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symgraph.gradient.arguments import (
    as_points,
    as_variables,
    check_choices,
    check_cost,
    disconnected,
    known_gradients,
    like,
    listed,
)
from symgraph.gradient.cotangents import describe, fit_point, is_discrete, is_null, zeros_like
from symgraph.gradient.errors import NullTypeGradError
from symgraph.gradient.paths import dependency_path, path_text
from symgraph.gradient.reverse import Sweep, backpropagate, connected
from symgraph.gradient.unit_cotangents import drop_products_by_one
from symgraph.graph import DISCRETE_DTYPES, Apply, TensorType, Variable, one_location
from symgraph.ops.constant import constant
from symgraph.ops.scan_parts import added


def grad(
    cost: Variable | None,
    wrt: Variable | Sequence[Variable],
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
    add_names: bool = True,
    known_grads: Mapping[Variable, Any] | Iterable[tuple[Variable, Any]] | None = None,
    return_disconnected: str = "zero",
    null_gradients: str = "raise",
) -> Any:
    """Differentiate a scalar cost with respect to variables, by reverse accumulation.

    cost: a scalar of floats; None where `known_grads` says all.
    wrt: one variable, or a list or tuple of them.
    consider_constant: variables through which nothing is differentiated.
    disconnected_inputs: what to do where the cost does not depend on a variable: 'raise'
        DisconnectedInputError, 'warn', or 'ignore'.
    add_names: name the results (dcost/dx) where cost and variable are named.
    known_grads: derivatives of the cost with respect to some variables, where they are known;
        nothing is added to them. They need not be ancestors of `cost`. One of type
        DisconnectedType says that the cost does not depend on the variable.
    return_disconnected: what stands for a disconnected variable: 'zero' (zeros of its shape, in
        floatX for integers), 'none' (None), or 'disconnected' (of type DisconnectedType).
    null_gradients: where an operation on the path has no derivative: 'raise' NullTypeGradError, or
        'return' a variable whose type is NullType.
    Returns expressions of the variables' own shapes and dtypes, in the form of `wrt`, which can be
    differentiated again. Raises TypeError where the cost is no scalar of floats. Cost: a few times
    that of the expression itself, however many variables there are.

    A path through integers or truth values (comparisons, casts, rounding) has the derivative 0. An
    integer in `wrt` counts as a number where floats are computed from it at once, also inside of
    scan, ifelse and OpFromGraph, and its derivative has floatX: zeros, where only integers are,
    such as its entries, which the steps of a scan read.
    Kinks give the derivative of one side; where a value was not used, by `switch`, `maximum` or
    indexing, its cotangent is zero however steep the function there. A root of what cannot be
    negative, such as a norm or a standard deviation, has the derivative 0 where it is 0. Functions
    that undo one another are differentiated as what they come to: the square of a norm,
    exp(log(x)), log(sigmoid(x)). Of other functions of a norm at 0, such as cos(norm(x)), first
    derivatives are right, but second ones lack what the norm's own derivative would give.

    >>> x = T.dscalar("x")
    >>> sg.grad(x ** 3, x).eval({x: 2.0})
    array(12.)
    """
    check_choices(
        disconnected_inputs=disconnected_inputs,
        return_disconnected=return_disconnected,
        null_gradients=null_gradients,
    )
    variables = as_variables(wrt)
    known, without = known_gradients(known_grads)
    constants = [*listed(consider_constant, "consider_constant"), *without]
    seeds: dict[Variable, Variable] = {}
    if cost is not None:
        check_cost(cost)
        if cost not in known and cost not in without:
            seeds[cost] = constant(1, cost.type.dtype)
    elif not known and not without:
        raise ValueError("grad needs a cost, or known_grads in its place")
    policy = (disconnected_inputs, return_disconnected, null_gradients)
    with one_location():
        sweep = backpropagate(seeds, variables, known, constants)
        name = _output_name(cost, known)
        outputs = [*seeds, *known, *without]
        results = _collect(sweep, outputs, variables, name, policy, without)
    if add_names and cost is not None:
        _name_results(cost, variables, results, _old(sweep))
    return like(wrt, results)


def Lop(
    f: Variable | Sequence[Variable],
    wrt: Variable | Sequence[Variable],
    eval_points: Variable | Sequence[Variable],
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """Compute the product of a vector and a Jacobian, by reverse accumulation.

    f: a variable of floats, or a list of them; outputs that depend on one another add up.
    wrt: one variable, or a list or tuple of them.
    eval_points: the vector: for each output of f an array of its rank.
    consider_constant, disconnected_inputs: as for `grad`.
    Returns the sum of eval_points * df / dwrt, in the form and the shapes of `wrt`. Raises as
    `grad` does.

    >>> x = T.dvector("x")
    >>> sg.Lop(x ** 2, x, T.constant([1.0, 10.0])).eval({x: [3.0, 4.0]})
    array([ 6., 80.])
    """
    check_choices(disconnected_inputs=disconnected_inputs)
    outputs, points = as_variables(f, "f"), as_points(eval_points)
    if len(outputs) != len(points):
        raise ValueError(f"Lop: {len(outputs)} outputs but {len(points)} eval_points")
    variables = as_variables(wrt)
    seeds: dict[Variable, Variable] = {}
    for output, point in zip(outputs, points, strict=True):
        if is_discrete(output):
            raise TypeError(f"Lop: {describe(output)} holds integers, so it has no derivative")
        if point is None:
            continue
        point = fit_point(point, output, "eval_points")
        seeds[output] = added(seeds[output], point) if output in seeds else point
    constants = listed(consider_constant, "consider_constant")
    policy = (disconnected_inputs, "zero", "raise")
    with one_location():
        sweep = backpropagate(seeds, variables, constants=constants)
        results = _collect(sweep, list(seeds), variables, _output_name(None, seeds), policy)
    return like(wrt, results)


def _collect(
    sweep: Sweep,
    outputs: Sequence[Variable],
    variables: Sequence[Variable],
    name: str,
    policy: tuple[str, str, str],
    without: Sequence[Variable] = (),
) -> list[Variable | None]:
    """Return the sweep's cotangents of `variables`, without multiplications by one, treated by the
    policies for disconnected inputs, their return value, and undefined derivatives; by `without`
    there is none."""
    disconnected_inputs, return_disconnected, null_gradients = policy
    lost = sweep.lost.union(without)
    found = [None if v in lost else sweep.total.get(v) for v in variables]
    plain = [value for value in found if value is not None and not is_null(value)]
    simple = drop_products_by_one(plain, _old(sweep))
    results: list[Variable | None] = []
    for variable, value in zip(variables, found, strict=True):
        if is_null(value):
            if null_gradients == "raise":
                raise NullTypeGradError(_null_message(sweep, outputs, variable, name))
            results.append(value)
        elif value is not None:
            results.append(simple[value])
        elif variable not in without and _is_zero(variable, sweep):
            results.append(zeros_like(variable))
        else:
            message = _disconnected_message(sweep, outputs, variable, name)
            results.append(
                disconnected(variable, message, disconnected_inputs, return_disconnected)
            )
    return results


def _is_zero(variable: Variable, sweep: Sweep) -> bool:
    """Return whether the derivative by a variable is zero, though the outputs depend on it."""
    depends = variable in sweep.reached and variable not in sweep.lost
    return depends and isinstance(variable.type, TensorType)


def _old(sweep: Sweep) -> set[Variable]:
    """Return the variables that existed before the sweep."""
    old = {v for node in sweep.nodes for v in (*node.inputs, *node.outputs)}
    return old | set(sweep.known) | set(sweep.known.values())


# --- names and messages ---


def _output_name(cost: Variable | None, others: Iterable[Variable]) -> str:
    return str(cost) if cost is not None else ", ".join(map(str, others))


def _name_results(
    cost: Variable, wrt: Sequence[Variable], results: Sequence[Variable | None], old: set[Variable]
) -> None:
    for variable, result in zip(wrt, results, strict=True):
        named = cost.name is not None and variable.name is not None
        if named and result is not None and result.name is None and result not in old:
            result.name = f"(d{cost.name}/d{variable.name})"


def _null_message(
    sweep: Sweep, outputs: Sequence[Variable], variable: Variable, output: str
) -> str:
    path: list[Apply] = []
    current: Variable | None = variable
    while current in sweep.poisoned_by:
        node = sweep.poisoned_by[current]
        path.append(node)
        current = next((v for v in node.outputs if is_null(sweep.total.get(v))), None)
    if path and current is None:
        # The last node on the path is the cause; any continuation of the path will do.
        last = next(v for v in path[-1].outputs if v in sweep.reached)
        path += dependency_path(outputs, last) or []
    reason = sweep.total[variable].type.reason
    return (
        f"the derivative of {output} with respect to {describe(variable)} is undefined:"
        f" {reason}; the way there is {path_text(path, variable, output)}"
    )


def _disconnected_message(
    sweep: Sweep, outputs: Sequence[Variable], variable: Variable, output: str
) -> str:
    path = dependency_path(outputs, variable)
    if path is None:
        cause = f"{output} does not depend on it"
    elif variable in sweep.lost or _holds_integers(variable):
        cause = (
            "it holds integers, and an operation of floats gives no derivative by them; the way"
            f" there is {path_text(path, variable, output)} (declare it as a float, or cast it)"
        )
    elif not isinstance(variable.type, TensorType):
        cause = f"it holds values of the type {variable.type}, by which there is no derivative"
    else:
        cause = _cut(sweep, path, variable, output)
    return (
        f"no derivative of {output} with respect to {describe(variable)}: {cause}."
        " To get zeros instead, pass disconnected_inputs='ignore'"
    )


def _holds_integers(variable: Variable) -> bool:
    """Return whether a variable of another type than that of tensors holds integers. Of tensors,
    the sweep knows which ones an operation gave no derivative."""
    dtype = getattr(variable.type, "dtype", None)
    return not isinstance(variable.type, TensorType) and dtype in DISCRETE_DTYPES


def _cut(sweep: Sweep, path: Sequence[Apply], variable: Variable, output: str) -> str:
    """Return where a path from `variable` to the output loses the derivative."""
    way = f"the way there is {path_text(path, variable, output)}"
    inputs: Sequence[Variable] = [variable]
    for node in path:
        held = [v for v in node.outputs if v in sweep.constants]
        if held:
            return f"{held[0]} is considered constant; {way}"
        cuts = all(not connected(node, i) for i, v in enumerate(node.inputs) if v in inputs)
        if cuts or any(v in sweep.reached for v in node.outputs):
            where = f" at {node.location}" if node.location is not None else ""
            return f"{node.op}{where} passes no derivative on; {way}"
        inputs = node.outputs
    return way
