"""What a process has one of."""

from collections.abc import Callable, Hashable
from functools import wraps
from threading import RLock
from typing import ParamSpec, TypeVar, cast

from symgraph.graph import after_fork

P = ParamSpec("P")
R = TypeVar("R")


def memoized(make: Callable[P, R]) -> Callable[P, R]:
    """`functools.cache` for what must not be made twice, by positional arguments.

    Of two threads that ask for the same at once, `cache` lets both make it, and forgets one of
    the two after it was used: code, whose address is known by then, would be freed.
    """
    made: dict[tuple[Hashable, ...], R] = {}
    # One for each thing: several may be made at once, and what is made may need another.
    locks: dict[tuple[Hashable, ...], RLock] = {}
    after_fork(locks.clear)

    @wraps(make)
    def get(*args: P.args, **kwargs: P.kwargs) -> R:
        key = cast(tuple[Hashable, ...], args)
        if key not in made:
            with locks.setdefault(key, RLock()):
                if key not in made:
                    made[key] = make(*args, **kwargs)
        return made[key]

    return get
