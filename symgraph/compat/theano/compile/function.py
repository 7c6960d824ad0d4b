"""`theano.compile.function`: `function` with Theano's modes and forms of arguments."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakSet

from symgraph.compat.theano.compile.mode import Mode, get_mode
from symgraph.compat.theano.compile.overwriting import (
    OverwritingFunction,
    overwritten,
    read_outputs,
)
from symgraph.compat.theano.compile.profiling import ProfileStats
from symgraph.compat.theano.lookup import resolver
from symgraph.compile import Function, In, UnusedInputError
from symgraph.compile import function as native_function
from symgraph.graph import SharedVariable, Variable, ancestors
from symgraph.graph import config as native_flags

__getattr__, __dir__ = resolver(__name__, "symgraph.compile")


# The free variables of which expressions were made: see `symgraph.compat.theano.methods`.
used_variables: WeakSet[Variable] = WeakSet()


def function(
    inputs: Any,
    outputs: Any = None,
    mode: Any = None,
    updates: Any = None,
    givens: Any = None,
    no_default_updates: Any = False,
    accept_inplace: bool = False,
    name: str | None = None,
    rebuild_strict: bool = True,
    allow_input_downcast: bool | None = None,
    profile: Any = None,
    on_unused_input: str | None = None,
) -> Function:
    """Compile expressions to a function of their inputs: see `symgraph.function`.

    inputs: variables, `In` and `Param` objects, or pairs of a variable and its default.
    mode: one of Theano's modes or their names: see `Mode`.
    accept_inplace: whether functions whose names end with `_inplace` write over arguments
        and shared variables.
    profile: True, or a `ProfileStats`, which several functions may have in common.
    name: the file and line of the call unless given.
    outputs: those of a dict are in the order of its keys, str.
    The other arguments are those of `symgraph.function`. Raises AssertionError for other keys.

    >>> from symgraph.compat.theano.compile.function import function
    >>> x, y = T.dscalars("x", "y")
    >>> function([x, (y, 2.0)], x + y, mode="FAST_RUN")(1.0)
    array(3.)
    """
    if isinstance(inputs, tuple):
        inputs = list(inputs)
    if isinstance(outputs, dict):
        if not all(isinstance(key, str) for key in outputs):
            raise AssertionError(f"function: the keys of outputs must be str: {list(outputs)}")
        outputs = dict(sorted(outputs.items()))
    listed = [_input(given) for given in inputs] if isinstance(inputs, list) else inputs
    _check_inputs(listed, givens)
    chosen = get_mode(mode)
    flags = chosen.flags() if isinstance(chosen, Mode) else {}
    # Where an expression of an input vanished, as that of a derivative may, Theano has it still.
    vanished = on_unused_input is None and native_flags.on_unused_input == "raise"
    if vanished and isinstance(listed, list) and _all_used(listed):
        on_unused_input = "ignore"
    shared_profile = profile if isinstance(profile, ProfileStats) else None
    written: dict[int, Variable] = {}
    if accept_inplace and isinstance(listed, list):
        written, changed = overwritten(listed, outputs)
        given = updates.items() if isinstance(updates, Mapping) else updates or ()
        updates = {**changed, **dict(given)}
    own, form = read_outputs(outputs)
    with native_flags.change_flags(**flags):
        made = native_function(
            listed,
            [*own, *written.values()] if written else outputs,
            mode=chosen,
            updates=updates,
            givens=givens,
            no_default_updates=no_default_updates,
            accept_inplace=accept_inplace,
            name=name,
            rebuild_strict=rebuild_strict,
            allow_input_downcast=allow_input_downcast,
            profile=profile if shared_profile is None else True,
            on_unused_input=on_unused_input,
        )
    if made.profile is not None:
        kept = ProfileStats() if shared_profile is None else shared_profile
        kept.title = made.profile.title
        kept.compile_seconds += made.profile.compile_seconds
        kept.fallbacks += made.profile.fallbacks
        made.profile = kept
    if name is None:
        # As in Theano a function is called by the line that compiles it.
        caller = sys._getframe(1)
        while caller.f_code.co_filename == __file__ and caller.f_back is not None:
            caller = caller.f_back
        made.name = f"{caller.f_code.co_filename}:{caller.f_lineno}"
    return OverwritingFunction(made, list(written), form) if written else made


def pfunc(params: Sequence[Any], outputs: Any = None, **keywords: Any) -> Function:
    """Compile expressions: `function` under its older name, with its arguments.

    >>> from symgraph.compat.theano.compile.function import pfunc
    >>> x = T.dscalar("x")
    >>> pfunc([x], x + 1)(1.0)
    array(2.)
    """
    return function(list(params), outputs, **keywords)


def _all_used(listed: list[Any]) -> bool:
    """Return whether some expression was made of each input."""
    variables = [entry.variable if isinstance(entry, In) else entry for entry in listed]
    if not all(isinstance(v, Variable) and (v.owner or v in used_variables) for v in variables):
        return False
    # Of an input that others are computed from nothing else may be made: that is told as natively.
    computed = [node for node in (v.owner for v in variables) if node is not None]
    return set(variables).isdisjoint(ancestors([v for node in computed for v in node.inputs]))


def _check_inputs(listed: Any, givens: Any) -> None:
    """Raise what Theano raises for an input that is there twice, or that is given as well."""
    if not isinstance(listed, list):
        return
    variables = [v.variable if isinstance(v, In) else v for v in listed]
    for variable in variables:
        if isinstance(variable, SharedVariable):
            raise TypeError(
                f"Cannot use a shared variable ({variable}) as explicit input; to call with another"
                " value, use givens"
            )
    if len(set(map(id, variables))) < len(variables):
        raise UnusedInputError("function: a variable is an input twice; leave one out")
    pairs = givens.items() if isinstance(givens, Mapping) else givens or ()
    replaced = {id(old) for old, _ in pairs}
    both = [v for v in variables if id(v) in replaced]
    if both:
        raise RuntimeError(
            f"function: {both[0]} is both an input and given; to call with another value, leave"
            " it out of the givens"
        )


def _input(given: Any) -> Any:
    """Return an input of a former form, `(variable, default)`, as `In`."""
    if isinstance(given, tuple | list) and len(given) == 2 and isinstance(given[0], Variable):
        return In(given[0], value=given[1])
    return given
