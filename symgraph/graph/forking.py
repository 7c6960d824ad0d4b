"""Support for processes that fork (`os.fork`) while other threads run.

The child process has one thread. What the other threads held or were changing stays as it was at
that moment: locks that no thread will release, work that no thread will finish. So objects with
locks are reset in the child (`renewed_in_children`, `after_fork`), and a fork waits for what cannot
be reset (`NoFork`).
"""

import os
from collections.abc import Callable
from threading import Condition, get_ident
from types import TracebackType
from typing import Protocol
from weakref import WeakSet


class ResetAfterFork(Protocol):
    """An object that can be reset in a child process."""

    def reset_after_fork(self) -> None: ...


_renewed: WeakSet[ResetAfterFork] = WeakSet()


def renewed_in_children(thing: ResetAfterFork) -> None:
    """Call `thing.reset_after_fork()` in every child process, as long as `thing` exists."""
    _renewed.add(thing)


def after_fork(in_child: Callable[[], object]) -> None:
    """Call a function in every child process."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=in_child)


def _reset_after_fork() -> None:
    for thing in list(_renewed):
        thing.reset_after_fork()


after_fork(_reset_after_fork)


# The longest time in seconds for which a fork waits.
LONGEST = 60.0


class NoFork:
    """A context, which any number of threads may be in at once, that holds back forks.

    A fork in another thread waits until all threads have left, and meanwhile no thread enters. Code
    within the context must not wait for threads that are about to enter.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        # The identifiers of the threads within the context.
        self._inside: list[int] = []
        self._forks = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._close,
                after_in_parent=self._open,
                after_in_child=self._reset_after_fork,
            )

    def __enter__(self) -> None:
        own = get_ident()
        with self._changed:
            self._changed.wait_for(lambda: not self._forks or own in self._inside)
            self._inside.append(own)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._changed:
            self._inside.remove(get_ident())
            self._changed.notify_all()

    def _close(self) -> None:
        own = get_ident()
        with self._changed:
            self._forks += 1
            self._changed.wait_for(lambda: set(self._inside) <= {own}, LONGEST)

    def _open(self) -> None:
        with self._changed:
            self._forks -= 1
            self._changed.notify_all()

    def _reset_after_fork(self) -> None:
        self._changed = Condition()
        self._inside = [thread for thread in self._inside if thread == get_ident()]
        self._forks = 0
