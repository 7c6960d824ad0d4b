"""Memoise objects of which a process must have only one."""

from collections.abc import Callable, Hashable
from functools import wraps
from threading import RLock
from typing import ParamSpec, TypeVar, cast

from symgraph.graph import after_fork

P = ParamSpec("P")
R = TypeVar("R")


def memoized(make: Callable[P, R]) -> Callable[P, R]:
    """Memoise by positional arguments, like `functools.cache`, but never make a value twice.

    If two threads request the same value at once, `cache` lets both make it, and drops one of the
    two after it was used: code, whose address is known by then, would be freed.
    """
    made: dict[tuple[Hashable, ...], R] = {}
    # One lock for each value: several may be made at once, and making one may need another.
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
