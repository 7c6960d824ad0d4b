"""Python's cyclic garbage collector, out of the way of compiling.

A graph is many objects that all stay: the collector walks over them again and again, in vain, and
for large graphs takes two thirds of the time. Afterwards they count as old, so that it is not done
even once. Python does not know how many it was given so, and would never look at them again: that
they are garbage by now is found out here, when there are many of them.
"""

import contextlib
import gc
from collections.abc import Iterator

# So many objects may be garbage, and this share of all that there are.
MOST, SHARE = 250_000, 0.25


class _Old:
    """How many objects have come to count as old since all were last looked at, and how many
    there were then."""

    added = 0
    kept = 0


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
            _count_as_old()
        gc.enable()


def _count_as_old() -> None:
    """Everything there is; a full collection if much has come since the last."""
    # Made and not yet freed since the last collection of any kind.
    _Old.added += gc.get_count()[0]
    gc.freeze()
    gc.unfreeze()
    if _Old.added > max(MOST, SHARE * _Old.kept):
        gc.collect()
        _Old.added, _Old.kept = 0, len(gc.get_objects())
