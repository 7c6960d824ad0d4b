"""`function`: from expressions to something to call."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from symgraph.compile.cloning import substitute
from symgraph.compile.collector import paused_collector
from symgraph.compile.compiled import Function, compile_specification
from symgraph.compile.inputs import In, Out
from symgraph.compile.reapplication import reapplied
from symgraph.compile.specification import Specification
from symgraph.compile.updates import (
    Updates,
    add_default_updates,
    fit_update,
    read_pairs,
    read_updates,
)
from symgraph.graph import (
    Constant,
    Container,
    SharedVariable,
    Variable,
    ancestors,
    bundle_type_of,
    config,
    has_values,
    rebuild,
    warn,
)
from symgraph.ops.constant import as_tensor, holds_variables


class UnusedInputError(ValueError):
    """Raised for an input of a function on which no output and no update depends."""


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
    trust_input: bool = False,
) -> Function:
    """Compile expressions to a function of their inputs.

    inputs: variables, or `In` objects that say more; a computed variable may be one, and what it is
        computed from is then not needed.
    outputs: a variable, a list of them, a dict with str keys, or None.
    mode: the name of a back end or device, such as 'llvm' or 'opencl:gpu', or a back end; unless
        given, by the flags `device` and `mode`.
    updates: pairs or a dict, shared variable -> new value; all new values are computed from the old
        ones, and stored together after the outputs are.
    givens: pairs or a dict, variable -> its replacement, all at once.
    no_default_updates: leave out `shared.default_update` of all shared variables, or of those
        listed.
    accept_inplace: Theano's; no operation here destroys its inputs.
    name: by which errors and profiles call the function.
    rebuild_strict: whether a given has the dtype and rank of its variable; otherwise it retypes
        what depends on it, and a reduction over all axes remains one.
    allow_input_downcast: what `In.allow_downcast` is for inputs that do not say.
    profile: whether the function has a `profile`.
    on_unused_input: 'raise', 'warn' or 'ignore'; `config.on_unused_input` unless given.
    trust_input: whether inputs are taken as they are, see `Function`.
    Returns a `Function`, whose results are NumPy arrays in the form of `outputs`; of variables
        of other types, such as typed lists, values of these.
    Raises TypeError, ValueError, UnusedInputError or MissingInputError, before anything runs.
    Cost: a graph is compiled in well under a second, and machine code is kept on disk.

    >>> x = T.dvector("x")
    >>> f = sg.function([x], x.sum())
    >>> f([1.0, 2.0])
    array(3.)
    """
    if name is not None and not isinstance(name, str):
        raise TypeError(f"function: the name must be a str, not {name!r}")
    with paused_collector():
        listed = _inputs(inputs, allow_input_downcast)
        flat, form, borrowed = _outputs(outputs)
        specification = Specification(
            listed, flat, read_updates(updates), form, mode, name, borrowed, trust_input
        )
        specification.profiled = bool(profile)
        replacements = _cut(listed, _givens(givens, rebuild_strict, listed))
        _substitute(specification, replacements, rebuild_strict)
        roots = [*specification.outputs, *specification.sticky()]
        add_default_updates(roots, specification.updates, no_default_updates, replacements)
        _check_containers(specification.updates)
        _check_unused(specification, on_unused_input)
        return compile_specification(specification)


def _inputs(inputs: Any, allow_downcast: bool | None) -> list[In]:
    if isinstance(inputs, Variable | In | Mapping | str) or not isinstance(inputs, Iterable):
        raise TypeError(f"function: inputs must be a list of variables, not {inputs!r}")
    listed: list[In] = []
    for given in inputs:
        if not isinstance(given, Variable | In):
            raise TypeError(f"function: an input must be a variable or In, not {given!r}")
        entry = copy.copy(given) if isinstance(given, In) else In(given)
        if entry.allow_downcast is None:
            entry.allow_downcast = allow_downcast
        _check_input(entry, listed)
        if entry.value is not None and not isinstance(entry.value, Container):
            entry.value = _default(entry)
        listed.append(entry)
    return listed


def _check_input(entry: In, others: list[In]) -> None:
    variable = entry.variable
    if isinstance(variable, SharedVariable):
        raise TypeError(
            f"function: the shared variable {variable} cannot be an input; it is used"
            " where it occurs. To call with another value, use givens"
        )
    if isinstance(variable, Constant):
        raise TypeError(
            f"function: the input {variable} is a constant; use givens to put something in its"
            " place"
        )
    if not has_values(variable.type):
        raise TypeError(f"function: the input {variable} has no values: it is {variable.type}")
    if any(variable is other.variable for other in others):
        raise ValueError(f"function: {variable} is an input twice")


def _default(entry: In) -> Any:
    """Return the default of an input in its type: a copy, unless it may be borrowed."""
    try:
        value = entry.variable.type.filter(
            entry.value, strict=entry.strict, allow_downcast=entry.allow_downcast
        )
    except (TypeError, ValueError) as error:
        raise type(error)(f"function: the default of {entry.variable}: {error}") from None
    return value if entry.borrow else entry.variable.type.own_value(value, entry.value)


def _outputs(outputs: Any) -> tuple[list[Variable], str | list[str], list[bool]]:
    """Return the variables, the form in which their values are returned, and which are borrowed."""
    form: str | list[str]
    if outputs is None:
        return [], "none", []
    if isinstance(outputs, Mapping):
        for key in outputs:
            if not isinstance(key, str):
                raise TypeError(f"function: the keys of an output dict must be str, not {key!r}")
        listed, form = list(outputs.values()), list(outputs)
    elif isinstance(outputs, list | tuple):
        listed, form = list(outputs), "list"
    else:
        listed, form = [outputs], "one"
    borrowed = [isinstance(entry, Out) and entry.borrow for entry in listed]
    return [_output(entry) for entry in listed], form, borrowed


def _output(given: Any) -> Variable:
    value = given.variable if isinstance(given, Out) else given
    if isinstance(value, Variable) and has_values(value.type):
        return value
    bundle = bundle_type_of(value)
    if bundle is not None:
        return bundle.filter_variable(value)
    # A list within the list of outputs is a mistake more often than a tensor.
    if not holds_variables(value):
        with suppress(TypeError, ValueError):
            return as_tensor(value)
    loops = (
        "; a loop returns its outputs and the updates: outputs, updates = scan(...)"
        if isinstance(value, dict)
        else ""
    )
    raise TypeError(f"function: an output must be a variable, not {value!r}{loops}")


def _givens(givens: Any, strict: bool, inputs: Sequence[In]) -> dict[Variable, Variable]:
    result: dict[Variable, Variable] = {}
    for old, new in read_pairs(givens, "function: givens"):
        if not isinstance(old, Variable):
            raise TypeError(f"function: givens replace variables, not {old!r}")
        if old in result:
            raise ValueError(f"function: {old} is given twice")
        if any(old is entry.variable for entry in inputs):
            raise ValueError(f"function: {old} is both an input and given")
        result[old] = substitute(old, new, strict, "function")
    return result


def _cut(inputs: Sequence[In], givens: Mapping[Variable, Variable]) -> dict[Variable, Variable]:
    """Return the replacements extended by those that cut all expressions, the givens' too, at the
    inputs."""
    cuts = {entry.variable: entry.formal for entry in inputs if entry.formal is not entry.variable}
    mapping = rebuild(list(givens.values()), cuts)
    return {old: mapping[new] for old, new in givens.items()} | cuts


def _substitute(
    specification: Specification, replacements: Mapping[Variable, Variable], strict: bool
) -> None:
    """Apply the replacements to all expressions, and convert the new values to their variables'
    types. Unless `strict`, replacements may have other ranks."""
    mapping = rebuild(specification.roots(), replacements, None if strict else reapplied)
    specification.outputs = [mapping[variable] for variable in specification.outputs]
    for entry in specification.inputs:
        if entry.update is not None:
            entry.update = mapping[entry.update]
    for target, new in specification.updates.items():
        specification.updates[target] = fit_update(target, mapping[new])


def _check_containers(updates: Updates) -> None:
    """Raise where two updated shared variables share one container (`clone`): only one may be
    updated."""
    found: dict[int, SharedVariable] = {}
    for target in updates:
        other = found.setdefault(id(target.container), target)
        if other is not target:
            raise ValueError(f"function: {other} and {target} hold one value; update one of them")


def _check_unused(specification: Specification, action: str | None) -> None:
    action = config.on_unused_input if action is None else action
    if action not in ("raise", "warn", "ignore"):
        raise ValueError(f"on_unused_input is one of raise, warn, ignore, not {action!r}")
    if action == "ignore":
        return
    used = set(ancestors(specification.roots()))
    for position, entry in enumerate(specification.inputs):
        if entry.formal in used or entry.update is not None:
            continue
        message = (
            f"function: input {position}, {entry.variable} ({entry.variable.type}), is not used"
            f" by any output or update; created at {entry.variable.location}. Leave it out, or pass"
            " on_unused_input='ignore'"
        )
        if action == "raise":
            raise UnusedInputError(message)
        warn(message, UserWarning)
