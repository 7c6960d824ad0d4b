"""The inputs and outputs of a function, with their options."""

from typing import Any

from symgraph.graph import Container, SharedVariable, Variable


class In:
    """Describe an input of a function: a variable, its default, its update, its name in calls.

    variable: where it is computed, a call gives its value, and what it is computed from is not
        needed.
    name: what calls may name it by; the variable's own name unless given (if `autoname`).
    value: the value when a call gives none. A `Container` or a shared variable here is read at each
        call, so that several functions may have one default in common.
    update: an expression, of the variable's type, whose value becomes the next default, so that it
        stays from call to call.
    implicit: calls cannot give it, only `f[variable] = value` can; True where `value` is a
        container or a shared variable, unless said otherwise.
    strict: take only an array of the very dtype.
    allow_downcast: True casts always, False only where nothing is lost, None also rounds a Python
        float to floatX.
    borrow: the default may be the given array itself and not a copy of it.
    mutable: the call may overwrite the given array; implies `borrow`. Compiled functions never need
        it: they leave their arguments as they are, aliased ones too.
    shared: the value comes from its container and never from the caller: `value` must be one.
    Raises TypeError or ValueError for what contradicts itself.

    >>> x, n = T.dscalar("x"), T.dscalar("n")
    >>> f = sg.function([x, sg.In(n, value=10.0)], x + n)
    >>> f(1.0), f(1.0, n=2.0)
    (array(11.), array(3.))
    """

    def __init__(
        self,
        variable: Variable,
        name: str | None = None,
        value: Any = None,
        update: Variable | None = None,
        mutable: bool | None = None,
        strict: bool = False,
        allow_downcast: bool | None = None,
        autoname: bool = True,
        implicit: bool | None = None,
        borrow: bool | None = None,
        shared: bool = False,
    ) -> None:
        if not isinstance(variable, Variable):
            raise TypeError(f"In takes a variable, not {variable!r}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"In({variable}): the name of an input must be a str, not {name!r}")
        if mutable and borrow is False:
            raise ValueError(f"In({variable}): mutable=True contradicts borrow=False")
        self._check_update(variable, update)
        kept = isinstance(value, Container | SharedVariable)
        if shared and not kept:
            raise ValueError(
                f"In({variable}): shared=True needs a Container or a shared variable as value"
            )
        implicit = kept if implicit is None else implicit
        if implicit and value is None:
            raise ValueError(f"In({variable}): an implicit input needs a value")
        self.variable = variable
        # The variable that stands for it in the function's expressions.
        self.formal: Variable = _formal(variable)
        self.name: str | None = name if name is not None else (variable.name if autoname else None)
        self.value: Any = value.container if isinstance(value, SharedVariable) else value
        self.update = update
        self.mutable: bool = bool(mutable)
        self.borrow: bool = self.mutable if borrow is None else borrow
        self.strict = strict
        self.allow_downcast = allow_downcast
        self.autoname = autoname
        self.implicit: bool = implicit or shared
        self.shared = shared

    @staticmethod
    def _check_update(variable: Variable, update: Any) -> None:
        if update is None:
            return
        if not isinstance(update, Variable):
            raise TypeError(f"In({variable}): the update must be a variable, not {update!r}")
        if not variable.type.is_super(update.type):
            raise TypeError(
                f"In({variable}): the update is a {update.type}, the input a {variable.type}"
            )

    def __repr__(self) -> str:
        return f"In({self.variable})"


def _formal(variable: Variable) -> Variable:
    """Return the variable itself, or a free one of its type if it is computed."""
    if variable.owner is None:
        return variable
    return variable.type.variable_class(
        variable.type, name=variable.name, location=variable.location
    )


class Out:
    """Describe an output of a function.

    variable: the expression.
    borrow: whether the last result is also kept in `f.output_storage`. Results are new arrays, that
        later calls leave alone, in either case.
    Raises TypeError for anything but a variable.

    >>> x = T.dscalar("x")
    >>> sg.function([x], sg.Out(x + 1))(1.0)
    array(2.)
    """

    def __init__(self, variable: Variable, borrow: bool = False) -> None:
        self.variable = variable
        self.borrow: bool = borrow

    def __repr__(self) -> str:
        return f"Out({self.variable})"
