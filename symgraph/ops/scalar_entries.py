"""The forms in which `scalar_table` declares its functions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.elemwise import elementwise, scalar_functions
from symgraph.ops.scalar import (
    BITS,
    ORDERED,
    REALS,
    Contribution,
    Undefined,
    always_bool,
    declare,
    upgrade_to_float,
)

Function = Callable[..., Variable]


def entry(
    name: str, numpy: Callable[..., Any], *rules: Contribution | Undefined | None, **facts: Any
) -> Function:
    """Declare a scalar function in the table; return the public function."""
    return elementwise(declare(name, numpy, rules, **facts))


def float_entry(
    name: str, numpy: Callable[..., Any], *rules: Contribution | Undefined, **facts: Any
) -> Function:
    return entry(name, numpy, *rules, result=upgrade_to_float, **facts)


def rounding(name: str, numpy: Callable[[np.ndarray], np.ndarray]) -> Function:
    """Declare a function to integers: integers and truth values stay as they are."""

    def rounded(a: np.ndarray) -> np.ndarray:
        return numpy(a) if a.dtype.kind == "f" else a

    return entry(name, rounded, lambda m, g, i, y: zero_like(g), takes=REALS)


def test(name: str, numpy: Callable[..., Any], arity: int, **facts: Any) -> Function:
    """Declare a predicate, which returns bools and so has no derivative."""
    return entry(name, numpy, *[None] * arity, result=always_bool, **facts)


def comparison(name: str, numpy: np.ufunc, symbol: str) -> Function:
    return test(name, numpy, 2, takes=ORDERED, symbol=symbol, precedence=30)


def choice(name: str, numpy: Callable[..., Any], *rules: Contribution, **facts: Any) -> Function:
    """Declare a function whose result is one of its operands, or a constant."""
    return entry(name, numpy, *rules, takes=ORDERED, masks=True, **facts)


def bitwise(name: str, numpy: np.ufunc, symbol: str, precedence: int, **facts: Any) -> Function:
    none = [None] * numpy.nin
    return entry(name, numpy, *none, takes=BITS, symbol=symbol, precedence=precedence, **facts)


def zero_like(g: Variable) -> Variable:
    return scalar_functions["second"](g, 0)
