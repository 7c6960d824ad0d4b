"""Values to try expressions with: what Theano's flag `compute_test_value` asks for.

A program gives variables a `tag.test_value`; each node that is made then computes those of its
outputs, and so an error shows where the expression is written.
"""

import sys
from typing import Any

from symgraph.compat.theano.configdefaults import config
from symgraph.compat.theano.gof.utils import scratchpad
from symgraph.graph import Apply, Constant, SharedVariable, TensorType, Variable, warn
from symgraph.graph.evaluation import performed

# Nodes that symgraph makes of variables of its own, which no program can give values.
_WITHIN = tuple(
    f"symgraph.{room}." for room in ("compile", "rewrite", "lower", "loops", "backends")
)
_ALSO_WITHIN = ("symgraph.graph.function_graph", "symgraph.graph.traversal")


def trial_value(variable: Variable) -> Any:
    """Return the value to try a variable with: its test value, or what a constant or shared
    variable holds. Raises AttributeError where there is none, TypeError for one of another type.

    >>> from symgraph.compat.theano.gof.trial_values import trial_value
    >>> trial_value(T.constant(2.0))
    array(2.)
    """
    if isinstance(variable, Constant):
        return variable.data
    if isinstance(variable, SharedVariable):
        return variable.get_value(borrow=True)
    tag: Any = getattr(variable, "tag", None)
    if not hasattr(tag, "test_value"):
        raise AttributeError(f"{variable} has no test value")
    value = tag.test_value
    if not isinstance(variable.type, TensorType):
        return value
    try:
        return variable.type.filter(value)
    except TypeError as error:
        raise TypeError(
            f"the test value of {variable} ({variable.type}) is of another type: {error}"
        ) from None


def compute_trial_values(node: Apply) -> None:
    """Give the outputs of a node the values that it computes of its inputs' values, as the flag
    `compute_test_value` says.

    Raises ValueError for an input without one where the flag is 'raise'; what computing raises.

    >>> from symgraph.compat.theano.gof.trial_values import compute_trial_values
    >>> compute_trial_values(T.exp(T.dscalar("x")).owner)
    """
    action = config.compute_test_value
    if action == "off":
        return
    values = []
    for position, variable in enumerate(node.inputs):
        try:
            values.append(trial_value(variable))
        except AttributeError:
            if action != "ignore" and not _is_internal():
                message = (
                    f"Cannot compute test value: input {position} ({variable}) of Op {node} missing"
                    " default value; set its tag.test_value"
                )
                if action == "warn":
                    warn(message, UserWarning)
                    return
                raise ValueError(message) from None
            return
    for output, value in zip(node.outputs, performed(node, values), strict=True):
        _tag(output).test_value = value


def _tag(variable: Variable) -> Any:
    found: Any = variable
    if not isinstance(getattr(found, "tag", None), scratchpad):
        found.tag = scratchpad()
    return found.tag


def _is_internal() -> bool:
    """Return whether a node is made while symgraph compiles, rewrites or writes loops."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith(_WITHIN) or name in _ALSO_WITHIN:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
