"""What a back end needs to know to make the calls of a function itself, past the interpreter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from symgraph.compile.specification import Specification
from symgraph.compile.update_targets import Targets
from symgraph.graph import Container


@dataclass(frozen=True)
class ArgumentSpec:
    """What goes to the executable as one of its arguments: arrays of the very dtype and rank, and
    where `numbers` also numbers, by the rules of `TensorType.filter`. It is what `source` holds,
    or without one the call's next positional argument."""

    dtype: np.dtype
    ndim: int
    numbers: bool
    source: Container | None


@dataclass(frozen=True)
class CallSpec:
    """How calls with positional arguments alone go.

    The executable is given `arguments`. Its results are the outputs, then a new value for each of
    `targets`, which are held while those are computed from old ones and must have the extents
    that are known. What is returned is the only output (`form` is 'one'), the list of outputs
    ('none', 'list'), or a dict of outputs by keys. All other calls, and those that a back end
    would rather not make, go to `general(function, *args, **kwargs)`.
    """

    arguments: Sequence[ArgumentSpec]
    targets: Targets
    form: str | list[str]
    outputs: int
    general: Callable[..., Any]


def accepted_by(specification: Specification, defaults: Sequence[Container]) -> list[ArgumentSpec]:
    """Return for each argument of the executable: inputs, with their defaults, then shared
    variables."""
    found = []
    for entry, default in zip(specification.inputs, defaults, strict=True):
        type = entry.variable.type
        source = default if entry.implicit else None
        found.append(ArgumentSpec(np.dtype(type.dtype), type.ndim, not entry.strict, source))
    for variable in specification.shared:
        type = variable.type
        found.append(ArgumentSpec(np.dtype(type.dtype), type.ndim, False, variable.container))
    return found


class Switch(Protocol):
    """What an attached executable gives: while `on`, it makes calls itself."""

    on: bool


@runtime_checkable
class CallMaker(Protocol):
    """What an executable offers beside `Executable` if it can make calls itself."""

    def class_for(self, base: type) -> type:
        """Return a class derived from that of functions, for objects that will be attached; or
        `base` itself where none can be had."""
        ...

    def attach(self, function: Any, calling: CallSpec) -> Switch | None:
        """Make the calls of an object of that class from now on, as long as it lives. None where
        its class is the base."""
        ...
