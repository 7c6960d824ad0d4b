"""`variable.eval({x: value})`: compile once, then call."""

from collections.abc import Mapping
from typing import Any

from symgraph.compile.backends import default_mode
from symgraph.compile.function import function
from symgraph.graph import Variable, ancestors, telling


def evaluate(
    variable: Variable,
    inputs_to_values: Mapping[Variable | str, Any] | None = None,
    mode: Any = None,
) -> Any:
    """Compute the value of the variable.

    inputs_to_values: values of the free variables, by variable or by name; or of computed ones, and
        then what these are computed from is not needed.
    mode: the name of a back end; by the flags `device` and `mode` unless given.
    Returns a NumPy array. The function is compiled on the first call and kept with the variable.
    Raises what `function` and its call do, and ValueError for a name that no input or several bear.

    >>> x = T.dvector("x")
    >>> (2 * x).eval({x: [1.0, 2.0]})
    array([2., 4.])
    """
    given = {} if inputs_to_values is None else inputs_to_values
    if not isinstance(given, Mapping):
        raise TypeError(f"eval takes a dict of values by variable or name, not {given!r}")
    values = {_input(variable, key): value for key, value in given.items()}
    if len(values) != len(given):
        raise ValueError(f"eval: one of {', '.join(map(str, given))} is given twice")
    if variable.evaluated is None:
        variable.evaluated = {}
    signature = (tuple(values), default_mode() if mode is None else mode)
    compiled = variable.evaluated.get(signature)
    if compiled is None:
        compiled = variable.evaluated[signature] = function(list(values), variable, mode=mode)
    return compiled(*values.values())


def _input(variable: Variable, key: Variable | str) -> Variable:
    if not isinstance(key, str):
        return key
    named = [v for v in ancestors([variable]) if v.name == key]
    # A computed variable may have been given the name of one that it is computed from.
    named = [v for v in named if v.owner is None] or named
    if len(named) != 1:
        found = "several are" if named else "none is"
        raise ValueError(f"eval: of what {variable} is computed from, {found} named {key!r}")
    return named[0]


def install() -> None:
    """Give variables their `eval`. Called once, by the package's `__init__`."""
    Variable.eval = telling(evaluate, "eval")  # type: ignore[method-assign]
