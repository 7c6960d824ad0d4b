"""`theano.typed_list.basic`: operations on lists, which in Theano may change a list in place."""

from typing import Any

from symgraph.compat.theano.aliases import Alias
from symgraph.compat.theano.lookup import resolver
from symgraph.ops import typed_lists

__getattr__, __dir__ = resolver(__name__, "symgraph.typed_list", "symgraph.ops.typed_lists")


class _Changing(Alias):
    """The class of operations whose argument `inplace` allows Theano to change the list: symgraph
    makes a new one in either case, with the same elements."""

    def make(self, inplace: bool = False) -> Any:
        """Return an object of the native class."""
        return self.native()


class Append(metaclass=_Changing):
    """Adds an element at the end of a list: see `symgraph.typed_list.append`."""

    native = typed_lists.Append


class Extend(metaclass=_Changing):
    """Adds the elements of another list: see `symgraph.typed_list.extend`."""

    native = typed_lists.Extend


class Insert(metaclass=_Changing):
    """Inserts an element before a position: see `symgraph.typed_list.insert`."""

    native = typed_lists.Insert


class Remove(metaclass=_Changing):
    """Drops the first element of a value: see `symgraph.typed_list.remove`."""

    native = typed_lists.Remove


class Reverse(metaclass=_Changing):
    """Reverses a list: see `symgraph.typed_list.reverse`."""

    native = typed_lists.Reverse
