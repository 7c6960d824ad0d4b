"""Reading and replacing the values of shared variables while other threads do the same.

- A call sees all its shared variables as they stood at one moment.
- All its updates become visible at one moment.
- A call has the variables that it updates for itself while it runs, so that updates from
  several threads are never lost. What it only reads, others may update meanwhile.
"""

from collections.abc import Iterable, Sequence
from threading import Lock
from types import TracebackType
from typing import Any

from symgraph.graph import Container

# Held for moments only: never while anything is computed.
_exchange = Lock()


def snapshot(containers: Sequence[Container]) -> list[Any]:
    """The values of the containers, all at one moment."""
    if len(containers) < 2:
        return [container.value for container in containers]
    with _exchange:
        return [container.value for container in containers]


def publish(containers: Sequence[Container], values: Sequence[Any]) -> None:
    """Replace the values of the containers, all at one moment."""
    with _exchange:
        for container, value in zip(containers, values, strict=True):
            container.value = value


class Held:
    """Within this, no other call updates the containers. They are taken in one order
    everywhere, so that two calls never wait for each other."""

    def __init__(self, containers: Iterable[Container]) -> None:
        ordered = sorted({id(c): c for c in containers}.items())
        self._locks = [container.lock for _, container in ordered]

    def __enter__(self) -> None:
        taken = 0
        try:
            for lock in self._locks:
                lock.acquire()
                taken += 1
        except BaseException:
            for lock in self._locks[:taken]:
                lock.release()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for lock in self._locks:
            lock.release()
