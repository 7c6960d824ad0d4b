"""Reading and replacing the values of shared variables, safely under concurrent calls.

- A call sees all its shared variables as of one moment (a snapshot).
- All its updates become visible atomically.
- A call has exclusive access to the variables that it updates while it runs, so that updates from
  several threads are never lost. Variables that it only reads may be updated meanwhile.

Atomicity relies on the GIL (without one, on a lock): `snapshot` and `publish` each access the
containers within one C function that creates no objects, so that no other thread and no finaliser
can run in between. So calls that back ends make natively need no lock for it either: holding the
GIL, they read, compute and publish, if no container that they update is `held`.

A call may compute a new value in the memory of the old one if nothing else has that array: then the
container's reference is the only one, and no other can be created meanwhile. A native call ensures
that (see `symgraph.backends.llvm.cpython.update_commit`) as follows:

- Only arrays that the container alone refers to are overwritten: not those that
  `get_value(borrow=True)` returned, that `shared(..., borrow=True)` took or that another call is
  computing with. Otherwise the new value is computed in a copy, which from then on belongs to the
  container.
- Writing starts after everything that can fail, so that a failing call leaves the old value. Nor
  does a call that Python makes overwrite anything: an interrupt may come between its parts.
- While a thread holds the GIL, no other can look. A call that releases the GIL takes the value out
  of the container meanwhile; readers wait for it (see `symgraph.graph.container`).
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
    """Return whether only one thread at a time runs Python (there is a GIL)."""
    ask = getattr(sys, "_is_gil_enabled", None)
    return ask is None or bool(ask())


# Held only for a snapshot or a publication: never while anything is computed.
_moment: AbstractContextManager[Any] = nullcontext() if has_interpreter_lock() else Lock()


def snapshot(containers: Sequence[Container]) -> list[Any]:
    """Return the values of the containers, all as of one moment."""
    with _moment:
        return values_of(containers)


def publish(containers: Sequence[Container], values: Sequence[Any]) -> None:
    """Replace the values of the containers, all at one moment."""
    # Kept until all are replaced: freeing a value may run arbitrary code.
    former = snapshot(containers)
    with _moment:
        deque(map(setattr, containers, repeat("present"), values), maxlen=0)
    del former


class LockedContainers:
    """A context within which no other call updates the containers. They are locked in one global
    order, so that two calls never deadlock."""

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
