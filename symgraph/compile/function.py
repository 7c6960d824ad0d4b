"""`function`: from expressions to something to call."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from symgraph.compile.executable import Function, Specification, compile_specification
from symgraph.compile.inputs import In, Out
from symgraph.graph import (
    SharedVariable,
    TensorType,
    Variable,
    ancestors,
    config,
    rebuild,
)
from symgraph.ops.constant import as_tensor
from symgraph.ops.scalar_table import cast


class UnusedInputError(ValueError):
    """An input of a function on which no output and no update depends."""


def function(
    inputs: Iterable[Variable | In],
    outputs: Any = None,
    mode: Any = None,
    updates: Any = None,
    givens: Any = None,
    no_default_updates: bool | Sequence[SharedVariable] = False,
    accept_inplace: bool = False,
    name: str | None = None,
    rebuild_strict: bool = True,
    allow_input_downcast: bool | None = None,
    profile: Any = None,
    on_unused_input: str | None = None,
) -> Function:
    """Compile `outputs` (a variable, a list, a dict with str keys, or None) of `inputs`.

    - `updates`: pairs or a dict, shared variable -> new value; all new values are computed
      from the old ones, and stored together after the outputs are;
    - `givens`: pairs or a dict, variable -> what stands in its place; all at once;
    - `no_default_updates`: leave out `shared.default_update`: all, or those listed;
    - `mode`: the name of a back end (`config.mode` by default), or a back end;
    - `on_unused_input`: 'raise', 'warn' or 'ignore';
    - `rebuild_strict=False`: a given of another type retypes what depends on it.

    Raises TypeError, ValueError, UnusedInputError or MissingInputError, before anything runs.
    """
    listed = _inputs(inputs, allow_input_downcast)
    flat, form = _outputs(outputs)
    explicit = _updates(updates)
    replacements = _givens(givens, rebuild_strict)
    inputs_replaced = [i.variable for i in listed if i.variable in replacements]
    if inputs_replaced:
        raise ValueError(f"{inputs_replaced[0]} is both an input and given")
    wanted = [*flat, *explicit.values(), *(i.update for i in listed if i.update is not None)]
    mapping = rebuild(wanted, replacements)
    flat = [mapping[variable] for variable in flat]
    for entry in listed:
        if entry.update is not None:
            entry.update = mapping[entry.update]
    new_values = {
        target: _filtered_update(target, mapping[value]) for target, value in explicit.items()
    }
    _add_default_updates(flat, new_values, listed, no_default_updates, replacements)
    _check_unused(listed, flat, new_values, on_unused_input)
    specification = Specification(listed, flat, new_values, form, mode, name)
    return compile_specification(specification)


def _inputs(inputs: Iterable[Variable | In], allow_downcast: bool | None) -> list[In]:
    if isinstance(inputs, Variable | In):
        raise TypeError(f"function: inputs must be a list, not the single {inputs}")
    listed: list[In] = []
    for entry in inputs:
        if isinstance(entry, In):
            copied = In(
                entry.variable, entry.name, entry.value, entry.update, entry.mutable or None
            )
            copied.strict, copied.borrow, copied.implicit = (
                entry.strict,
                entry.borrow,
                entry.implicit,
            )
            copied.allow_downcast = (
                allow_downcast if entry.allow_downcast is None else entry.allow_downcast
            )
            entry = copied
        elif isinstance(entry, Variable):
            entry = In(entry, allow_downcast=allow_downcast)
        else:
            raise TypeError(f"function: an input must be a variable or In, not {entry!r}")
        if isinstance(entry.variable, SharedVariable):
            raise TypeError(
                f"function: the shared variable {entry.variable} cannot be an input; it is used"
                " where it occurs. To call with another value, use givens"
            )
        if entry.variable.owner is not None or hasattr(entry.variable, "data"):
            raise TypeError(
                f"function: the input {entry.variable} is no free variable but computed or"
                " constant; use givens to put something in its place"
            )
        if any(entry.variable is other.variable for other in listed):
            raise ValueError(f"function: {entry.variable} is an input twice")
        if entry.value is not None:
            entry.value = entry.variable.type.filter(
                entry.value, strict=entry.strict, allow_downcast=entry.allow_downcast
            )
        listed.append(entry)
    return listed


def _outputs(outputs: Any) -> tuple[list[Variable], Any]:
    def variable(value: Any) -> Variable:
        value = value.variable if isinstance(value, Out) else value
        try:
            return as_tensor(value)
        except (TypeError, ValueError):
            raise TypeError(f"function: an output must be a variable, not {value!r}") from None

    if outputs is None:
        return [], "none"
    if isinstance(outputs, Mapping):
        for key in outputs:
            if not isinstance(key, str):
                raise TypeError(f"function: the keys of an output dict must be str, not {key!r}")
        return [variable(value) for value in outputs.values()], list(outputs)
    if isinstance(outputs, list | tuple):
        return [variable(value) for value in outputs], "list"
    return [variable(outputs)], "one"


def _pairs(given: Any, what: str) -> list[tuple[Any, Any]]:
    if given is None:
        return []
    if isinstance(given, Mapping):
        return list(given.items())
    pairs = []
    for pair in given:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise TypeError(f"function: {what} must be a dict or pairs, not {pair!r}")
        pairs.append((pair[0], pair[1]))
    return pairs


def _updates(updates: Any) -> dict[SharedVariable, Variable]:
    result: dict[SharedVariable, Variable] = {}
    for target, value in _pairs(updates, "updates"):
        if not isinstance(target, SharedVariable):
            raise TypeError(f"function: only shared variables can be updated, not {target!r}")
        if target in result:
            raise ValueError(f"function: the shared variable {target} is updated twice")
        result[target] = as_tensor(value)
    return result


def _filtered_update(target: SharedVariable, value: Variable) -> Variable:
    """The new value in the type of its variable, cast where nothing is lost. A wider float is
    cast where its float is only floatX in disguise: TypeError otherwise."""
    have, want = value.type, target.type
    assert isinstance(have, TensorType) and isinstance(want, TensorType)
    if have.ndim != want.ndim:
        raise TypeError(
            f"function: the update of {target} ({want}) is a {have}: the ranks differ."
            f" It was created at {value.place}"
        )
    for axis, (mine, theirs) in enumerate(zip(want.shape, have.shape, strict=True)):
        if mine is not None and theirs is not None and mine != theirs:
            raise TypeError(
                f"function: the update of {target} ({want}) is a {have}: the extents on axis"
                f" {axis} differ"
            )
    if have.dtype == want.dtype:
        return value
    if target.allow_downcast or np.can_cast(have.dtype, want.dtype, "safe"):
        return cast(value, want.dtype)
    raise TypeError(
        f"function: the update of {target} ({want}) is a {have}, and a cast would lose precision;"
        f" write it as T.cast(..., '{want.dtype}'), or look for what made it {have.dtype}."
        f" It was created at {value.place}"
    )


def _givens(givens: Any, strict: bool) -> dict[Variable, Variable]:
    result: dict[Variable, Variable] = {}
    for old, new in _pairs(givens, "givens"):
        if not isinstance(old, Variable):
            raise TypeError(f"function: givens replace variables, not {old!r}")
        new = as_tensor(new)
        if old in result:
            raise ValueError(f"function: {old} is given twice")
        if not old.type.is_super(new.type):
            same = isinstance(old.type, TensorType) and new.type.ndim == old.type.ndim
            if strict and not (same and new.type.is_super(old.type)):
                if same and np.can_cast(new.type.dtype, old.type.dtype, "safe"):
                    new = cast(new, old.type.dtype)
                else:
                    raise TypeError(
                        f"function: {old} ({old.type}) is given as {new} ({new.type}); cast it,"
                        " or allow new types with rebuild_strict=False"
                    )
        result[old] = new
    return result


def _add_default_updates(
    outputs: list[Variable],
    updates: dict[SharedVariable, Variable],
    inputs: list[In],
    excluded: bool | Sequence[SharedVariable],
    replacements: Mapping[Variable, Variable],
) -> None:
    """Add the default updates of every shared variable that is used, and of those they use."""
    if excluded is True:
        return
    left_out = set(excluded or ())
    roots = [*outputs, *updates.values(), *(i.update for i in inputs if i.update is not None)]
    pending = [v for v in ancestors(roots) if isinstance(v, SharedVariable)]
    seen = set(pending)
    while pending:
        variable = pending.pop(0)
        update = variable.default_update
        if update is None or variable in updates or variable in left_out:
            continue
        update = rebuild([update], replacements)[update]
        updates[variable] = _filtered_update(variable, update)
        for other in ancestors([update]):
            if isinstance(other, SharedVariable) and other not in seen:
                seen.add(other)
                pending.append(other)


def _check_unused(
    inputs: list[In],
    outputs: list[Variable],
    updates: Mapping[SharedVariable, Variable],
    action: str | None,
) -> None:
    action = config.on_unused_input if action is None else action
    if action not in ("raise", "warn", "ignore"):
        raise ValueError(f"on_unused_input is one of raise, warn, ignore, not {action!r}")
    if action == "ignore":
        return
    roots = [*outputs, *updates.values(), *(i.update for i in inputs if i.update is not None)]
    used = set(ancestors(roots))
    for position, entry in enumerate(inputs):
        if entry.variable in used or entry.update is not None:
            continue
        message = (
            f"function: input {position}, {entry.variable} ({entry.variable.type}), is not used"
            f" by any output or update; created at {entry.variable.place}. Leave it out, or pass"
            " on_unused_input='ignore'"
        )
        if action == "raise":
            raise UnusedInputError(message)
        warnings.warn(message, stacklevel=4)
