"""The arithmetic operators of variables: Python's operators for the scalar functions."""

from collections.abc import Callable
from typing import Any

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s

# Python's binary operators, and the functions that they apply.
BINARY = {
    "add": s.add,
    "sub": s.sub,
    "mul": s.mul,
    "truediv": s.true_div,
    "floordiv": s.floor_div,
    "mod": s.mod,
    "pow": s.pow,
    "and": s.and_,
    "or": s.or_,
    "xor": s.xor,
    "lshift": s.left_shift,
    "rshift": s.right_shift,
}
COMPARISONS = {"lt": s.lt, "gt": s.gt, "le": s.le, "ge": s.ge}
UNARY = {"abs": s.abs, "neg": s.neg, "invert": s.invert}


def install() -> None:
    """Add the arithmetic operators to variables. Called once, when `symgraph.ops` is imported."""
    methods: dict[str, Callable[..., Any]] = {"pos": _itself, "divmod": _divmod}
    methods["rdivmod"] = _reflected(_divmod)
    methods |= {name: _unary(function) for name, function in UNARY.items()}
    methods |= {name: _binary(function) for name, function in (BINARY | COMPARISONS).items()}
    methods |= {f"r{name}": _reflected(function) for name, function in BINARY.items()}
    for name, method in methods.items():
        setattr(Variable, f"__{name}__", method)


def _itself(variable: Variable) -> Variable:
    return variable


def _divmod(a: Any, b: Any) -> tuple[Variable, Variable]:
    return s.floor_div(a, b), s.mod(a, b)


def _unary(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self: function(self)


def _binary(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: function(self, other)


def _reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: function(other, self)
