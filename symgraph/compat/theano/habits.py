"""Theano's habits that touch every variable: the one place where they are turned on.

- `if not W`: a variable counts as true, except the result of a comparison, which raises;
- attributes of a program's own, and `variable.tag`;
- Python numbers are constants of the smallest dtype that holds them: see `autocast`.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from symgraph.compat.theano.autocast import autocast_dtype
from symgraph.compat.theano.gof.utils import scratchpad
from symgraph.graph import Habits, TensorType, Variable, config
from symgraph.graph import adopt as adopt_natively
from symgraph.ops.constant import constant, weak_dtype

_COMPARISONS = frozenset({"lt", "gt", "le", "ge", "eq", "neq"})


def adopt() -> None:
    """Turn Theano's habits on, for the rest of the process."""
    adopt_natively(Habits(truth=_truth, attribute=_attribute, number=_number))


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
        return scratchpad()
    raise AttributeError(f"{variable} ({variable.type}) has no attribute {name!r}")


def _number(variable: Variable, value: Any) -> Any:
    """Return a number as it is where its own rule gives the same dtype, else Theano's constant."""
    if not isinstance(variable.type, TensorType):
        return value
    dtype = _dtype_beside(variable.type.dtype, type(value), repr(value), config.floatX)
    return value if dtype is None else constant(value, dtype)


@lru_cache(maxsize=4096)
def _dtype_beside(strong: str, kind: type, text: str, floatX: str) -> str | None:
    """Return the dtype that Theano gives a number, or None where it makes no difference beside a
    tensor of the dtype `strong`. The number is given as text because equal numbers may differ."""
    value = _value(kind, text)
    own = autocast_dtype(value)
    try:
        weak = weak_dtype(value, strong)
    except OverflowError:
        return own
    same = np.promote_types(strong, own) == np.promote_types(strong, weak)
    return None if same else own


def _value(kind: type, text: str) -> Any:
    if kind is bool:
        return text == "True"
    return kind(text)
