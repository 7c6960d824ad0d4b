"""Derivatives of a part of a graph, from derivatives that are known to those where the part
begins."""

from collections.abc import Mapping, Sequence
from typing import Any

from symgraph.gradient.grad import grad
from symgraph.graph import Variable
from symgraph.ops.scan_parts import added


def subgraph_grad(
    wrt: Sequence[Variable],
    end: Sequence[Variable],
    start: Mapping[Variable, Any] | None = None,
    cost: Variable | None = None,
    details: bool = False,
) -> Any:
    """Differentiate a part of an expression, which begins at some variables.

    wrt: the variables by which derivatives are taken, such as the weights of a layer.
    end: where the part begins, such as the layer's inputs: nothing is differentiated beyond.
    start: derivatives that are known, by the variables where the part ends.
    cost: a scalar that is differentiated as well, such as a penalty; its derivatives are added.
    details: whether the derivatives that come from `start` and from `cost` are returned, too.
    Returns the derivatives by `wrt` and those by `end`, two lists; then with `details` those by
    `wrt` that come from `start` and from `cost` (None where it is not given). Where nothing depends
    on a variable they are zeros. Raises ValueError where neither is given, and as `grad` does.

    >>> x, w = T.dvector("x"), T.dvector("w")
    >>> y = x * w
    >>> by_w, by_x = sg.subgraph_grad([w], [x], start={y: T.ones_like(y)}, cost=T.sum(w**2))
    >>> by_w[0].eval({x: [3.0], w: [2.0]}), by_x[0].eval({x: [3.0], w: [2.0]})
    (array([7.]), array([2.]))
    """
    if start is None and cost is None:
        raise ValueError("subgraph_grad needs derivatives to start from, or a cost")
    variables = [*wrt, *end]
    parts: list[list[Variable] | None] = []
    for given, known in ((start is not None, start), (cost is not None, None)):
        if not given:
            parts.append(None)
            continue
        parts.append(
            grad(
                cost if known is None else None,
                variables,
                consider_constant=end,
                known_grads=known,
                disconnected_inputs="ignore",
            )
        )
    first, second = parts
    if first is None or second is None:
        total = list(first or second or [])
    else:
        total = [added(a, b) for a, b in zip(first, second, strict=True)]
    count = len(wrt)
    result = total[:count], total[count:]
    if not details:
        return result
    return *result, *(None if part is None else part[:count] for part in parts)
