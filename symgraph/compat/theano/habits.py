"""Theano's habits that touch every variable: the one place where they are turned on.

- `if not W`: a variable counts as true, except the result of a comparison, which raises;
- attributes of a program's own, `variable.tag` and `variable.auto_name`;
- methods that Theano's variables and types have, or have in another form: see `methods`;
- Python numbers are constants of the smallest dtype that holds them: see `autocast`.
"""

import traceback
from typing import Any

from symgraph.compat.theano.autocast import number_beside
from symgraph.compat.theano.configdefaults import config
from symgraph.compat.theano.gof.utils import scratchpad
from symgraph.compat.theano.methods import METHODS
from symgraph.compat.theano.old_pickles import adopt as read_old_pickles
from symgraph.graph import Constant, Habits, Variable
from symgraph.graph import adopt as adopt_natively

_COMPARISONS = frozenset({"lt", "gt", "le", "ge", "eq", "neq"})


def adopt() -> None:
    """Turn Theano's habits on, for the rest of the process."""
    read_old_pickles()
    adopt_natively(
        Habits(
            truth=_truth,
            attribute=_attribute,
            number=number_beside,
            methods=METHODS,
        )
    )


def _truth(variable: Variable) -> bool:
    if variable.owner is not None and str(variable.owner.op) in _COMPARISONS:
        raise TypeError(
            f"Variables do not support boolean operations: {variable} is a comparison, whose truth"
            " is not known before it is computed; choose with switch(condition, a, b), and write"
            " (a < b) & (b < c) for a < b < c"
        )
    return True


def _attribute(variable: Variable, name: str) -> Any:
    if name == "tag":
        made: Any = scratchpad()
        if variable.location is not None:
            place = variable.location
            frame = (place.filename, place.line, place.function, None)
            made.trace = [traceback.StackSummary.from_list([frame])]
        if isinstance(variable, Constant) and config.compute_test_value != "off":
            # What is a constant here, such as a known shape, may be computed in Theano.
            made.test_value = variable.data
        return made
    if name == "auto_name":
        # Numbered when first asked for, as nothing else needs the number.
        numbers: Any = type(variable)
        return f"auto_{next(numbers.__count__)}"
    raise AttributeError(f"{variable} ({variable.type}) has no attribute {name!r}")
