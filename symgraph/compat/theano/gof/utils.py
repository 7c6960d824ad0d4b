"""`theano.gof.utils`: small helpers that Theano's programs use."""

from collections.abc import Callable, Iterable
from typing import Any

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__)


class MethodNotDefined(Exception):
    """Raised by a method of an operation that a subclass may define and does not."""


class object2:  # noqa: N801 - Theano's name
    """The class that Theano's classes are derived from."""


class undef:  # noqa: N801 - Theano's name
    """Stands for a value that is not there."""


class scratchpad:  # noqa: N801 - Theano's name
    """Hold attributes of a program's own: what `variable.tag` is.

    >>> from symgraph.compat.theano.gof.utils import scratchpad
    >>> tag = scratchpad()
    >>> tag.role = "weight"
    >>> tag.role
    'weight'
    """

    def clear(self) -> None:
        """Drop all attributes."""
        self.__dict__.clear()

    def info(self) -> None:
        """Print the attributes."""
        for name, value in self.__dict__.items():
            print(f"    {name}: {value}")

    def __repr__(self) -> str:
        return f"scratchpad{self.__dict__}"

    __str__ = __repr__

    def __update__(self, other: "scratchpad") -> "scratchpad":
        self.__dict__.update(other.__dict__)
        return self


def uniq(items: Iterable[Any]) -> list[Any]:
    """Return the items in order, each equal one once.

    >>> from symgraph.compat.theano.gof.utils import uniq
    >>> uniq([2, 1, 2])
    [2, 1]
    """
    found: list[Any] = []
    for item in items:
        if not any(item is other or item == other for other in found):
            found.append(item)
    return found


def unique(items: Iterable[Any]) -> bool:
    """Return whether no two items are equal.

    >>> from symgraph.compat.theano.gof.utils import unique
    >>> unique([1, 2, 1])
    False
    """
    listed = list(items)
    return len(uniq(listed)) == len(listed)


def difference(items: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    """Return the items, in order, that are not among the others.

    >>> from symgraph.compat.theano.gof.utils import difference
    >>> difference([1, 2, 3], [2])
    [1, 3]
    """
    known = list(others)
    return [item for item in items if item not in known]


def remove(predicate: Callable[[Any], bool], items: Iterable[Any]) -> list[Any]:
    """Return the items for which a predicate is false.

    >>> from symgraph.compat.theano.gof.utils import remove
    >>> remove(lambda n: n > 1, [1, 2, 3])
    [1]
    """
    return [item for item in items if not predicate(item)]


def flatten(nested: Any) -> list[Any]:
    """Return the items of nested lists, tuples and sets in order.

    >>> from symgraph.compat.theano.gof.utils import flatten
    >>> flatten([1, [2, (3,)]])
    [1, 2, 3]
    """
    if not isinstance(nested, list | tuple | set):
        return [nested]
    return [item for part in nested for item in flatten(part)]


def give_variables_names(variables: Iterable[Any]) -> list[str]:
    """Give each variable a name that no other has, keeping those that are already so.

    variables: variables, some of which may have names.
    Returns the names in order.

    >>> from symgraph.compat.theano.gof.utils import give_variables_names
    >>> x, y = T.dscalars("x", "x")
    >>> len(set(give_variables_names([x, y])))
    2
    """
    listed = list(variables)
    for variable in listed:
        variable.name = variable.name or ""
    names = [variable.name for variable in listed]
    given = {name for name in names if name and names.count(name) == 1}
    count = 0
    for variable in listed:
        if variable.name in given and names.count(variable.name) == 1:
            continue
        prefix = variable.name.split("_")[0] if variable.name else variable.type.dtype[0]
        while f"{prefix}_{count}" in given:
            count += 1
        variable.name = f"{prefix}_{count}"
        given.add(variable.name)
    return [variable.name for variable in listed]


def memoize(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with its results kept, by its arguments.

    >>> from symgraph.compat.theano.gof.utils import memoize
    >>> memoize(lambda n: n + 1)(1)
    2
    """
    kept: dict[Any, Any] = {}

    def call(*args: Any) -> Any:
        if args not in kept:
            kept[args] = function(*args)
        return kept[args]

    return call


def hashtype(value: Any) -> int:
    """Return a hash of an object's class.

    >>> from symgraph.compat.theano.gof.utils import hashtype
    >>> hashtype(1) == hashtype(2)
    True
    """
    kind = type(value)
    return hash(kind.__name__) ^ hash(kind.__module__)
