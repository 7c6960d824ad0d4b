"""Resolve lazily the routines that only some calls need: those in branches that extents decide.

Code reaches such a routine through a word with its address, a symbol named after the routine and
the branch. The words are filled before the first call that takes the branch: a routine that no call
needs is never compiled, and no call fails midway because something cannot be compiled.
"""

import ctypes
from collections.abc import Iterable, Sequence

from symgraph.backends.llvm.linking.external_symbols import found_meanwhile
from symgraph.backends.llvm.routines import registry
from symgraph.backends.llvm.routines.naming import LATE


def is_late(name: str) -> bool:
    return LATE in name


class LazySymbols:
    """The words that code needs, by their symbols: see `naming.late_name`."""

    def __init__(self, needs: Iterable[str]) -> None:
        self._words = {name: ctypes.c_size_t() for name in needs if is_late(name)}
        # The addresses of the words.
        self.addresses = {name: ctypes.addressof(word) for name, word in self._words.items()}
        # The symbols of words that are not filled yet.
        self._waiting: dict[tuple[int, bool], list[str]] = {}
        for name in self._words:
            number, then = name.rpartition(LATE)[2].split(".")
            self._waiting.setdefault((int(number), then == "1"), []).append(name)

    @property
    def waiting(self) -> list[str]:
        """Return the routines that no call has needed yet."""
        return [_routine(name) for names in self._waiting.values() for name in names]

    def provide(self, taken: Sequence[bool]) -> None:
        """Fill the words for a call: `taken` tells for each choice whether its condition holds. Any
        number of threads may do this at once."""
        if not self._waiting:
            return
        branches = list(enumerate(taken))
        names = [name for branch in branches for name in self._waiting.get(branch, ())]
        wanted = list(dict.fromkeys(map(_routine, names)))
        with found_meanwhile(wanted[1:]):
            found = registry.addresses(wanted)
        for name in names:
            self._words[name].value = found[_routine(name)]
        for branch in branches:
            self._waiting.pop(branch, None)


def _routine(name: str) -> str:
    return name.rpartition(LATE)[0]
