"""The interface by which a back end makes the calls of a function natively, bypassing the
interpreter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from symgraph.compile.specification import Specification
from symgraph.compile.update_targets import Targets
from symgraph.graph import Container


@dataclass(frozen=True)
class ArgumentSpec:
    """One argument of the executable: arrays of exactly this dtype and rank and, if `numbers`, also
    numbers, by the rules of `TensorType.filter`. It is the value of the container `source` or,
    if that is None, the call's next positional argument."""

    dtype: np.dtype
    ndim: int
    numbers: bool
    source: Container | None


@dataclass(frozen=True)
class CallSpec:
    """The protocol of calls with positional arguments alone.

    The executable is given `arguments`. Its results are the outputs, then a new value for each of
    `targets`, which are locked while new values are computed from old ones and must have the known
    extents. The call returns the only output (`form` is 'one'), the list of outputs
    ('none', 'list'), or a dict of outputs by keys. All other calls, and those that a back end
    declines, go to `general(function, *args, **kwargs)`.
    """

    arguments: Sequence[ArgumentSpec]
    targets: Targets
    form: str | list[str]
    outputs: int
    general: Callable[..., Any]


def accepted_by(specification: Specification, defaults: Sequence[Container]) -> list[ArgumentSpec]:
    """Return the specification of each argument of the executable: inputs, with their defaults,
    then shared variables."""
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
    """The control of an attached executable: while `on`, it makes calls itself."""

    on: bool


@runtime_checkable
class CallMaker(Protocol):
    """The additional protocol of an executable that can make calls itself."""

    def class_for(self, base: type) -> type:
        """Return a class derived from that of functions, for objects that will be attached; or
        `base` itself if there is none."""
        ...

    def attach(self, function: Any, calling: CallSpec) -> Switch | None:
        """Make the calls of an object of that class from now on, as long as it lives. Returns None
        if its class is the base."""
        ...
