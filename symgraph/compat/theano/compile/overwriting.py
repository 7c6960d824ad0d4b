"""Functions of Theano's that write results over their arguments, as `accept_inplace=True` asks.

Theano's functions whose names end with `_inplace` write over their first operand. In symgraph no
operation does; a function with such an expression copies its value into the argument, and updates a
shared variable.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from symgraph.compile import Function, In, Out
from symgraph.graph import SharedVariable, Variable, toposort

# By result of a function that works in place, the operand that it is written over.
WRITTEN_OVER: "WeakKeyDictionary[Variable, Variable]" = WeakKeyDictionary()


def overwritten(
    inputs: Sequence[Any], outputs: Any
) -> tuple[dict[int, Variable], dict[SharedVariable, Variable]]:
    """Return what is written over inputs, by position, and over shared variables: the last values.

    inputs: variables and `In` objects. outputs: a variable or `Out`, a list or a dict of them.

    >>> from symgraph.compat.theano.compile.overwriting import overwritten
    >>> from symgraph.compat.theano.tensor.elementwise import function_named
    >>> x = T.dscalar("x")
    >>> overwritten([x], function_named("exp_inplace")(x))
    ({0: exp}, {})
    """
    positions = {
        (given.variable if isinstance(given, In) else given): position
        for position, given in enumerate(inputs)
    }
    found: dict[int, Variable] = {}
    updates: dict[SharedVariable, Variable] = {}
    listed, _ = read_outputs(outputs)
    roots = [entry.variable if isinstance(entry, Out) else entry for entry in listed]
    for node in toposort([root for root in roots if isinstance(root, Variable)]):
        for result in node.outputs:
            below = result
            while below in WRITTEN_OVER and below not in positions:
                below = WRITTEN_OVER[below]
            if below is result or below.type.dtype != result.type.dtype:
                continue
            if below in positions:
                found[positions[below]] = result
            elif isinstance(below, SharedVariable):
                updates[below] = result
    return found, updates


def read_outputs(outputs: Any) -> tuple[list[Any], str | list[str]]:
    """Return what a function returns as a list, and its form: 'one', 'list', 'none' or the keys.

    outputs: None, a variable or `Out`, a list or a dict of them.

    >>> from symgraph.compat.theano.compile.overwriting import read_outputs
    >>> read_outputs(None)
    ([], 'none')
    """
    if outputs is None:
        return [], "none"
    if isinstance(outputs, Mapping):
        return list(outputs.values()), list(outputs)
    if isinstance(outputs, list | tuple):
        return list(outputs), "list"
    return [outputs], "one"


class OverwritingFunction(Function):
    """A compiled function whose calls copy the last of its results into its arguments.

    made: the compiled function; behind its own results it returns those that are copied.
    positions: of the arguments. form: that of the results, as `read_outputs` returns it.
    """

    def __new__(cls, *args: Any, **keywords: Any) -> "OverwritingFunction":
        """Return an object whose calls go through Python."""
        made: OverwritingFunction = object.__new__(cls)
        return made

    def __init__(self, made: Function, positions: Sequence[int], form: str | list[str]) -> None:
        self.__dict__.update(made.__dict__)
        self.positions, self.form = list(positions), form

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        results = super().__call__(*args, **keywords)
        own = len(results) - len(self.positions)
        for position, value in zip(self.positions, results[own:], strict=True):
            name = self.inputs[position].variable.name
            target = args[position] if position < len(args) else keywords.get(name or "")
            if isinstance(target, np.ndarray) and target.dtype == value.dtype:
                target[...] = value
        if isinstance(self.form, list):
            return dict(zip(self.form, results[:own], strict=True))
        return {"one": results[0], "none": None}.get(self.form, results[:own])
