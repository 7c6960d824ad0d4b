"""`theano.misc.frozendict`: dicts that do not change, as pickles of Theano's have them."""

from collections.abc import Iterator, Mapping
from typing import Any

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__)


class frozendict(Mapping[Any, Any]):  # noqa: N801 - Theano's name
    """Hold the items of a dict, which cannot be changed, so that it has a hash.

    args, kwargs: those of a dict.

    >>> from symgraph.compat.theano.misc.frozendict import frozendict
    >>> frozendict({1: 2}) == {1: 2}
    True
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._dict = dict(*args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._dict[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._dict)

    def __len__(self) -> int:
        return len(self._dict)

    def __repr__(self) -> str:
        return f"<frozendict {self._dict}>"

    def __hash__(self) -> int:
        return hash(frozenset(self._dict.items()))
