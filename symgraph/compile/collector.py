"""Python's cyclic garbage collector, out of the way of compiling.

A graph is many objects that all stay: the collector walks over them again and again, in vain, and
for large graphs takes two thirds of the time. Afterwards they count as old, so that it is not done
even once: those that turn out to be garbage go with the next full collection.
"""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def paused_collector() -> Iterator[None]:
    """Within this, no cyclic garbage is collected, if it was before."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if gc.get_freeze_count() == 0:
            gc.freeze()
            gc.unfreeze()
        gc.enable()
