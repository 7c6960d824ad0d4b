"""Keep the values of shared variables where a function's back end computes with them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from sys import getrefcount
from typing import Any

import numpy as np

from symgraph.compile.backends import ResidentExecutable
from symgraph.graph import Container, Resident

# The references to an array that only a container has, while `_moved` looks at it: the container's,
# a name's, and that of the call that counts.
ALONE = 3


def move_in(containers: Sequence[Container], executable: ResidentExecutable) -> None:
    """Move values of containers to where an executable computes. An array that something else has,
    too, stays, and is sent there by each call: changes of it in place are to be seen."""
    for container in containers:
        value = getattr(container, "present", None)
        if type(value) is np.ndarray or (isinstance(value, Resident) and not executable.has(value)):
            del value
            _move(container, executable)


def _move(container: Container, executable: ResidentExecutable) -> None:
    with _held(container) as held:
        value = getattr(container, "present", None)
        if not held or value is None:
            return
        if isinstance(value, Resident):
            container.present = executable.settle(value.host())
        elif getrefcount(value) <= ALONE and value.base is None and value.flags.c_contiguous:
            container.present = executable.settle(value)


@contextmanager
def _held(container: Container) -> Iterator[bool]:
    """Keep others from replacing the value within the context, unless one is doing so already."""
    held = container.lock.acquire(blocking=False)
    if held:
        container.held += 1
    try:
        yield held
    finally:
        if held:
            container.held -= 1
            container.lock.release()


def on_host(values: Sequence[Any]) -> list[np.ndarray]:
    """Return values as arrays of the host."""
    return [value.host() if isinstance(value, Resident) else value for value in values]
