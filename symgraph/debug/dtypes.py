"""Where a dtype entered an expression: the answer to "why is this float64?"."""

from collections.abc import Iterable

from symgraph.graph import Constant, TensorType, Variable, ancestors, toposort


def dtype_origins(outputs: Variable | Iterable[Variable], dtype: str = "float64") -> list[Variable]:
    """The variables of `dtype` that `outputs` depend on and that are made of none of that dtype:
    inputs and shared variables, results of operations that widened what they got, and constants
    that others were widened for (a plain number takes the dtype of what it meets).

    In the order in which they are computed; each has its `place`, the user's line.
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
