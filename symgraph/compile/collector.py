"""Pausing of Python's cyclic garbage collector while a graph is compiled.

A graph consists of many objects that all stay alive: automatic collections traverse them again and
again without effect, and take two thirds of the time of compiling a large graph. Instead one
collection of the young generations follows: it frees the temporary objects of compilation, promotes
what the function keeps, and does not traverse the old objects, however many the program has.

Functions that are no longer referenced are cyclic garbage as well, each with its pages of machine
code. Only a full collection frees them, and Python checks whether one is due only where a program
creates many objects between two functions. So it is checked here too, by Python's own rule.
"""

import contextlib
import gc
from collections.abc import Iterator

# A full collection is due when the new objects exceed this share of the old ones, and there are at
# least as many as Python creates without a full collection.
SHARE, FEWEST = 0.25, 70_000


class _Old:
    """The old objects: how many compiling has added since the last full collection, which one that
    was, and how many there were then (None: not counted yet)."""

    kept: int | None = None
    added = 0
    collection = -1


@contextlib.contextmanager
def paused_collector() -> Iterator[None]:
    """Pause cyclic garbage collection within the context; afterwards collect the young objects
    once.

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
    """Collect the young objects, and all objects where that is due."""
    # Created and not yet freed since the last collection of any kind.
    made = gc.get_count()[0]
    _note_full_collections()
    _Old.added += max(made - gc.collect(1), 0)
    if _Old.added > FEWEST and _Old.added > SHARE * _kept():
        gc.collect()
        _note_full_collections()


def _note_full_collections() -> None:
    """Restart the counts if there was a full collection, whatever triggered it."""
    collection = gc.get_stats()[2]["collections"]
    if collection != _Old.collection:
        _Old.collection, _Old.added, _Old.kept = collection, 0, None


def _kept() -> int:
    """Return how many objects there were before those that compiling added. To count them takes
    milliseconds, so it is done once between two full collections, and only where it decides."""
    if _Old.kept is None:
        _Old.kept = len(gc.get_objects()) - _Old.added
    return _Old.kept
