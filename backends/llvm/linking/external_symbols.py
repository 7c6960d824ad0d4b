"""Resolve the external symbols of programs: routines, LAPACK, the thread pool, polls of signals."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import partial
from threading import Thread

from symgraph.backends.llvm import interrupts
from symgraph.backends.llvm.routines import registry
from symgraph.backends.llvm.routines.blas import blas, is_lapack
from symgraph.backends.llvm.threads import IN_RANGES, PARALLEL_FOR, pool

OF_THE_POOL = (IN_RANGES, PARALLEL_FOR)


def is_outside(name: str) -> bool:
    return name in OF_THE_POOL or registry.is_routine(name) or interrupts.is_of_interrupts(name)


def addresses(needs: Iterable[str]) -> dict[str, int]:
    """Return the addresses of symgraph's own symbols among the names, compiling missing ones."""
    needs = list(needs)
    found = registry.addresses(needs) | interrupts.addresses(needs)
    if any(map(is_lapack, needs)):
        found |= blas().addresses(needs)
    if any(name in OF_THE_POOL for name in needs):
        found |= pool().addresses
    return found


@contextmanager
def found_meanwhile(names: Sequence[str]) -> Iterator[None]:
    """Compile the code of the names in another thread during the context, in reverse order: a
    caller that requests all of them in order meets it in the middle. The thread ends with the
    context."""
    # With the flags of this context.
    find = partial(copy_context().run, _find, names[::-1])
    helper = Thread(target=find, name="symgraph-compile")
    if names:
        helper.start()
    try:
        yield
    finally:
        if names:
            helper.join()


def _find(names: Iterable[str]) -> None:
    for name in names:
        # An error occurs again in the thread that requests the name.
        with suppress(Exception):
            addresses([name])
