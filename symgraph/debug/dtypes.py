"""Tracing of dtypes: where a dtype entered an expression ("why is this float64?")."""

from collections.abc import Iterable

from symgraph.graph import Constant, TensorType, Variable, ancestors, toposort


def dtype_origins(outputs: Variable | Iterable[Variable], dtype: str = "float64") -> list[Variable]:
    """Return the variables at which a dtype comes into a graph.

    outputs: a variable, or several.
    dtype: the name of the dtype.
    Returns those variables of the dtype that `outputs` depend on and that are made of none of that
    dtype: inputs and shared variables, results of operations that widened what they got, and
        constants
    that others were widened for (a plain number takes the dtype of what it meets); in the order in
    which they are computed. Each has its `location`, the user's line.

    >>> x, n = T.fvector("x"), T.lvector("n")
    >>> sg.debug.dtype_origins(T.exp(x * n))
    [mul]
    """
    roots = [outputs] if isinstance(outputs, Variable) else list(outputs)

    def has_it(variable: Variable) -> bool:
        return isinstance(variable.type, TensorType) and variable.type.dtype == dtype

    widening: set[Variable] = {v for v in roots if isinstance(v, Constant)}
    for node in toposort(roots):
        having = [variable for variable in node.inputs if has_it(variable)]
        if all(isinstance(variable, Constant) for variable in having):
            widening.update(having)

    def is_origin(variable: Variable) -> bool:
        if variable.owner is not None:
            return not any(map(has_it, variable.owner.inputs))
        return not isinstance(variable, Constant) or variable in widening

    return [variable for variable in ancestors(roots) if has_it(variable) and is_origin(variable)]
