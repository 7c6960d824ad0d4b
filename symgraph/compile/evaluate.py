"""`variable.eval({x: value})`: compile once, then call."""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from symgraph.compile.executable import Function
from symgraph.compile.function import function
from symgraph.graph import Variable, graph_inputs

_compiled: "WeakKeyDictionary[Variable, dict[Any, Function]]" = WeakKeyDictionary()


def evaluate(
    variable: Variable,
    inputs_to_values: Mapping[Variable | str, Any] | None = None,
    mode: Any = None,
) -> Any:
    """The value of `variable`, given values of the free variables by variable or by name.

    The function is compiled on the first call and kept with the variable.
    """
    values: dict[Variable, Any] = {}
    for key, value in (inputs_to_values or {}).items():
        if isinstance(key, str):
            named = [v for v in graph_inputs([variable]) if v.name == key]
            if len(named) != 1:
                found = "none" if not named else "several"
                raise ValueError(f"eval: of the inputs of {variable}, {found} is named {key!r}")
            key = named[0]
        values[key] = value
    functions = _compiled.setdefault(variable, {})
    signature = (tuple(map(id, values)), mode if mode is None else str(mode))
    compiled = functions.get(signature)
    if compiled is None:
        compiled = functions[signature] = function(list(values), variable, mode=mode)
    return compiled(*values.values())


def install() -> None:
    """Give variables their `eval`. Called once, by the package's face."""
    Variable.eval = evaluate  # type: ignore[attr-defined]
