"""Where shared variables keep their values, and how values are read while others change them.

A call that has a container for itself (`lock`, see `symgraph.compile.value_locks`) may compute the
new value in the memory of the old one. While it does so without the interpreter's lock, the
container has no value: nobody can find one that is half old and half new. Who reads meanwhile
waits until the value is there again, and says in `waiting` that he does: then nobody takes values
away, and a loop of updates cannot keep him waiting for ever.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from threading import Lock, RLock
from typing import Any

from symgraph.graph.casting import PrecisionLoss
from symgraph.graph.forking import after_fork, renewed_in_children

# Seconds after which a reader looks whether the value has come back before the lock was free.
LOOK_AGAIN = 0.002
# Held while readers are counted.
_counting = Lock()
after_fork(_counting._at_fork_reinit)  # type: ignore[attr-defined]


class Container:
    """The place of a shared variable's value; a compiled function reads and replaces it.

    What is assigned to `value` goes through `accept`, if there is one: it returns the value as
    one of the variable's type, or raises. Who computes a new value from the old one holds `lock`
    meanwhile, and counts in `held` how many calls of his do so. `waiting` counts the readers that
    found no value. `present` is the value while there is one, and else no attribute.
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
        """In a child process, where none of its parent's threads will open the lock."""
        if self.lock.acquire(blocking=False):
            self.lock.release()
        else:
            self.lock._at_fork_reinit()  # type: ignore[attr-defined]
            self.held = 0
        self.waiting = 0

    @property
    def value(self) -> Any:
        """Return the value, once there is one."""
        return values_of([self])[0]

    @value.setter
    def value(self, value: Any) -> None:
        self.present = value if self.accept is None else self.accept(value)

    def __reduce__(self) -> Any:
        return type(self), (self.value,)


def values_of(containers: Sequence[Container]) -> list[Any]:
    """Return the values, all read at one moment: within one function of C that makes no object."""
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
    """Within this, the reader is counted among those that wait."""
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
    """Wait until there is a value. Whoever took it away holds the lock, waits for nobody, and
    puts it back; others who come to hold the lock may wait for what the reader holds."""
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
