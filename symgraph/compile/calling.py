"""What a back end needs to know to make the calls of a function itself, past the interpreter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from symgraph.compile.exchange import Held
from symgraph.graph import Container


@dataclass(frozen=True)
class Accepted:
    """What goes to the executable as one of its arguments: arrays of the very dtype and rank, and
    where `numbers` also numbers, by the rules of `TensorType.filter`. It is what `source` holds,
    or without one the call's next positional argument."""

    dtype: np.dtype
    ndim: int
    numbers: bool
    source: Container | None


@dataclass(frozen=True)
class Calling:
    """How calls with positional arguments alone go.

    The executable's results are `outputs` outputs and a new value for each of `targets`, which
    `held` holds while those are computed from old ones. What is returned is the only output
    (`listed` is False), the list of outputs, or what `formed` makes of it. All other calls, and
    those that a back end would rather not make, go to `general(function, *args, **kwargs)`.
    """

    arguments: Sequence[Accepted]
    targets: Sequence[Container]
    held: Held
    outputs: int
    listed: bool
    formed: Callable[[list[Any]], Any] | None
    general: Callable[..., Any]


class Switch(Protocol):
    """What an attached executable gives: while `on`, it makes calls itself."""

    on: bool


class CallMaker(Protocol):
    """What an executable offers beside `Executable` if it can make calls itself."""

    def class_for(self, base: type) -> type:
        """A class derived from that of functions, for objects that will be attached; or `base`
        itself where none can be had."""
        ...

    def attach(self, function: Any, calling: Calling) -> Switch | None:
        """Make the calls of an object of that class from now on, as long as it lives. None where
        its class is the base."""
        ...
