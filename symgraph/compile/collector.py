"""Python's cyclic garbage collector, out of the way of compiling.

A graph is many objects that all stay: the collector walks over them again and again, in vain, and
for large graphs takes two thirds of the time.
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
        gc.enable()
