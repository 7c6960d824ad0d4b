"""Python's cyclic garbage collector, paused while a graph is compiled.

A graph is many objects that all stay: collections that begin by themselves walk over them again
and again, in vain, and take two thirds of the time of compiling a large graph. Instead one
collection of the young objects follows: it frees what compiling leaves behind, promotes what the
function keeps, and does not look at the old objects, however many the program has.

Functions that nobody has any more are cyclic garbage as well, each with its pages of machine code.
Only a full collection finds them, and Python looks whether one is due only where a program makes
many objects between two functions. So it is looked here too, by Python's own rule.
"""

import contextlib
import gc
from collections.abc import Iterator

# A full collection is due when this share of the objects there are is new among the old ones,
# and there are as many as Python makes without a full collection.
SHARE, FEWEST = 0.25, 70_000


class _Old:
    """The old objects: how many compiling has added since the last full collection, which one that
    was, and how many there were then (None: not counted yet)."""

    kept: int | None = None
    added = 0
    collection = -1


@contextlib.contextmanager
def paused_collector() -> Iterator[None]:
    """Within this, no cyclic garbage is collected; afterwards the young objects are, once.

    Where the collector is disabled already, this changes nothing.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        _collect()
        gc.enable()


def _collect() -> None:
    """Collect the young objects, and all where that is due."""
    # Made and not yet freed since the last collection of any kind.
    made = gc.get_count()[0]
    _note_full_collections()
    _Old.added += max(made - gc.collect(1), 0)
    if _Old.added > FEWEST and _Old.added > SHARE * _kept():
        gc.collect()
        _note_full_collections()


def _note_full_collections() -> None:
    """Begin to count anew if there was one, whoever asked for it."""
    collection = gc.get_stats()[2]["collections"]
    if collection != _Old.collection:
        _Old.collection, _Old.added, _Old.kept = collection, 0, None


def _kept() -> int:
    """Return how many objects there were before those that compiling added. To count them takes
    milliseconds, so it is done once between two full collections, and only where it decides."""
    if _Old.kept is None:
        _Old.kept = len(gc.get_objects()) - _Old.added
    return _Old.kept
