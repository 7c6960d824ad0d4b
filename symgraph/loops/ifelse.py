"""`ifelse`: one of two expressions, of which only the chosen one is computed."""

from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable, one_location
from symgraph.loops.scan_arguments import is_other, tensor
from symgraph.ops.constant import as_tensors
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.ifelse import IfElse
from symgraph.ops.inner_graph import InnerGraph
from symgraph.ops.scan_parts import stand_in


def ifelse(condition: Any, then_branch: Any, else_branch: Any, name: str | None = None) -> Any:
    """Choose one of two expressions by a condition, and compute only that one.

    condition: a scalar; a number is true unless 0.
    then_branch, else_branch: a variable each, or lists (or tuples) of equally many; those in equal
        places agree in dtype and rank, or in another type; shapes may differ.
    name: for people.
    Returns the form of the branches. What only the branch not chosen needs is not computed; to
    choose element by element, use `switch`. Raises TypeError or ValueError, naming what does not
    fit.

    >>> x = T.dscalar("x")
    >>> sg.ifelse(x > 0, x, -2 * x).eval({x: -3.0})
    array(6.)
    """
    title = "ifelse" if name is None else f"ifelse {name!r}"
    several = isinstance(then_branch, list | tuple)
    if several != isinstance(else_branch, list | tuple):
        raise TypeError(
            f"{title}: one branch is a list, the other is not: {then_branch!r} and {else_branch!r}"
        )
    sides = [list(b) if several else [b] for b in (then_branch, else_branch)]
    if len(sides[0]) != len(sides[1]):
        raise ValueError(
            f"{title}: then_branch has {len(sides[0])} values, else_branch {len(sides[1])}"
        )
    with one_location():
        chosen = tensor(condition, f"{title}: the condition")
        if chosen.type.ndim != 0 or np.dtype(chosen.type.dtype).kind == "c":
            raise TypeError(
                f"{title}: the condition must be a real scalar, not {chosen} ({chosen.type});"
                " to choose element by element, use switch"
            )
        if chosen.type.dtype != "bool":
            chosen = scalar_functions["neq"](chosen, 0)
        pairs = [
            _agreeing(a, b, f"{title}: value {position}" if several else title)
            for position, (a, b) in enumerate(zip(*sides, strict=True))
        ]
        if not pairs:
            return type(then_branch)()
        bodies, inputs = [], [chosen]
        for side in zip(*pairs, strict=True):
            captured = list(dict.fromkeys(v for v in side if not isinstance(v, Constant)))
            formals = {variable: stand_in(variable) for variable in captured}
            bodies.append(InnerGraph(list(formals.values()), [formals.get(v, v) for v in side]))
            inputs += captured
        then, otherwise = bodies
        outputs = IfElse(then, otherwise, name).make_node(*inputs).outputs
    return type(then_branch)(outputs) if several else outputs[0]


def _agreeing(then: Any, otherwise: Any, title: str) -> tuple[Variable, Variable]:
    """Return the two values as variables of one dtype and rank, or of one other type. Raises
    TypeError."""
    others = [v for v in (then, otherwise) if is_other(v)]
    if others:
        if len(others) < 2 or then.type != otherwise.type:
            kinds = " and ".join(str(getattr(v, "type", repr(v))) for v in (then, otherwise))
            raise TypeError(f"{title}: the branches differ in type: {kinds}")
        return then, otherwise
    for value, what in ((then, "then_branch"), (otherwise, "else_branch")):
        tensor(value, f"{title}: {what}")
    a, b = as_tensors(then, otherwise)
    for what, left, right in (
        ("rank", a.type.ndim, b.type.ndim),
        ("dtype", a.type.dtype, b.type.dtype),
    ):
        if left != right:
            raise TypeError(
                f"{title}: the branches differ in {what}: {a} is a {a.type}, {b} is a {b.type}"
                + ("; cast one of them" if what == "dtype" else "")
            )
    return a, b
