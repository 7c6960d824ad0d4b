"""Switches, boolean functions and comparisons whose outcome is known, or that are redundant."""

import numpy as np

from symgraph.graph import Apply, Variable
from symgraph.ops import ShapeOf
from symgraph.ops import scalar_table as T
from symgraph.ops.constant import number
from symgraph.rewrite.effects import cannot_raise
from symgraph.rewrite.engine import node_rule
from symgraph.rewrite.patterns import name_of, number_of, operands, rule, same, unpadded

ANY = "biuf"


def _last_is_harmless(c: Variable, x: Variable, y: Variable, z: Variable) -> bool:
    return cannot_raise(y)


SWITCHES = (
    rule("switch_of_switch", lambda c, x, y, z: T.switch(c, T.switch(c, x, y), z),
         lambda c, x, y, z: T.switch(c, x, z), kinds=ANY, where=_last_is_harmless),
    rule("switch_else_switch", lambda c, x, y, z: T.switch(c, x, T.switch(c, y, z)),
         lambda c, x, y, z: T.switch(c, x, z), kinds=ANY, where=_last_is_harmless),
)  # fmt: skip


@node_rule("switch_of_not", "switch")
def switch_of_not(node: Apply) -> Variable | None:
    """switch(~c, x, y) → switch(c, y, x)"""
    condition, x, y = node.inputs
    if name_of(condition) != "invert" or condition.type.dtype != "bool":
        return None
    return T.switch(operands(condition)[0], y, x)


TRUE_FALSE = {("1.0", "0.0"), ("1", "0"), ("True", "False")}


@node_rule("switch_of_numbers", "switch")
def switch_of_numbers(node: Apply) -> Variable | None:
    """switch(c, 1, 0) → cast(c); switch(c, 0, 1) → cast(~c)"""
    condition, x, y = node.inputs
    first, second = number_of(x), number_of(y)
    dtype = node.outputs[0].type.dtype
    if condition.type.dtype != "bool" or np.dtype(dtype).kind not in ANY:
        return None
    # A negative zero has another text.
    if (str(first), str(second)) in TRUE_FALSE:
        return T.cast(condition, dtype)
    if (str(second), str(first)) in TRUE_FALSE:
        return T.cast(T.invert(condition), dtype)
    return None


@node_rule("logic_of_same", "and_", "or_")
def logic_of_same(node: Apply) -> Variable | None:
    """x & x → x; x | x → x"""
    x, y = node.inputs
    return x if unpadded(x) is unpadded(y) and x.type == y.type else None


@node_rule("logic_of_known", "and_", "or_", "xor")
def logic_of_known(node: Apply) -> Variable | None:
    """c & true → c; c & false → false; c | false → c; c | true → true; c ^ false → c; c ^ true →
    ~c; of integers with 0 and -1 instead"""
    name, dtype = name_of(node.outputs[0]), node.outputs[0].type.dtype
    for known, x in (node.inputs, node.inputs[::-1]):
        value = number_of(known)
        if value is None or known.type.dtype != dtype or x.type.dtype != dtype:
            continue
        full = value == np.invert(np.zeros((), dtype))
        if full if name == "and_" else value == 0:
            return x
        if name == "xor" and full:
            return T.invert(x)
        if cannot_raise(x) and (full if name == "or_" else value == 0 and name == "and_"):
            return known
    return None


@node_rule("xor_of_same", "xor")
def xor_of_same(node: Apply) -> Variable | None:
    """x ^ x → 0"""
    x, y = node.inputs
    if unpadded(x) is not unpadded(y) or x.type != y.type or not cannot_raise(x):
        return None
    return number(0, x.type.dtype)


@node_rule("compared_with_itself", "lt", "gt", "le", "ge", "eq", "neq")
def compared_with_itself(node: Apply) -> Variable | None:
    """x < x → false; of integers also x == x → true and the like"""
    x, y = node.inputs
    name = name_of(node.outputs[0])
    whole = np.dtype(x.type.dtype).kind in "biu"
    if not same(unpadded(x), unpadded(y)) or not (whole or name in ("lt", "gt")):
        return None
    if number_of(x) is not None or not cannot_raise(x):
        return None
    return number(name in ("le", "ge", "eq"), "bool")


# For an extent n and a number c: the largest c for which the outcome is known, and that outcome.
OF_EXTENTS = {
    "ge": (0, True),
    "gt": (-1, True),
    "neq": (-1, True),
    "lt": (0, False),
    "le": (-1, False),
    "eq": (-1, False),
}
MIRRORED = {"ge": "le", "gt": "lt", "lt": "gt", "le": "ge", "eq": "eq", "neq": "neq"}


@node_rule("extent_is_not_negative", "maximum", "minimum", *OF_EXTENTS)
def extent_is_not_negative(node: Apply) -> Variable | None:
    """maximum(n, 0) → n; minimum(n, 0) → 0; n >= 0 → true; n < 0, n == -1 → false; and the like,
    where n is an extent, and the variables no longer needed cannot raise"""
    name = str(name_of(node.outputs[0]))
    for mirrored, (extent, bound) in enumerate((node.inputs, node.inputs[::-1])):
        owner, value = unpadded(extent).owner, number_of(bound)
        if owner is None or not isinstance(owner.op, ShapeOf) or not isinstance(value, int):
            continue
        if value <= 0 and name == "maximum":
            return extent
        if not cannot_raise(extent):
            return None
        if name in ("maximum", "minimum"):
            return bound if value <= 0 and name == "minimum" else None
        largest, outcome = OF_EXTENTS[MIRRORED[name] if mirrored else name]
        return number(outcome, "bool", extent.type.ndim) if value <= largest else None
    return None


RULES = (
    *SWITCHES,
    switch_of_not,
    switch_of_numbers,
    logic_of_same,
    logic_of_known,
    xor_of_same,
    compared_with_itself,
    extent_is_not_negative,
)
