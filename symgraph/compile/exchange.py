"""Reading and replacing the values of shared variables while other threads do the same.

- A call sees all its shared variables as they stood at one moment.
- All its updates become visible at one moment.
- A call has the variables that it updates for itself while it runs, so that updates from
  several threads are never lost. What it only reads, others may update meanwhile.

A moment is what the interpreter lets no other thread, and no finaliser, come between: `snapshot`
and `publish` each touch the containers within one function of C that makes no object. So calls
that back ends make natively need no lock for it either: holding the interpreter's lock, they read,
compute and publish, if no container that they update is `held`.
"""

import sys
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import repeat
from threading import Lock
from types import TracebackType
from typing import Any

from symgraph.graph import Container


def has_interpreter_lock() -> bool:
    """Whether one thread at a time runs Python."""
    ask = getattr(sys, "_is_gil_enabled", None)
    return ask is None or bool(ask())


# Held for moments only: never while anything is computed.
_moment: AbstractContextManager[Any] = nullcontext() if has_interpreter_lock() else Lock()


def snapshot(containers: Sequence[Container]) -> list[Any]:
    """The values of the containers, all at one moment."""
    with _moment:
        return list(map(getattr, containers, repeat("value")))


def publish(containers: Sequence[Container], values: Sequence[Any]) -> None:
    """Replace the values of the containers, all at one moment."""
    # Kept until all are replaced: what is freed may run code of anybody's.
    former = snapshot(containers)
    with _moment:
        deque(map(setattr, containers, repeat("value"), values), maxlen=0)
    del former


class Held:
    """Within this, no other call updates the containers. They are taken in one order
    everywhere, so that two calls never wait for each other."""

    def __init__(self, containers: Iterable[Container]) -> None:
        ordered = sorted({id(c): c for c in containers}.items())
        self.containers = [container for _, container in ordered]

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
