"""Inputs and outputs of a function, with what is said of them."""

from typing import Any

from symgraph.graph import Variable


class In:
    """An input: a variable, perhaps with a default, an update, a name of its own.

    - `value`: the default when the call gives none; with `update`, an expression that becomes
      the next default (the value then stays from call to call);
    - `mutable`: the call may change the given array (implies `borrow`);
    - `strict`: take only an array of the very dtype; `allow_downcast`: True casts always,
      False never loses, None also rounds Python floats to floatX.
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
            raise TypeError(f"the name of an input must be a str, not {name!r}")
        if mutable and borrow is False:
            raise ValueError(f"In({variable}): mutable=True contradicts borrow=False")
        if update is not None and not variable.type.is_super(update.type):
            raise TypeError(
                f"In({variable}): the update is a {update.type}, the input a {variable.type}"
            )
        if implicit and value is None:
            raise ValueError(f"In({variable}): an implicit input needs a value")
        self.variable = variable
        self.name = name if name is not None else (variable.name if autoname else None)
        self.value = value
        self.update = update
        self.mutable = bool(mutable)
        self.borrow = self.mutable if borrow is None else borrow
        self.strict = strict
        self.allow_downcast = allow_downcast
        self.implicit = bool(implicit)
        self.shared = shared

    def __repr__(self) -> str:
        return f"In({self.variable})"


class Out:
    """An output; with `borrow` the array may be reused by a later call."""

    def __init__(self, variable: Variable, borrow: bool = False) -> None:
        self.variable = variable
        self.borrow = borrow
