"""Substitution of parts of expressions."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from symgraph.compile.reapplication import reapplied
from symgraph.compile.updates import read_pairs
from symgraph.graph import (
    Constant,
    SharedVariable,
    TensorType,
    Variable,
    ancestors,
    graph_inputs,
    rebuild,
)
from symgraph.ops.constant import as_tensor, constant, holds_variables
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import with_shape


def clone(output: Any, replace: Any = None, strict: bool = True, share_inputs: bool = True) -> Any:
    """Copy expressions with variables exchanged.

    output: a variable, or a list, tuple or dict of them.
    replace: pairs or a dict, variable -> its replacement, all at once.
    strict: whether each stands in for a variable of its own dtype and rank; otherwise what depends
        on it is retyped.
    share_inputs: if false, free and shared variables become new ones, the latter on the same
        containers.
    Returns the form of `output`. What nothing changes is not copied: expressions never change.
    Raises TypeError, ValueError.

    >>> x, y = T.dscalars("x", "y")
    >>> sg.clone(x ** 2, {x: y + 1}).eval({y: 2.0})
    array(9.)
    """
    flat, formed = _flat(output, "clone")
    replacements = _replacements(replace, strict, "clone")
    mapping = rebuild(flat, replacements, None if strict else reapplied)
    flat = [mapping[variable] for variable in flat]
    if not share_inputs:
        leaves = [leaf for leaf in graph_inputs(flat) if not isinstance(leaf, Constant)]
        mapping = rebuild(flat, {leaf: _new_leaf(leaf) for leaf in leaves})
        flat = [mapping[variable] for variable in flat]
    return formed(flat)


def graph_replace(outputs: Any, replace: Any, *, strict: bool = True) -> Any:
    """Replace variables in expressions, all at once, each by one of its own dtype and rank.

    outputs: a variable, or a list, tuple or dict of them.
    replace: pairs or a dict, variable -> its replacement.
    strict: whether it is an error if no output depends on one of the variables, as in PyTensor.
    Returns the form of `outputs`. Raises TypeError, ValueError.

    >>> x, y = T.dscalars("x", "y")
    >>> sg.graph_replace(x + 1, {x: y * 10}).eval({y: 2.0})
    array(21.)
    """
    flat, formed = _flat(outputs, "graph_replace")
    replacements = _replacements(replace, True, "graph_replace")
    used = set(ancestors(flat)) if strict else set(replacements)
    for variable in replacements:
        if variable not in used:
            raise ValueError(
                f"graph_replace: the outputs do not depend on {variable} ({variable.type}); to"
                " allow this, pass strict=False"
            )
    mapping = rebuild(flat, replacements)
    return formed([mapping[variable] for variable in flat])


def _replacements(replace: Any, strict: bool, title: str) -> dict[Variable, Variable]:
    found: dict[Variable, Variable] = {}
    for old, new in read_pairs(replace, f"{title}: replace"):
        if not isinstance(old, Variable):
            raise TypeError(f"{title}: replace exchanges variables, not {old!r}")
        if old in found:
            raise ValueError(f"{title}: {old} is replaced twice")
        found[old] = substitute(old, new, strict, title)
    return found


def substitute(old: Variable, new: Any, strict: bool, title: str) -> Variable:
    """Return the substitute of `old`; `strict`: it must have the same dtype and rank.

    Plain values take its type, and variables are cast to it where nothing can be lost. The
    expressions already rely on the extents that the type of `old` tells, so the substitute must
    have them: this is checked when the function runs where the type of `new` does not tell it.
    Raises TypeError, ValueError.
    """
    if not isinstance(new, Variable):
        if holds_variables(new):
            return substitute(old, as_tensor(new), strict, title)
        if strict:
            try:
                return constant(old.type.filter(new))
            except (TypeError, ValueError) as error:
                raise type(error)(f"{title}: the given for {old}: {error}") from None
        new = as_tensor(new)
    have, want = new.type, old.type
    if not (isinstance(have, TensorType) and isinstance(want, TensorType)):
        if not strict or have == want:
            return new
        raise _refused(old, new, title)
    if strict and have.dtype != want.dtype and np.can_cast(have.dtype, want.dtype, "safe"):
        new = cast(new, want.dtype)
    if strict and (new.type.ndim, new.type.dtype) != (want.ndim, want.dtype):
        raise _refused(old, new, title)
    if have.ndim != want.ndim:
        return new
    for axis, (mine, theirs) in enumerate(zip(have.shape, want.shape, strict=True)):
        if None not in (mine, theirs) and mine != theirs:
            raise TypeError(
                f"{title}: {old} ({want}) is given as {new} ({have}): the extents on axis {axis}"
                f" differ. Where several are to be allowed, let the type of {old} leave it open"
            )
    return with_shape(new, want.shape)


def _refused(old: Variable, new: Variable, title: str) -> TypeError:
    options = {"clone": "strict=False", "function": "rebuild_strict=False"}
    allow = f", or allow new types with {options[title]}" if title in options else ""
    return TypeError(f"{title}: {old} ({old.type}) is given as {new} ({new.type}); cast it{allow}")


def _flat(output: Any, title: str) -> tuple[list[Variable], Callable[[list[Variable]], Any]]:
    """Return the variables, and a function that puts them back into the form of `output`. Raises
    TypeError."""
    values: list[Any]
    formed: Callable[[list[Variable]], Any]
    if isinstance(output, Mapping):
        keys = list(output)
        values, formed = list(output.values()), lambda flat: dict(zip(keys, flat, strict=True))
    elif isinstance(output, list | tuple):
        values, formed = list(output), type(output)
    else:
        values, formed = [output], lambda flat: flat[0]
    for value in values:
        if not isinstance(value, Variable):
            raise TypeError(f"{title}: the output must be variables, not {value!r}")
    return values, formed


def _new_leaf(leaf: Variable) -> Variable:
    if isinstance(leaf, SharedVariable):
        return leaf.clone()
    return Variable(leaf.type, name=leaf.name, location=leaf.location)
