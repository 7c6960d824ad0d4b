"""Reading and replacing the values of shared variables while other threads do the same.

- A call sees all its shared variables as they stood at one moment.
- All its updates become visible at one moment.
- A call has the variables that it updates for itself while it runs, so that updates from
  several threads are never lost. What it only reads, others may update meanwhile.

A moment is what the interpreter lets no other thread, and no finaliser, come between: `snapshot`
and `publish` each touch the containers within one function of C that makes no object. So calls
that back ends make natively need no lock for it either: holding the interpreter's lock, they read,
compute and publish, if no container that they update is `held`.

A call may compute a new value in the memory of the old one if nobody else has that array: then it
has no other reference than the container's, and nobody can come by one meanwhile. That a native
call makes sure of (see `symgraph.backends.llvm.cpython.update_commit`), in this way:

- Only what the container alone refers to is overwritten: not what `get_value(borrow=True)` gave,
  `shared(..., borrow=True)` took or another call is computing with. Otherwise the new value is
  computed in a copy, which from then on is the container's own.
- Writing begins behind everything that can fail, so that a failing call leaves the old value. Nor
  does a call that Python makes overwrite anything: between its parts an interrupt may come.
- While the interpreter's lock is held, nobody can look. A call that gives it away takes the value
  out of the container meanwhile; readers wait for it (see `symgraph.graph.container`).
"""

import sys
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import repeat
from threading import Lock
from types import TracebackType
from typing import Any

from symgraph.graph import Container, values_of


def has_interpreter_lock() -> bool:
    """Return whether one thread at a time runs Python."""
    ask = getattr(sys, "_is_gil_enabled", None)
    return ask is None or bool(ask())


# LockedContainers for moments only: never while anything is computed.
_moment: AbstractContextManager[Any] = nullcontext() if has_interpreter_lock() else Lock()


def snapshot(containers: Sequence[Container]) -> list[Any]:
    """Return the values of the containers, all at one moment."""
    with _moment:
        return values_of(containers)


def publish(containers: Sequence[Container], values: Sequence[Any]) -> None:
    """Replace the values of the containers, all at one moment."""
    # Kept until all are replaced: what is freed may run code of anybody's.
    former = snapshot(containers)
    with _moment:
        deque(map(setattr, containers, repeat("present"), values), maxlen=0)
    del former


class LockedContainers:
    """Within this, no other call updates the containers. They are taken in one order
    everywhere, so that two calls never wait for each other."""

    def __init__(self, containers: Iterable[Container]) -> None:
        ordered = sorted({id(c): c for c in containers}.items())
        self.containers: list[Container] = [container for _, container in ordered]

    def __enter__(self) -> None:
        taken: list[Container] = []
        try:
            for container in self.containers:
                container.lock.acquire()
                taken.append(container)
                container.held += 1
        except BaseException:
            _let_go(taken)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _let_go(self.containers)


def _let_go(containers: Iterable[Container]) -> None:
    for container in containers:
        container.held -= 1
        container.lock.release()
