"""Logarithms of sigmoids, in all their forms, as softplus: the form that is differentiated.

By way of the sigmoid, whose derivative vanishes together with its value, the derivative would be
0 / 0 where the sigmoid is saturated.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from symgraph.graph import Apply, Constant, Variable, are_alike
from symgraph.ops.elemwise import Elemwise, scalar_functions


@dataclass
class Plain:
    """An expression of `bases`, and the nodes that compute the same value from them as written."""

    value: Variable
    bases: Sequence[Variable]
    passed: Sequence[Variable]

    def stands_for(self, output: Variable, kept: Collection[Variable]) -> bool:
        return self.value.type == output.type and not any(v in kept for v in self.passed)


def name_of(variable: Variable) -> str | None:
    """Return the name of the scalar function that computes the variable elementwise; None
    otherwise."""
    node = variable.owner
    return node.op.scalar.name if node is not None and isinstance(node.op, Elemwise) else None


def operands(variable: Variable) -> Sequence[Variable]:
    """Return the inputs of the node that computes the variable."""
    return () if variable.owner is None else variable.owner.inputs


def log_of_sigmoid(node: Apply) -> Plain | None:
    """log(sigmoid(x)) = -softplus(-x); log1p(-sigmoid(x)) = -softplus(x); log(1 + exp(x)) and
    log1p(exp(x)) = softplus(x)"""
    name, inner = node.op.scalar.name, node.inputs[0]
    softplus = scalar_functions["softplus"]
    if name not in ("log", "log1p"):
        return None
    total = _exponential_and_one(inner) if name == "log" else None
    if total is not None or (name == "log1p" and name_of(inner) == "exp"):
        exponential = inner if total is None else total
        (x,) = operands(exponential)
        return Plain(softplus(x), [x], [inner, exponential])
    if name == "log1p" and name_of(inner) != "neg":
        return None
    value = inner if name == "log" else operands(inner)[0]
    found = _sigmoid(value)
    if found is None:
        return None
    x, negated, passed = found
    if negated == (name == "log"):
        return Plain(-softplus(x), [x], [inner, *passed])
    return Plain(-softplus(-x), [x], [inner, *passed])


def _sigmoid(value: Variable) -> tuple[Variable, bool, list[Variable]] | None:
    """Return x, whether it is negated, and the nodes that compute the value from x, where it is
    sigmoid(x) or sigmoid(-x): that itself, 1 - sigmoid(x), 1 / (1 + exp(x)) or
    exp(x) / (1 + exp(x)). None otherwise."""
    negated, passed = False, [value]
    while name_of(value) == "sub" and _is_one(operands(value)[0]):
        value = operands(value)[1]
        negated = not negated
        passed.append(value)
    name = name_of(value)
    if name == "sigmoid":
        return operands(value)[0], negated, passed
    if name not in ("reciprocal", "true_div"):
        return None
    *above, below = operands(value)
    exponential = _exponential_and_one(below)
    if exponential is None:
        return None
    passed += [below, exponential]
    x = operands(exponential)[0]
    if not above or _is_one(above[0]):
        return x, not negated, passed
    return (x, negated, passed) if are_alike(above[0], exponential) else None


def _exponential_and_one(total: Variable) -> Variable | None:
    """Return exp(x), where this is 1 + exp(x); None otherwise."""
    if name_of(total) == "add":
        for one, other in (operands(total), operands(total)[::-1]):
            if _is_one(one) and name_of(other) == "exp":
                return other
    return None


def _is_one(variable: Variable) -> bool:
    if not isinstance(variable, Constant) or variable.data.size != 1:
        return False
    return bool(variable.data.item() == 1)
