"""The containers of shared variables' values, and how values are read while calls replace them.

A call that has a container for itself (it holds `lock`, see `symgraph.compile.value_locks`) may
compute the new value in the memory of the old one. While it does so with the GIL released, the
container has no value, so that no thread can read a partly updated one. A reader waits until the
value is there again, and is counted in `waiting` meanwhile: while readers wait no call takes the
value away, so a loop of updates cannot starve them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from threading import Lock, RLock
from typing import Any

from symgraph.graph.casting import PrecisionLoss
from symgraph.graph.forking import after_fork, renewed_in_children
from symgraph.graph.resident import Resident

# The interval in seconds at which a reader checks whether the value is back while the lock is held.
LOOK_AGAIN = 0.002
# Held while `waiting` of containers is changed.
_counting = Lock()
after_fork(_counting._at_fork_reinit)  # type: ignore[attr-defined]


class Container:
    """The container of a shared variable's value, which compiled functions read and replace.

    A value assigned to `value` passes through `accept`, if set, which returns it as a value of the
    variable's type, or raises. A thread that computes a new value from the old one holds `lock`
    meanwhile, and counts its nested calls that do so in `held`. `waiting` counts the readers that
    found no value. `present` is the value; the attribute is missing while there is none.
    """

    __slots__ = ("__weakref__", "accept", "held", "lock", "present", "waiting")

    def __init__(self, value: Any) -> None:
        self.present: Any = value
        self.accept: Callable[[Any], Any] | None = None
        self.lock: RLock = RLock()
        self.held: int = 0
        self.waiting: int = 0
        renewed_in_children(self)

    def reset_after_fork(self) -> None:
        """Release the lock in a child process, in which no thread of the parent is left to do
        so."""
        if self.lock.acquire(blocking=False):
            self.lock.release()
        else:
            self.lock._at_fork_reinit()  # type: ignore[attr-defined]
            self.held = 0
        self.waiting = 0

    @property
    def value(self) -> Any:
        """Return the value, waiting until there is one; as an array of the host where it is kept on
        a device."""
        value = values_of([self])[0]
        return value.host() if isinstance(value, Resident) else value

    @value.setter
    def value(self, value: Any) -> None:
        self.present = value if self.accept is None else self.accept(value)

    def __reduce__(self) -> Any:
        return type(self), (self.value,)


def values_of(containers: Sequence[Container]) -> list[Any]:
    """Return the values, all read at one moment: within one C function that creates no objects."""
    try:
        return _present(containers)
    except AttributeError:
        pass
    with _counted(containers):
        while True:
            try:
                return _present(containers)
            except AttributeError:
                for container in containers:
                    _await(container)


def _present(containers: Sequence[Container]) -> list[Any]:
    return list(map(getattr, containers, repeat("present")))


@contextmanager
def _counted(containers: Sequence[Container]) -> Iterator[None]:
    """Count the reader among those that wait, within the context."""
    _count(containers, 1)
    try:
        yield
    finally:
        _count(containers, -1)


def _count(containers: Sequence[Container], change: int) -> None:
    with _counting:
        for container in containers:
            container.waiting += change


def _await(container: Container) -> None:
    """Wait until there is a value.

    The thread that took the value away holds the lock, waits for no other thread, and puts the
    value back. Other holders of the lock may be waiting for something that the reader holds, so
    the wait for the lock has a time limit.
    """
    while not hasattr(container, "present"):
        if container.lock.acquire(timeout=LOOK_AGAIN):
            container.lock.release()


def accepted(label: str, type: Any, strict: bool, allow_downcast: bool | None, value: Any) -> Any:
    """Return a new value of the shared variable `label`, of type `type`. Raises TypeError,
    ValueError."""
    try:
        return type.filter(value, strict=strict, allow_downcast=allow_downcast)
    except (TypeError, ValueError) as error:
        allow = ", or make the variable by shared(..., allow_downcast=True)"
        remedy = allow if isinstance(error, PrecisionLoss) else ""
        raise error.__class__(f"the value of {label}: {error}{remedy}") from None
